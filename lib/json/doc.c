/* doc: choice of kernel, the grammar over the offsets, and what a token stands for. */
#include "json/doc.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "json/blame.h"
#include "json/kernel.h"
#include "json/number.h"

/* Stage 1 may write 64 words for its last block; stage 2 looks up to three tokens past the last. */
#define SLACK 64
#define TEXT_MAX ((size_t)1 << 31)

static const struct kernel {
	const char *name;
	uint32_t (*scan)(struct doc *, bool *control);
	bool (*is_utf8)(struct span);
} kernels[] = {
	[DOC_KERNEL_PORTABLE] = {"portable", kernel_portable_scan, kernel_portable_is_utf8},
#if defined(__x86_64__)
	[DOC_KERNEL_AVX2] = {"avx2", kernel_avx2_scan, kernel_avx2_is_utf8},
	[DOC_KERNEL_AVX512] = {"avx512", kernel_avx512_scan, kernel_avx2_is_utf8},
#endif
};

#if defined(__x86_64__)
static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("pclmul");
}

static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vbmi2");
}
#endif

bool
doc_kernel_exists(enum doc_kernel kernel)
{
#if defined(__x86_64__)
	if (kernel == DOC_KERNEL_AVX512)
		return has_avx512() && has_avx2();
	return kernel != DOC_KERNEL_AVX2 || has_avx2();
#else
	return kernel != DOC_KERNEL_AVX2 && kernel != DOC_KERNEL_AVX512;
#endif
}

static enum doc_kernel
best_kernel(void)
{
	const char *wish = getenv("EV_KERNEL");
	enum doc_kernel k;

	for (k = DOC_KERNEL_PORTABLE; wish && k < ARRAY_LEN(kernels); k++) {
		if (strcmp(wish, kernels[k].name) == 0 && doc_kernel_exists(k))
			return k;
	}
	k = DOC_KERNEL_AVX512;
	while (!doc_kernel_exists(k))
		k--;
	return k;
}

void
doc_init(struct doc *d, enum doc_kernel kernel)
{
	const struct kernel *k;

	assert(doc_kernel_exists(kernel));
	k = &kernels[kernel == DOC_KERNEL_BEST ? best_kernel() : kernel];
	*d = (struct doc){.scan = k->scan, .is_utf8 = k->is_utf8};
}

void
doc_release(struct doc *d)
{
	alloc_free(d->at);
	alloc_free(d->link);
	*d = (struct doc){.scan = d->scan, .is_utf8 = d->is_utf8};
}

const char *
doc_kernel_name(const struct doc *d)
{
	size_t k = DOC_KERNEL_PORTABLE;

	while (kernels[k].scan != d->scan)
		k++;
	return kernels[k].name;
}

