/*
 * tap: the harness of the C tests. Prints TAP 13 on stdout.
 *
 *	TEST(name) { ok(1 + 1 == 2, "sums"); is_int(n, 3, "three of them"); }
 *	int main(void) { RUN(name); return tap_done(); }
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;

#define TEST(name) static void name(void)
#define RUN(name) name()
#define ok(cond, ...) tap_ok((cond), #cond, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) tap_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) tap_str((got), SIZE_MAX, (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(p, n, want, ...) tap_str((p), (n), (want), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 2, 0))) static inline void
tap_name(bool pass, const char *fmt, va_list ap)
{
	printf("%sok %d - ", pass ? "" : "not ", ++tap_count);
	vprintf(fmt, ap);
	putchar('\n');
	tap_failed += !pass;
}

__attribute__((format(printf, 5, 6))) static inline bool
tap_ok(bool pass, const char *cond, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_name(pass, fmt, ap);
	va_end(ap);
	if (!pass)
		printf("# %s:%d: %s is false\n", file, line, cond);
	return pass;
}

__attribute__((format(printf, 5, 6))) static inline bool
tap_int(int64_t got, int64_t want, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_name(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("# %s:%d: got %" PRId64 ", want %" PRId64 "\n", file, line, got, want);
	return got == want;
}

__attribute__((format(printf, 6, 7))) static inline bool
tap_str(const char *got, size_t n, const char *want, const char *file, int line, const char *fmt,
	...)
{
	bool pass;
	va_list ap;

	n = n == SIZE_MAX ? strlen(got) : n;
	pass = n == strlen(want) && memcmp(got, want, n) == 0;
	va_start(ap, fmt);
	tap_name(pass, fmt, ap);
	va_end(ap);
	if (!pass)
		printf("# %s:%d: got '%.*s', want '%s'\n", file, line, (int)n, got, want);
	return pass;
}

/* A test that needs something this machine lacks: named, never silent. */
__attribute__((unused)) static inline void
tap_skip(const char *name, const char *needs)
{
	printf("ok %d - %s # SKIP needs %s\n", ++tap_count, name, needs);
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
