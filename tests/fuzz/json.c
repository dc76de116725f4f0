/*
 * Fuzz target json: on any bytes all kernels and the explaining parser agree; of a good text the walk over
 * the tokens, look-up, decoding, order, edit and canonical numbers keep their promises.
 */
#include "json/blame.h"
#include "json/doc.h"
#include "json/edit.h"
#include "json/find.h"
#include "json/number.h"
#include "json/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void
use_string(struct span raw, struct arena *a)
{
	struct span s = text_decode(raw, a);
	struct buf b;

	buf_init(&b, 8 * raw.n + 64);
	must(text_equals(raw, s));
	text_put(&b, s);
	must(!b.over && text_equals(buf_view(&b), s) && text_compare(raw, buf_view(&b)) == 0);
	buf_release(&b);
}

static void
use_number(struct span raw)
{
	struct buf b;

	buf_init(&b, raw.n + 128);
	number_put_canonical(&b, raw);
	must(!b.over && number_length(buf_view(&b)) == b.n);
	must(number_compare(raw, buf_view(&b)) == 0);
	must(number_to_double(raw) == number_to_double(raw));
	buf_release(&b);
}

/* Sets one value in the middle of the text to null, and deletes another. */
static void
use_edit(const struct doc *d, struct arena *a, struct edit_path path)
{
	struct doc again;
	struct edit e;
	struct buf out;
	struct err err;

	buf_init(&out, 2 * d->text.n + 64);
	doc_init(&again, DOC_KERNEL_BEST);
	edit_start(&e, d, a);
	must(edit_set(&e, path, SPAN("null"), &err) == 0);
	must(edit_write(&e, &out, &err) == 0);
	must(doc_parse(&again, buf_view(&out), &err) == 0);
	buf_clear(&out);
	edit_start(&e, d, a);
	must(edit_delete(&e, path, &err) == 0);
	must(edit_write(&e, &out, &err) == 0);
	must(doc_parse(&again, buf_view(&out), &err) == 0);
	buf_release(&out);
	doc_release(&again);
}

static void
use_value(const struct doc *d, uint32_t value, struct arena *a)
{
	enum doc_type type = doc_type(d, value);
	struct span raw = doc_span(d, value);
	struct find_iter it;
	uint32_t n = 0;

	must(raw.p >= d->text.p && raw.p + raw.n <= d->text.p + d->text.n && raw.n > 0);
	if (type == DOC_STRING)
		use_string(raw, a);
	if (type == DOC_NUMBER)
		use_number(raw);
	for (find_start(&it, d, value); find_next(&it); n++) {
		if (it.is_object) {
			use_string(doc_span(d, it.name), a);
			must(find_member(d, value, text_decode(doc_span(d, it.name), a)) >=
				it.value);
		}
		use_value(d, it.value, a);
	}
	must(n == find_count(d, value));
}

/* A short way into the text: the last item or member, and the last in that. */
static void
use_paths(const struct doc *d, struct arena *a)
{
	struct edit_step steps[3];
	uint32_t value = 0;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct find_iter it;

		for (find_start(&it, d, value); find_next(&it);)
			continue;
		if (it.value == DOC_NONE)
			return;
		steps[i] =
			it.is_object
				? (struct edit_step){.name = text_decode(doc_span(d, it.name), a)}
				: (struct edit_step){.index = -1};
		value = it.value;
		use_edit(d, a, (struct edit_path){steps, i + 1});
	}
}

static void
use_doc(const struct doc *d)
{
	struct arena a;

	arena_init(&a);
	use_value(d, 0, &a);
	use_paths(d, &a);
	arena_release(&a);
}

static void
compare_kernel(enum doc_kernel kernel, const struct doc *portable, int verdict, struct span text)
{
	struct doc d;
	struct err err;

	if (!doc_kernel_exists(kernel))
		return;
	doc_init(&d, kernel);
	must(doc_parse(&d, text, &err) == verdict);
	must(d.count == portable->count);
	must(memcmp(d.at, portable->at, d.count * sizeof(*d.at)) == 0);
	doc_release(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = alloc_get(size + BUF_PAD);
	struct span text = span_of(copy, size);
	struct doc d;
	struct err err, blamed;
	int verdict;

	if (size)
		memcpy(copy, data, size);
	/* The worst that can follow: more of the same. */
	memset(copy + size, size ? data[size - 1] : 0, BUF_PAD);
	doc_init(&d, DOC_KERNEL_PORTABLE);
	verdict = doc_parse(&d, text, &err);
	must(blame_find(text, &blamed) == verdict);
	compare_kernel(DOC_KERNEL_AVX2, &d, verdict, text);
	compare_kernel(DOC_KERNEL_AVX512, &d, verdict, text);
	if (verdict == 0)
		use_doc(&d);
	else
		must(err.byte >= 0 && err.byte <= (int64_t)size);
	doc_release(&d);
	alloc_free(copy);
	return 0;
}
