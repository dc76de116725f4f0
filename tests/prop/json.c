/*
 * json: every kernel, the explaining parser and a reference parser agree on random and damaged texts:
 * on the verdict, on the first bad byte and on what was read. Where libjq is installed its verdict is
 * compared too; each way in which it differs is named in jq_may_differ.
 *
 * Arguments: the number of texts, the seed.
 */
#include <dlfcn.h>

#include "json_gen.h"
#include "json_ref.h"
#include "tap.h"
#include "json/blame.h"
#include "json/doc.h"
#include "json/find.h"

#if defined(__has_include)
#if __has_include(<jv.h>)
#include <jv.h>
#define HAVE_JV 1
#endif
#endif

#define TEXT_MAX (1 << 20)
#define JQ_EVERY 16

static struct doc portable, vector[2]; /* without a scan where the processor lacks it */
static struct buf written, from_tokens;
static uint64_t seed;
static long failures;

static void
complain(const char *what, struct span text)
{
	if (failures++ < 5) {
		printf("# seed %" PRIu64 ": %s: ", seed, what);
		for (size_t i = 0; i < MIN(text.n, 2000); i++) {
			unsigned char c = (unsigned char)text.p[i];

			printf(c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
		}
		putchar('\n');
	}
}

/* The text again without blanks, by way of the tokens. */
static void
write_value(const struct doc *d, uint32_t value, struct buf *b)
{
	enum doc_type type = doc_type(d, value);
	struct find_iter it;
	bool some = false;

	if (type != DOC_OBJECT && type != DOC_ARRAY) {
		buf_span(b, doc_span(d, value));
		return;
	}
	buf_putc(b, type == DOC_OBJECT ? '{' : '[');
	for (find_start(&it, d, value); find_next(&it); some = true) {
		if (some)
			buf_putc(b, ',');
		if (it.is_object) {
			buf_span(b, doc_span(d, it.name));
			buf_putc(b, ':');
		}
		write_value(d, it.value, b);
	}
	buf_putc(b, type == DOC_OBJECT ? '}' : ']');
}

static bool
same_index(const struct doc *a, const struct doc *b)
{
	if (a->count != b->count || memcmp(a->at, b->at, (a->count + 1) * sizeof(*a->at)) != 0 ||
		a->has_escapes != b->has_escapes || a->has_high != b->has_high)
		return false;
	for (uint32_t t = 0; t < a->count; t++) {
		char c = a->text.p[a->at[t]];

		if ((c == '{' || c == '[') && a->link[t] != b->link[t])
			return false;
	}
	return true;
}

static bool
same_err(const struct err *a, const struct err *b)
{
	return a->byte == b->byte && strcmp(a->code, b->code) == 0 && strcmp(a->text, b->text) == 0;
}

/* err: what the portable kernel found. */
static void
check_vector(struct doc *d, struct span text, bool good, const struct err *err)
{
	struct err other;

	if (!d->scan)
		return;
	err_clear(&other);
	if ((doc_parse(d, text, &other) == 0) != good)
		complain("a vector kernel differs from the reference", text);
	if (good ? !same_index(&portable, d) : !same_err(err, &other))
		complain("the kernels differ", text);
}

/* The laws. Returns the verdict of the reference. */
static bool
check(struct span text, struct err *err)
{
	struct err other;
	int64_t byte;
	bool good = ref_parse(text, &written, &byte);

	err_clear(err);
	err_clear(&other);
	if ((doc_parse(&portable, text, err) == 0) != good)
		complain("portable differs from the reference", text);
	if ((blame_find(text, &other) == 0) != good)
		complain("blame differs from the reference", text);
	if (!good && err->byte != byte)
		complain("not the byte of the reference", text);
	if (good) {
		buf_clear(&from_tokens);
		write_value(&portable, 0, &from_tokens);
		if (!span_equal(buf_view(&from_tokens), buf_view(&written)))
			complain("the tokens spell another text", text);
	}
	for (size_t k = 0; k < ARRAY_LEN(vector); k++)
		check_vector(&vector[k], text, good, err);
	return good;
}

#ifdef HAVE_JV

static struct {
	jv (*parse)(const char *, int);
	jv_kind (*kind)(jv);
	void (*release)(jv);
} jq;

static void
load_function(void *library, const char *name, void *to)
{
	void *f = dlsym(library, name);

	memcpy(to, &f, sizeof(f));
}

/* It leaks a little when it refuses a text. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libjq";
}

static bool
jq_load(void)
{
	void *library = dlopen("libjq.so.1", RTLD_NOW);

	if (!library)
		return false;
	load_function(library, "jv_parse_sized", &jq.parse);
	load_function(library, "jv_get_kind", &jq.kind);
	load_function(library, "jv_free", &jq.release);
	return jq.parse && jq.kind && jq.release;
}

static bool
jq_accepts(struct span text)
{
	jv v = jq.parse(text.p, (int)text.n);
	bool good = jq.kind(v) != JV_KIND_INVALID;

	jq.release(v);
	return good;
}

/* A high surrogate that no low one follows. jq refuses it; a lone low one it replaces. */
static bool
has_lone_high(struct span text)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		const char *p = text.p + i;

		if (*p != '\\')
			continue;
		i++;
		if (p[1] != 'u' || !strchr("dD", p[2]) || !strchr("89abAB", p[3]))
			continue;
		i += 4;
		if (p[6] != '\\' || p[7] != 'u' || !strchr("dD", p[8]) || !strchr("cdefCDEF", p[9]))
			return true;
		i += 6;
	}
	return false;
}

