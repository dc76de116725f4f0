/*
 * scarce: ev-store for which memory ends at a chosen allocation.
 *
 * Linked in front of the library with --wrap=malloc, calloc and realloc. EV_FAULT_MEMORY is the number of the allocation
 * that fails, with a + in front also of all after it; into the file EV_FAULT_ALLOCATIONS goes how many there were in a run
 * that ended well.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t n);

static unsigned long long count;

static bool
fails(void)
{
	const char *text = getenv("EV_FAULT_MEMORY");
	bool and_all_after = text && *text == '+';
	unsigned long long wanted = text ? strtoull(text + and_all_after, NULL, 10) : 0;

	count++;
	return wanted && (count == wanted || (and_all_after && count > wanted));
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

__attribute__((destructor)) static void
say(void)
{
	const char *path = getenv("EV_FAULT_ALLOCATIONS");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0) {
		dprintf(fd, "%llu\n", count);
		close(fd);
	}
}
