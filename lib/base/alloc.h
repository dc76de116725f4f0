/*
 * alloc: memory that is there, or the program ends.
 *
 * The only file that calls malloc. When memory cannot be had, one line is written to stderr and the
 * process exits with status 3; no caller checks for NULL. What is in use is counted, so that a
 * driver can hold a program to --max-memory before the kernel does.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "base/base.h"

void *alloc_get(size_t n);                    /* uninitialised; n may be 0 */
void *alloc_zero(size_t n);                   /* zeroed */
void *alloc_array(size_t count, size_t size); /* zeroed; refuses overflow */
void *alloc_resize(void *p, size_t n);        /* p may be NULL */
void *alloc_copy(const void *p, size_t n);
char *alloc_string(const char *z);               /* NULL stays NULL */
char *alloc_terminated(const char *p, size_t n); /* a copy with a NUL after it */
void alloc_free(void *p);                        /* p may be NULL */
/* Bytes in use through this module, as malloc rounds them. */
size_t alloc_used(void);
/* The word before ": error: out of memory"; a static string. */
void alloc_name(const char *program);

#endif
