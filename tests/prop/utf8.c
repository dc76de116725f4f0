/*
 * utf8: every kernel's check says what base/utf8 says: for every first and second byte with third and fourth
 * bytes at the edges of their ranges, at every place against the blocks of 32; and for random runs.
 * Arguments: the number of random runs, the seed.
 */
#include "base/utf8.h"

#include "json_gen.h"
#include "tap.h"
#include "json/doc.h"

static struct doc docs[3];
static int kernels;
static long wrong;

static void
check(struct span s)
{
	bool want = utf8_check(s) == s.n;

	for (int k = 0; k < kernels; k++)
		wrong += docs[k].is_utf8(s) != want;
}

TEST(edges)
{
	static const unsigned char edges[] = {'a', 0x7f, 0x80, 0xbf, 0xc0, 0xf0};
	char text[80];
	size_t place = 0;

	for (int first = 0x80; first < 0x100; first++) {
		for (int second = 0; second < 0x100; second++) {
			for (size_t rest = 0; rest < 36; rest++) {
				char *p = text + place;

				memset(text, 'x', sizeof(text));
				p[0] = (char)first;
				p[1] = (char)second;
				p[2] = (char)edges[rest / 6];
				p[3] = (char)edges[rest % 6];
				check(span_of(text, sizeof(text)));
				check(span_of(text, place + 1 + rest % 4));
				place = (place + 1) % 70;
			}
		}
	}
	is_int(wrong, 0, "wrong verdicts at the edges");
}

static void
random_runs(struct gen *g, long count)
{
	char text[200];
	long good = 0;

	for (long i = 0; i < count; i++) {
		size_t n = 0, want = gen_below(g, 190);

		while (n < want) {
			uint32_t kind = gen_below(g, 40);

			if (kind < 30)
				n += utf8_put(text + n, gen_code(g));
			else
				text[n++] = 'a';
		}
		if (n > 0 && gen_below(g, 2))
			text[gen_below(g, (uint32_t)n)] ^= (char)(1 << gen_below(g, 8));
		check(span_of(text, n));
		good += utf8_check(span_of(text, n)) == n;
	}
	is_int(wrong, 0, "wrong verdicts in %ld random runs, %ld of them good", count, good);
	ok(good > count / 3 && good < count, "runs of both kinds");
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 200000;
	struct gen g = {.state = argc > 2 ? strtoull(argv[2], NULL, 10) : 20211122};

	printf("# %ld runs, seed %" PRIu64 "\n", count, g.state);
	doc_init(&docs[kernels++], DOC_KERNEL_PORTABLE);
	if (doc_kernel_exists(DOC_KERNEL_AVX2))
		doc_init(&docs[kernels++], DOC_KERNEL_AVX2);
	else
		tap_skip("the avx2 kernel", "a processor with AVX2");
	if (doc_kernel_exists(DOC_KERNEL_AVX512))
		doc_init(&docs[kernels++], DOC_KERNEL_AVX512);
	else
		tap_skip("the avx512 kernel", "a processor with AVX-512");
	RUN(edges);
	random_runs(&g, count);
	return tap_done();
}
