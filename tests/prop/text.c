/*
 * text: for random strings, written in random ways: decoding gives back what was written, equality
 * and order are those of the decoded bytes, and what text_put writes is one valid JSON string that
 * decodes to the same. Arguments: the number of rounds, the seed.
 */
#include "json/text.h"

#include "json_gen.h"
#include "tap.h"
#include "json/doc.h"

static struct doc doc;
static struct arena arena;
static long wrong;

static void
law(bool holds, const char *what)
{
	if (!holds && wrong++ < 5)
		printf("# broken: %s\n", what);
}

/* The same random code points twice: as UTF-8 and as a string with random escapes. */
static void
make(struct gen *g, struct buf *decoded, struct buf *raw)
{
	uint32_t n = gen_below(g, 6) ? gen_below(g, 20) : gen_below(g, 200), few = gen_below(g, 3);

	buf_clear(decoded);
	buf_clear(raw);
	buf_putc(raw, '"');
	for (; n > 0; n--) {
		uint32_t code = few ? (uint32_t)'a' + gen_below(g, 2) : gen_code(g);
		char bytes[4];

		buf_put(decoded, bytes, utf8_put(bytes, code));
		gen_written(g, raw, code);
	}
	buf_putc(raw, '"');
	memset(raw->p + raw->n, '"', BUF_PAD);
}

static void
check_one(struct span decoded, struct span raw)
{
	struct err err;
	struct buf b;

	buf_init(&b, 1 << 16);
	law(doc_parse(&doc, raw, &err) == 0, "a written string is valid");
	law(span_equal(text_decode(raw, &arena), decoded), "decode");
	text_decode_to(&b, raw);
	law(span_equal(buf_view(&b), decoded), "decode to a buf");
	law(text_equals(raw, decoded), "equals");
	buf_clear(&b);
	text_put(&b, decoded);
	law(doc_parse(&doc, buf_view(&b), &err) == 0, "what is put is valid");
	law(doc.count == 2 && doc.at[1] == b.n - 1, "and one string");
	law(span_equal(text_decode(buf_view(&b), &arena), decoded), "that decodes to the same");
	buf_release(&b);
}

static void
check_two(const struct buf decoded[2], const struct buf raw[2])
{
	int want = span_compare(buf_view(&decoded[0]), buf_view(&decoded[1]));
	int got = text_compare(buf_view(&raw[0]), buf_view(&raw[1]));

	law((got > 0) == (want > 0) && (got < 0) == (want < 0), "order");
	law(text_equals(buf_view(&raw[0]), buf_view(&decoded[1])) == (want == 0), "equality");
}

/* Any bytes at all: what is put is valid, and unchanged when it was. */
static void
check_bytes(struct gen *g)
{
	char bytes[64];
	struct span s = span_of(bytes, gen_below(g, sizeof(bytes)));
	struct err err;
	struct buf b;

	for (size_t i = 0; i < s.n; i++)
		bytes[i] = (char)(gen_below(g, 2) ? gen_below(g, 256) : 'a' + gen_below(g, 26));
	buf_init(&b, 1 << 16);
	text_put(&b, s);
	law(doc_parse(&doc, buf_view(&b), &err) == 0, "any bytes are put as a valid string");
	law(span_equal(text_decode(buf_view(&b), &arena), s) == (utf8_check(s) == s.n),
		"they come back just when they are UTF-8");
	buf_release(&b);
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 100000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20211122;
	struct gen g = {.state = seed};
	struct buf decoded[2], raw[2];

	printf("# %ld rounds, seed %" PRIu64 "\n", count, seed);
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&arena);
	for (int i = 0; i < 2; i++) {
		buf_init(&decoded[i], 1 << 16);
		buf_init(&raw[i], 1 << 16);
		make(&g, &decoded[i], &raw[i]);
	}
	for (long i = 0; i < count; i++) {
		make(&g, &decoded[i % 2], &raw[i % 2]);
		check_one(buf_view(&decoded[i % 2]), buf_view(&raw[i % 2]));
		check_two(decoded, raw);
		check_bytes(&g);
		arena_reset(&arena);
	}
	is_int(wrong, 0, "laws broken in %ld rounds", count);
	for (int i = 0; i < 2; i++) {
		buf_release(&decoded[i]);
		buf_release(&raw[i]);
	}
	arena_release(&arena);
	doc_release(&doc);
	return tap_done();
}