/* In the worst text every byte is a token. */
static void
make_room(struct doc *d, size_t bytes)
{
	size_t cap = MAX(bytes, (size_t)1000) + bytes / 4 + SLACK;

	alloc_free(d->at);
	alloc_free(d->link);
	d->at = alloc_get(cap * sizeof(*d->at));
	d->link = alloc_get(cap * sizeof(*d->link));
	d->cap = (uint32_t)cap;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

/* The byte after a number, NULL when it is none. The text goes on with a byte that is no digit. */
static const char *
number_end(const char *p)
{
	p += *p == '-';
	if (*p == '0') {
		p++;
	} else {
		if (!is_digit(*p))
			return NULL;
		while (is_digit(*p))
			p++;
	}
	if (*p == '.') {
		if (!is_digit(*++p))
			return NULL;
		while (is_digit(*p))
			p++;
	}
	if ((*p | 0x20) == 'e') {
		p++;
		p += *p == '-' || *p == '+';
		if (!is_digit(*p))
			return NULL;
		while (is_digit(*p))
			p++;
	}
	return p;
}

static bool
has_word(const char *p, const char word[4])
{
	return memcmp(p, word, 4) == 0;
}

/* A scalar that is no string and is followed by another token, so that it ends inside the text. */
static bool
scalar_is_good(const struct doc *d, uint32_t t)
{
	const char *p = d->text.p + d->at[t], *end;

	switch (*p) {
	case 't': end = has_word(p, "true") ? p + 4 : NULL; break;
	case 'n': end = has_word(p, "null") ? p + 4 : NULL; break;
	case 'f': end = has_word(p + 1, "alse") ? p + 5 : NULL; break;
	default: end = number_end(p);
	}
	return end && (end == d->text.p + d->at[t + 1] || is_blank(*end));
}

/* The whole text is one scalar: nothing after it but blanks. */
static bool
root_scalar_is_good(const struct doc *d)
{
	struct span s = span_trim(d->text);

	if (s.p[0] == '"')
		return d->count == 2 && s.p + s.n - 1 == d->text.p + d->at[1];
	return d->count == 1 && (span_is(s, "true") || span_is(s, "false") || span_is(s, "null") ||
					number_length(s) == s.n);
}

/*
 * Stage 2. While a bracket is open its link holds the bracket around it, so the links are the stack.
 * The byte at the sentinel is unspecified. Should it look like a token, then every way through here
 * comes to one of the comparisons with count, or to a second token that the same byte cannot be.
 */
static bool
grammar_is_good(struct doc *d)
{
	const char *s = d->text.p;
	const uint32_t *at = d->at;
	uint32_t *link = d->link;
	uint32_t t = 0, open = DOC_NONE, count = d->count, depth = 0;
	char close = 0;

	for (;;) { /* t is where a value must be */
		char c = s[at[t]];

		if (c == '"') {
			t += 2;
		} else if (c == '{' || c == '[') {
			if (t >= count || ++depth > DOC_DEPTH_MAX)
				return false;
			link[t] = open;
			open = t++;
			close = (char)(c + 2);
			c = s[at[t]];
			if (c != close) {
				if (close == ']')
					continue;
				if (c != '"' || s[at[t + 2]] != ':')
					return false;
				t += 3;
				continue;
			}
		} else {
			if (t + 1 >= count || !scalar_is_good(d, t))
				return false;
			t++;
		}
		while ((c = s[at[t]]) == close) {
			uint32_t around = link[open];

			if (t >= count)
				return false;
			link[open] = t++;
			if (around == DOC_NONE)
				return t == count;
			open = around;
			close = (char)(s[at[open]] + 2);
			depth--;
		}
		if (c != ',')
			return false;
		t++;
		if (close == '}') {
			if (s[at[t]] != '"' || s[at[t + 2]] != ':')
				return false;
			t += 3;
		}
	}
}

static bool
is_hex(char c)
{
	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}

/* All backslashes are in strings by now, and every string is closed. */
static bool
escapes_are_good(struct span text)
{
	const char *p = text.p, *end = text.p + text.n;

	while ((p = memchr(p, '\\', (size_t)(end - p)))) {
		switch (p[1]) {
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't': p += 2; break;
		case 'u':
			if (!is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) || !is_hex(p[5]))
				return false;
			p += 6;
			break;
		default: return false;
		}
	}
	return true;
}

static bool
is_good(struct doc *d)
{
	bool control;
	char first;

	d->count = d->scan(d, &control);
	if (unlikely(control || d->count == 0))
		return false;
	for (uint32_t i = 0; i < 4; i++)
		d->at[d->count + i] = (uint32_t)d->text.n;
	first = d->text.p[d->at[0]];
	if (first == '{' || first == '[' ? !grammar_is_good(d) : !root_scalar_is_good(d))
		return false;
	if (d->has_escapes && !escapes_are_good(d->text))
		return false;
	return !d->has_high || d->is_utf8(d->text);
}

int
doc_parse(struct doc *d, struct span text, struct err *err)
{
	int verdict;

	d->text = text;
	d->count = 0;
	if (unlikely(text.n >= TEXT_MAX))
		return err_data(err, "json", 0, "text of 2 GiB or more");
	if (unlikely(text.n + SLACK > d->cap))
		make_room(d, text.n);
	if (likely(is_good(d)))
		return 0;
	d->count = 0;
	d->at[0] = 0;
	verdict = blame_find(text, err);
	assert(verdict == -1); /* two parsers, one grammar */
	return verdict;
}

enum doc_type
doc_type(const struct doc *d, uint32_t value)
{
	if (value == DOC_NONE)
		return DOC_ABSENT;
	switch (d->text.p[d->at[value]]) {
	case '{': return DOC_OBJECT;
	case '[': return DOC_ARRAY;
	case '"': return DOC_STRING;
	case 't': return DOC_TRUE;
	case 'f': return DOC_FALSE;
	case 'n': return DOC_NULL;
	default: return DOC_NUMBER;
	}
}

struct span
doc_span(const struct doc *d, uint32_t value)
{
	const char *p;
	uint32_t end;

	if (value == DOC_NONE)
		return SPAN_NONE;
	p = d->text.p + d->at[value];
	switch (*p) {
	case '{':
	case '[': end = d->at[d->link[value]] + 1; break;
	case '"': end = d->at[value + 1] + 1; break;
	default:
		end = d->at[value + 1];
		while (is_blank(d->text.p[end - 1]))
			end--;
	}
	return span_of(p, end - d->at[value]);
}
