/*
 * json_ref: a second JSON parser, short enough to be believed, that the fast one is held to.
 *
 * It transcribes the grammar of RFC 8259 and the table of well-formed UTF-8 of RFC 3629, production by
 * production, and writes the text again without blanks, so that the two agree on what was read and
 * not only that it can be read.
 */
#ifndef TESTS_JSON_REF_H
#define TESTS_JSON_REF_H

#include "base/buf.h"

#define REF_DEPTH_MAX 1024

struct ref {
	const unsigned char *p, *end;
	int depth;
	struct buf *out; /* the text without blanks */
};

static bool ref_value(struct ref *r);

static bool
ref_is(const struct ref *r, unsigned char from, unsigned char to)
{
	return r->p < r->end && *r->p >= from && *r->p <= to;
}

static bool
ref_take(struct ref *r, unsigned char from, unsigned char to)
{
	if (!ref_is(r, from, to))
		return false;
	buf_putc(r->out, (char)*r->p++);
	return true;
}

static void
ref_blanks(struct ref *r)
{
	while (ref_is(r, ' ', ' ') || ref_is(r, '\t', '\n') || ref_is(r, '\r', '\r'))
		r->p++;
}

static bool
ref_word(struct ref *r, const char *word)
{
	for (; *word; word++) {
		if (!ref_take(r, (unsigned char)*word, (unsigned char)*word))
			return false;
	}
	return true;
}

static bool
ref_digits(struct ref *r)
{
	if (!ref_take(r, '0', '9'))
		return false;
	while (ref_take(r, '0', '9'))
		continue;
	return true;
}

/* number = [ minus ] int [ frac ] [ exp ] */
static bool
ref_number(struct ref *r)
{
	ref_take(r, '-', '-');
	if (ref_take(r, '0', '0')) {
		if (ref_is(r, '0', '9'))
			return false;
	} else if (!ref_digits(r)) {
		return false;
	}
	if (ref_take(r, '.', '.') && !ref_digits(r))
		return false;
	if (ref_take(r, 'e', 'e') || ref_take(r, 'E', 'E')) {
		if (!ref_take(r, '+', '+'))
			ref_take(r, '-', '-');
		return ref_digits(r);
	}
	return true;
}

/* The rows of RFC 3629 section 4: the first byte, then the range of the second, then tails. */
static bool
ref_utf8(struct ref *r)
{
	static const unsigned char rows[][5] = {
		{0xc2, 0xdf, 0x80, 0xbf, 0},
		{0xe0, 0xe0, 0xa0, 0xbf, 1},
		{0xe1, 0xec, 0x80, 0xbf, 1},
		{0xed, 0xed, 0x80, 0x9f, 1},
		{0xee, 0xef, 0x80, 0xbf, 1},
		{0xf0, 0xf0, 0x90, 0xbf, 2},
		{0xf1, 0xf3, 0x80, 0xbf, 2},
		{0xf4, 0xf4, 0x80, 0x8f, 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const unsigned char *row = rows[i], *start = r->p;
		bool good;

		if (!ref_take(r, row[0], row[1]))
			continue;
		good = ref_take(r, row[2], row[3]);
		for (int tails = row[4]; good && tails > 0; tails--)
			good = ref_take(r, 0x80, 0xbf);
		if (!good)
			r->p = start;
		return good;
	}
	return false;
}

static bool
ref_escape(struct ref *r)
{
	static const char letters[] = "\"\\/bfnrt";

	for (const char *l = letters; *l; l++) {
		if (ref_take(r, (unsigned char)*l, (unsigned char)*l))
			return true;
	}
	if (!ref_take(r, 'u', 'u'))
		return false;
	for (int i = 0; i < 4; i++) {
		if (!ref_take(r, '0', '9') && !ref_take(r, 'a', 'f') && !ref_take(r, 'A', 'F'))
			return false;
	}
	return true;
}

static bool
ref_string(struct ref *r)
{
	if (!ref_take(r, '"', '"'))
		return false;
	while (!ref_take(r, '"', '"')) {
		bool good = ref_take(r, '\\', '\\') ? ref_escape(r)
			    : ref_is(r, 0x80, 0xff) ? ref_utf8(r)
						    : ref_take(r, 0x20, 0x7f);

		if (!good)
			return false;
	}
	return true;
}

static bool
ref_members(struct ref *r)
{
	do {
		ref_blanks(r);
		if (!ref_string(r))
			return false;
		ref_blanks(r);
		if (!ref_take(r, ':', ':') || !ref_value(r))
			return false;
		ref_blanks(r);
	} while (ref_take(r, ',', ','));
	return ref_take(r, '}', '}');
}

static bool
ref_items(struct ref *r)
{
	do {
		if (!ref_value(r))
			return false;
		ref_blanks(r);
	} while (ref_take(r, ',', ','));
	return ref_take(r, ']', ']');
}

static bool
ref_container(struct ref *r)
{
	unsigned char close = *r->p == '{' ? '}' : ']';
	bool good;

	if (r->depth == REF_DEPTH_MAX)
		return false;
	r->depth++;
	ref_take(r, *r->p, *r->p);
	ref_blanks(r);
	good = ref_take(r, close, close) || (close == '}' ? ref_members(r) : ref_items(r));
	r->depth--;
	return good;
}

static bool
ref_value(struct ref *r)
{
	ref_blanks(r);
	switch (r->p < r->end ? *r->p : 0) {
	case '{':
	case '[': return ref_container(r);
	case '"': return ref_string(r);
	case 't': return ref_word(r, "true");
	case 'f': return ref_word(r, "false");
	case 'n': return ref_word(r, "null");
	default: return ref_number(r);
	}
}

/* Is it JSON? *byte is the first byte that cannot be right when it is not. */
static bool
ref_parse(struct span text, struct buf *out, int64_t *byte)
{
	const unsigned char *start = (const unsigned char *)text.p;
	struct ref r = {start, start + text.n, 0, out};
	bool good;

	buf_clear(out);
	good = ref_value(&r);
	if (good)
		ref_blanks(&r);
	*byte = r.p - start;
	return good && r.p == r.end;
}

#endif
