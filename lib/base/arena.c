/* arena: a chain of blocks, filled from the front. */
#include "base/arena.h"

#include "base/alloc.h"
#include "base/buf.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

#define BLOCK_BYTES ((size_t)64 << 10)

struct arena_block {
	struct arena_block *next;
	size_t n, cap;
	_Alignas(16) char bytes[];
};

void
arena_init(struct arena *a)
{
	*a = (struct arena){NULL, NULL};
}

static void
free_chain(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		unpoison(b->bytes, b->cap);
		alloc_free(b);
		b = next;
	}
}

void
arena_release(struct arena *a)
{
	free_chain(a->first);
	arena_init(a);
}

void
arena_reset(struct arena *a)
{
	if (!a->first)
		return;
	if (a->first->next) {
		free_chain(a->first->next);
		a->first->next = NULL;
		a->last = a->first;
	}
	poison(a->first->bytes, a->first->n);
	a->first->n = 0;
}

static struct arena_block *
add_block(struct arena *a, size_t need)
{
	size_t cap = MAX(need, BLOCK_BYTES);
	struct arena_block *b = alloc_get(sizeof(*b) + cap);

	*b = (struct arena_block){.cap = cap};
	poison(b->bytes, cap);
	if (a->last)
		a->last->next = b;
	else
		a->first = b;
	a->last = b;
	return b;
}

void *
arena_get(struct arena *a, size_t n)
{
	size_t need = (n + BUF_PAD + 15) & ~(size_t)15;
	struct arena_block *b = a->last;
	char *p;

	if (!b || b->cap - b->n < need)
		b = add_block(a, need);
	p = b->bytes + b->n;
	b->n += need;
	unpoison(p, need);
	return p;
}

struct span
arena_copy(struct arena *a, struct span s)
{
	return span_of(arena_string(a, s), s.n);
}

char *
arena_string(struct arena *a, struct span s)
{
	char *p = arena_get(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}