/* Nesting as jq counts it: an object costs two, since its pending name lies on the stack too. */
static bool
is_too_deep_for_jq(struct span text)
{
	int depth = 0, deepest = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		depth += c == '{' ? 2 : c == '[';
		depth -= c == '}' ? 2 : c == ']';
		deepest = MAX(deepest, depth);
	}
	return deepest > 256;
}

static bool
is_one_of(struct span text, int64_t at, struct span set)
{
	return at >= 0 && at < (int64_t)text.n && memchr(set.p, text.p[at], set.n);
}

/* Is the byte blamed in or right after a run that jq hands to its reader of numbers? */
static bool
in_number_run(struct span text, int64_t byte)
{
	struct span run = SPAN("0123456789.eE+-\0\v\f\x1e");

	return is_one_of(text, byte, run) || is_one_of(text, byte - 1, run);
}

/* Does the word that the byte blamed is in start as not a number or infinity? */
static bool
in_odd_word(struct span text, int64_t byte)
{
	struct span letters = SPAN("nN"), more = SPAN("aA");

	return (is_one_of(text, byte, letters) && is_one_of(text, byte + 1, more)) ||
	       (is_one_of(text, byte - 1, letters) && is_one_of(text, byte, more)) ||
	       is_one_of(text, byte, SPAN("iI"));
}

/*
 * What jq 1.6 does otherwise. It refuses: lone high surrogate escapes, nesting over 256. It accepts: invalid
 * UTF-8 (replaced by U+FFFD), bare control bytes in strings, a byte order mark, and as a number
 * whatever its strtod reads, as 01, 1., .5, +1, nan, NaN, after form feeds, or up to a NUL; and at 0x1e, the
 * record separator of RFC 7464, it forgets what was unfinished.
 */
static bool
jq_may_differ(struct span text, bool good, const struct err *err)
{
	if (good)
		return has_lone_high(text) || is_too_deep_for_jq(text);
	return strcmp(err->code, "utf8") == 0 || memchr(text.p, 0x1e, text.n) ||
	       strstr(err->text, "control byte") ||
	       (err->byte == 0 && span_starts(text, SPAN("\xef\xbb\xbf"))) ||
	       in_number_run(text, err->byte) || in_odd_word(text, err->byte);
}

static void
check_jq(struct span text, bool good, const struct err *err)
{
	if (jq_accepts(text) != good && !jq_may_differ(text, good, err))
		complain(good ? "libjq refuses" : err->text, text);
}

#else

static bool
jq_load(void)
{
	return false;
}

static void
check_jq(struct span text, bool good, const struct err *err)
{
	(void)text, (void)good, (void)err;
}

#endif

static void
init_vector(struct doc *d, enum doc_kernel kernel, const char *name)
{
	if (doc_kernel_exists(kernel))
		doc_init(d, kernel);
	else
		tap_skip(name, "a processor that has it");
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 200000, good = 0, compared = 0;
	struct gen g;
	struct buf text;
	bool has_jq = jq_load();

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20211122;
	g.state = seed;
	printf("# %ld texts, seed %" PRIu64 "\n", count, seed);
	buf_init(&text, TEXT_MAX);
	buf_init(&written, TEXT_MAX);
	buf_init(&from_tokens, TEXT_MAX);
	doc_init(&portable, DOC_KERNEL_PORTABLE);
	init_vector(&vector[0], DOC_KERNEL_AVX2, "the avx2 kernel");
	init_vector(&vector[1], DOC_KERNEL_AVX512, "the avx512 kernel");
	for (long i = 0; i < count; i++) {
		struct err err;
		bool is_good;

		gen_text(&g, &text);
		for (uint32_t n = gen_below(&g, 4); n > 0; n--)
			gen_mutate(&g, &text);
		memset(text.p + text.n, (int)gen_below(&g, 256), BUF_PAD);
		is_good = check(buf_view(&text), &err);
		good += is_good;
		if (has_jq && i % JQ_EVERY == 0) {
			check_jq(buf_view(&text), is_good, &err);
			compared++;
		}
	}
	is_int(failures, 0, "disagreements in %ld texts, %ld of them good", count, good);
	ok(good > count / 5 && good < count * 4 / 5, "texts of both kinds");
	if (has_jq)
		ok(compared > 0, "%ld texts compared with libjq", compared);
	else
		tap_skip("comparison with libjq", "libjq and its header");
	buf_release(&text);
	buf_release(&written);
	buf_release(&from_tokens);
	doc_release(&portable);
	for (size_t k = 0; k < ARRAY_LEN(vector); k++)
		doc_release(&vector[k]);
	return tap_done();
}
