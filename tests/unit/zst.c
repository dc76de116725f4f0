/* zst: the decoder that checks, with any pieces of input and room, whole, damaged and cut. */
#include "tap.h"

#include "base/alloc.h"
#include "ext/zst.h"

#define ROUNDS 300
#define FRAMES 8

static unsigned seed = 1;

static unsigned
draw(unsigned below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % below;
}

struct sample {
	struct buf text, packed;
	size_t ends[FRAMES]; /* of the frames, in the text */
	size_t packed_ends[FRAMES];
};

static void
make(struct sample *s, size_t frame_least, size_t frame_max)
{
	struct err err;

	buf_init(&s->text, 64 << 20);
	buf_init(&s->packed, 64 << 20);
	for (int i = 0; i < FRAMES; i++) {
		size_t n = frame_least + draw((unsigned)(frame_max - frame_least)),
		       start = s->text.n;

		for (size_t k = 0; k < n; k++)
			buf_putc(&s->text, (char)('a' + draw(draw(4) ? 2 : 26)));
		zst_compress(&s->packed, span_of(s->text.p + start, n), 1, &err);
		s->ends[i] = s->text.n;
		s->packed_ends[i] = s->packed.n;
	}
}

static void
drop(struct sample *s)
{
	buf_release(&s->text);
	buf_release(&s->packed);
}

/* All that comes of the bytes; false: an error at the end. */
static bool
unpack_all(struct buf *out, struct span packed, size_t piece_max, size_t room_max, bool ends)
{
	char *room = alloc_get(room_max);
	struct zst *z = zst_new();
	bool is_right = true, is_over = false;
	struct span piece = SPAN_NONE;
	struct err err;

	zst_check(z);
	while (is_right && !is_over) {
		size_t n = 0, want;

		is_right = zst_decode(z, &piece, room, 1 + draw((unsigned)room_max - 1), &n,
				   &err) == 0;
		if (is_right)
			buf_put(out, room, n);
		if (!is_right || n || piece.n)
			continue;
		want = 1 + draw((unsigned)piece_max);
		piece = span_of(packed.p, MIN(packed.n, want));
		packed = span_of(packed.p + piece.n, packed.n - piece.n);
		is_over = piece.n == 0 && !(ends && zst_end(z));
	}
	zst_free(z);
	alloc_free(room);
	return is_right;
}

TEST(pieces)
{
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct sample s;
		struct buf out;

		make(&s, 0, i % 20 ? 3000 : 400000);
		buf_init(&out, 64 << 20);
		wrong += !unpack_all(
				 &out, buf_view(&s.packed), 1 + draw(2000), 2 + draw(5000), true) ||
			 !span_equal(buf_view(&out), buf_view(&s.text));
		buf_release(&out);
		drop(&s);
	}
	is_int(wrong, 0, "all bytes, in whatever pieces");
}

TEST(damage)
{
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct sample s;
		struct buf out;
		size_t at, whole = 0;

		make(&s, 0, 3000);
		buf_init(&out, 64 << 20);
		at = draw((unsigned)s.packed.n);
		s.packed.p[at] ^= (char)(1 << draw(8));
		for (int k = 0; k < FRAMES && s.packed_ends[k] <= at; k++)
			whole = s.ends[k];
		unpack_all(&out, buf_view(&s.packed), 1 + draw(2000), 2 + draw(5000), true);
		wrong += out.n < whole || out.n > s.text.n ||
			 (out.n && memcmp(out.p, s.text.p, out.n) != 0);
		buf_release(&out);
		drop(&s);
	}
	is_int(wrong, 0, "of a damaged frame nothing, of those before it all");
}

TEST(cut)
{
	struct sample s;
	struct buf out;

	make(&s, 150000, 200000);
	buf_init(&out, 64 << 20);
	ok(unpack_all(&out, span_of(s.packed.p, s.packed_ends[2] - 5), 1000, 5000, false),
		"an archive that is cut is no error by itself");
	ok(out.n >= s.ends[1] && out.n < s.ends[2], "a frame that is not whole is held back");
	buf_clear(&out);
	unpack_all(&out, span_of(s.packed.p, s.packed_ends[2] - 5), 1000, 5000, true);
	ok(out.n > s.ends[1] && memcmp(out.p, s.text.p, out.n) == 0,
		"and given when there is no more");
	buf_release(&out);
	drop(&s);
}

int
main(void)
{
	RUN(pieces);
	RUN(damage);
	RUN(cut);
	return tap_done();
}
