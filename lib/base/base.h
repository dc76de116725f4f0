/*
 * base: what every file of the tree includes first.
 *
 * The C library headers come before the bans so that their own declarations stay legal. A banned
 * name is a compile error that says which word is banned; the reason stands beside each group.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* 128-bit integers are a GNU extension; this is their one name here. */
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define BANNED(func) func##_is_a_banned_function

/* unbounded writes */
#undef strcpy
#define strcpy(d, s) BANNED(strcpy)
#undef strcat
#define strcat(d, s) BANNED(strcat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef gets
#define gets(s) BANNED(gets)
/* hidden state */
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef rand
#define rand() BANNED(rand)
/* no error reporting: see num.h */
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atof
#define atof(s) BANNED(atof)
#undef strtol
#define strtol(s, e, b) BANNED(strtol)
/* races, shells */
#undef mktemp
#define mktemp(t) BANNED(mktemp)
#undef system
#define system(c) BANNED(system)

#endif
