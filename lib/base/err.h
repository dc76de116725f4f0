/*
 * err: how a library function says what went wrong.
 *
 * Functions return 0 or -1 and fill the struct err they were given (last parameter, never NULL);
 * their other outputs are then untouched. Only cli/diag prints.
 *
 *	if (when_option(text, now_ms, tz, &ms, err))
 *		return -1;
 *	if (ms < 0)
 *		return err_data(err, "time", 0, "time before 1970");
 *
 * kind decides the exit status, code is the short machine word of a dead letter ("json", "time",
 * "expr", "envelope", "future" …; a static string), byte the offset in the text that was read or
 * -1, text the sentence for people: lower case, no full stop, user text quoted and cut short ("'%.*s'").
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/base.h"

enum err_kind {
	ERR_NONE = 0,
	ERR_DATA = 1,    /* the input is bad, or a check said no */
	ERR_USAGE = 2,   /* the caller is wrong */
	ERR_SYSTEM = 3,  /* the machine failed; trying again may help */
	ERR_VERSION = 4, /* wrong expected version */
	ERR_DAMAGE = 5,  /* stored data is damaged */
};

#define ERR_TEXT_MAX 512

struct err {
	enum err_kind kind;
	const char *code;
	int64_t byte;
	char text[ERR_TEXT_MAX];
};

void err_clear(struct err *e);
/* All of these return -1, so that a caller can return their value. */
int err_set(struct err *e, enum err_kind kind, const char *code, int64_t byte, const char *fmt, ...)
	PRINTF(5, 6);
int err_data(struct err *e, const char *code, int64_t byte, const char *fmt, ...) PRINTF(4, 5);
int err_usage(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* ERR_SYSTEM; the text ends in ": " and the reason of errno. */
int err_system(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* Puts "fmt: " before the text that e has. */
int err_prefix(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* Which of two exit statuses counts: 5, 3, 4, 1, others in that order (DESIGN section 4). */
int err_worse(int status, int other);

#endif
