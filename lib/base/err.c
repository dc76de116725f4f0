/* err: filling and combining errors. */
#include "base/err.h"

#include <errno.h>

void
err_clear(struct err *e)
{
	e->kind = ERR_NONE;
	e->code = "";
	e->byte = -1;
	e->text[0] = '\0';
}

PRINTF(5, 0)
static void
fill(struct err *e, enum err_kind kind, const char *code, int64_t byte, const char *fmt, va_list ap)
{
	e->kind = kind;
	e->code = code;
	e->byte = byte;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

int
err_set(struct err *e, enum err_kind kind, const char *code, int64_t byte, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, code, byte, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_data(struct err *e, const char *code, int64_t byte, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_DATA, code, byte, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_usage(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_USAGE, "usage", -1, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_system(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_SYSTEM, "system", -1, fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(saved));
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char head[ERR_TEXT_MAX];
	char tail[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	memcpy(tail, e->text, sizeof(tail));
	if (snprintf(e->text, sizeof(e->text), "%s: %s", head, tail) < 0)
		e->text[0] = '\0';
	return -1;
}

int
err_worse(int status, int other)
{
	static const int rank[] = {[0] = 0, [1] = 1, [4] = 2, [3] = 3, [5] = 4, [2] = 5};
	int a = status >= 0 && status <= 5 ? rank[status] : 6;
	int b = other >= 0 && other <= 5 ? rank[other] : 6;

	return a >= b ? status : other;
}
