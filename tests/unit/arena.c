/* arena: pieces that stay until the reset. */
#include "tap.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"

TEST(pieces)
{
	struct arena a;
	char *p[1000];
	bool aligned = true, kept = true;

	arena_init(&a);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = arena_get(&a, i);
		memset(p[i], (int)(i & 0xff), i + BUF_PAD);
		aligned &= (uintptr_t)p[i] % 16 == 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		for (size_t j = 0; j < i + BUF_PAD; j++)
			kept &= (unsigned char)p[i][j] == (i & 0xff);
	ok(aligned, "1000 pieces are aligned to 16");
	ok(kept, "none overlaps another, pads included");
	arena_release(&a);
}

TEST(reset)
{
	struct arena a;
	size_t before = alloc_used(), steady;
	bool same = true;
	void *first;

	arena_init(&a);
	arena_reset(&a);
	ok(a.first == NULL, "resetting an empty arena is nothing");
	first = arena_get(&a, 100);
	steady = alloc_used();
	for (int i = 0; i < 1000; i++) {
		arena_reset(&a);
		same &= arena_get(&a, 100) == first;
		arena_get(&a, 1000);
	}
	ok(same, "the first block is used again and again");
	is_int((int64_t)alloc_used(), (int64_t)steady, "a steady stream allocates nothing");
	arena_get(&a, 1 << 20);
	ok(alloc_used() > steady, "a big piece has its own block");
	arena_reset(&a);
	is_int((int64_t)alloc_used(), (int64_t)steady, "which the reset gives back");
	arena_release(&a);
	is_int((int64_t)alloc_used(), (int64_t)before, "release gives back all");
}

TEST(copies)
{
	struct arena a;
	char text[] = "abc";
	struct span s;
	char *z;

	arena_init(&a);
	s = arena_copy(&a, span_of(text, 3));
	z = arena_string(&a, span_of(text, 2));
	text[0] = 'x';
	is_mem(s.p, s.n, "abc", "a copy is its own");
	is_str(z, "ab", "a string ends in NUL");
	is_str(arena_string(&a, SPAN_NONE), "", "the absent span is an empty string");
	is_int((int64_t)arena_copy(&a, SPAN_NONE).n, 0, "and an empty copy");
	arena_release(&a);
}

int
main(void)
{
	RUN(pieces);
	RUN(reset);
	RUN(copies);
	return tap_done();
}
