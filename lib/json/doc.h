/*
 * doc: the index of one JSON text: validated completely, nothing decoded, nothing copied.
 *
 * doc_parse goes over the text once in blocks of 64 bytes (stage 1, per instruction set) and writes the
 * offset of every structural byte, of both quotes of every string and of the first byte of every other
 * scalar; then checks the grammar over those offsets (stage 2) and links each opening bracket to its
 * close. A *token* is a number into these offsets:
 *
 *	{"a":[1,"x"]}
 *	0 {   1 "   2 "   3 :   4 [   5 1   6 ,   7 "   8 "   9 ]   10 }
 *
 * A value is named by its first token; the value of a whole text by token 0. The end of a scalar that is
 * not a string is found by looking for the byte that ends it. The last offset is followed by one
 * sentinel, the length of the text.
 *
 * Accepted is RFC 8259 and nothing else: valid UTF-8, no NUL, no bare control bytes in strings, nesting
 * to DOC_DEPTH_MAX. Any value may stand at the top. Duplicated names and lone surrogate escapes pass.
 * The method of stage 1 is that of Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019).
 *
 * The text is borrowed and must have BUF_PAD (64) readable bytes past its end. A doc is reused from line
 * to line and allocates only when a line has more tokens than any before.
 */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include "base/err.h"
#include "base/span.h"

#define DOC_DEPTH_MAX 1024
#define DOC_NONE UINT32_MAX /* no such value */

enum doc_type {
	DOC_ABSENT, /* of DOC_NONE */
	DOC_NULL,
	DOC_FALSE,
	DOC_TRUE,
	DOC_NUMBER,
	DOC_STRING,
	DOC_ARRAY,
	DOC_OBJECT,
};

enum doc_kernel { DOC_KERNEL_BEST, DOC_KERNEL_PORTABLE, DOC_KERNEL_AVX2, DOC_KERNEL_AVX512 };

struct doc {
	struct span text;
	uint32_t *at;   /* count offsets and the sentinel */
	uint32_t *link; /* for an opening bracket's token: the token of its close */
	uint32_t count, cap;
	bool has_escapes, has_high; /* a backslash, a byte over 0x7f somewhere in the text */
	/* The kernel in use; see kernel.h. */
	uint32_t (*scan)(struct doc *, bool *control);
	bool (*is_utf8)(struct span);
};

/*
 * EV_KERNEL in the environment (portable, avx2 or avx512) is taken for BEST, for tests; a kernel that this
 * processor lacks, or an unknown one, is not.
 */
void doc_init(struct doc *d, enum doc_kernel kernel);
void doc_release(struct doc *d);
/* False for a kernel that this processor lacks. */
bool doc_kernel_exists(enum doc_kernel kernel);
const char *doc_kernel_name(const struct doc *d);
/*
 * 0, or -1 with err->code "json" (or "utf8", "depth") and err->byte the offset of the first byte that cannot
 * be right. Blank text is an error. On failure the index is empty. Texts are limited to 2^31 bytes.
 */
int doc_parse(struct doc *d, struct span text, struct err *err);

enum doc_type doc_type(const struct doc *d, uint32_t value);
/* The value's bytes in the text, quotes and brackets included. DOC_NONE: SPAN_NONE. */
struct span doc_span(const struct doc *d, uint32_t value);
/* The token after the value's last. */
static inline uint32_t
doc_after(const struct doc *d, uint32_t value)
{
	char c = d->text.p[d->at[value]];

	return c == '{' || c == '[' ? d->link[value] + 1 : c == '"' ? value + 2 : value + 1;
}

#endif
