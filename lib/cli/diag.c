/* diag: messages on stderr, made safe for terminals. */
#include "cli/diag.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"

#define MESSAGE_MAX 4096

static const char *name = "ev";

void
diag_name(const char *n)
{
	name = n;
}

void
diag_raw(struct span s)
{
	while (s.n) {
		ssize_t n = write(2, s.p, s.n);

		if (n <= 0)
			return; /* nobody is left to tell */
		s = span_of(s.p + n, s.n - (size_t)n);
	}
}

/* Code points that move the cursor, hide text or reorder it. */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x61c ||
	       c == 0x2028 || c == 0x2029;
}

void
diag_put_safe(struct buf *b, struct span s)
{
	while (s.n) {
		uint32_t code;
		size_t n = utf8_get(s, &code);

		if (n && !is_unsafe(code)) {
			buf_put(b, s.p, n);
		} else {
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++)
				buf_print(b, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
		}
		s = span_of(s.p + n, s.n - n);
	}
}

static PRINTF(2, 0) void message(const char *severity, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];
	struct buf b;

	vsnprintf(text, sizeof(text), fmt, ap);
	buf_init(&b, 8 * MESSAGE_MAX);
	buf_puts(&b, name);
	buf_puts(&b, severity);
	diag_put_safe(&b, span_str(text));
	buf_putc(&b, '\n');
	diag_raw(buf_view(&b));
	buf_release(&b);
}

void
diag_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(": error: ", fmt, ap);
	va_end(ap);
}

void
diag_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(": warning: ", fmt, ap);
	va_end(ap);
}

void
diag_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(": ", fmt, ap);
	va_end(ap);
}

void
diag_at(const char *input, int64_t line_no, int64_t byte, const char *text)
{
	if (byte > 0)
		diag_error("%s: line %lld, byte %lld: %s", input, (long long)line_no,
			(long long)byte, text);
	else
		diag_error("%s: line %lld: %s", input, (long long)line_no, text);
}
