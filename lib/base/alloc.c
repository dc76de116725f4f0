/* alloc: the one caller of malloc. */
#define _GNU_SOURCE /* malloc_usable_size */
#include "base/alloc.h"

#include <malloc.h>
#include <unistd.h>

static size_t used;
static const char *name = "ev";

void
alloc_name(const char *program)
{
	name = program;
}

size_t
alloc_used(void)
{
	return used;
}

/* Writes without stdio: there may be no memory for its buffer. */
static _Noreturn void
out_of_memory(void)
{
	static const char text[] = ": error: out of memory\n";

	if (write(2, name, strlen(name)) >= 0 && write(2, text, sizeof(text) - 1) >= 0)
		_exit(3);
	_exit(3);
}

static void *
counted(void *p)
{
	if (!p)
		out_of_memory();
	used += malloc_usable_size(p);
	return p;
}

void *
alloc_get(size_t n)
{
	return counted(malloc(n ? n : 1));
}

void *
alloc_zero(size_t n)
{
	return counted(calloc(1, n ? n : 1));
}

void *
alloc_array(size_t count, size_t size)
{
	return counted(calloc(count ? count : 1, size ? size : 1));
}

void *
alloc_resize(void *p, size_t n)
{
	if (p)
		used -= malloc_usable_size(p);
	return counted(realloc(p, n ? n : 1));
}

void *
alloc_copy(const void *p, size_t n)
{
	void *copy = alloc_get(n);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *
alloc_terminated(const char *p, size_t n)
{
	char *copy = alloc_get(n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *
alloc_string(const char *z)
{
	return z ? alloc_terminated(z, strlen(z)) : NULL;
}

void
alloc_free(void *p)
{
	if (!p)
		return;
	used -= malloc_usable_size(p);
	free(p);
}
