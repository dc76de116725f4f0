/* blame: a plain recursive-descent check; each function reads one thing and leaves p after it. */
#include "json/blame.h"

#include "base/utf8.h"
#include "json/doc.h"
#include "json/number.h"

struct blame {
	const char *start, *p, *end;
	int depth;
	struct err *err;
};

static bool
at(const struct blame *b, char c)
{
	return b->p < b->end && *b->p == c;
}

static bool
at_digit(const struct blame *b)
{
	return b->p < b->end && *b->p >= '0' && *b->p <= '9';
}

static void
skip_blanks(struct blame *b)
{
	while (at(b, ' ') || at(b, '\n') || at(b, '\t') || at(b, '\r'))
		b->p++;
}

/* wanted: "expected …"; what stands there instead is added. */
static int
refuse(struct blame *b, const char *wanted)
{
	unsigned char c = b->p < b->end ? (unsigned char)*b->p : 0;
	uint32_t code;
	int64_t byte = b->p - b->start;

	if (b->p >= b->end)
		return err_data(b->err, "json", byte, "%s, found the end", wanted);
	if (utf8_get(span_of(b->p, (size_t)(b->end - b->p)), &code) == 0)
		return err_data(b->err, "utf8", byte, "invalid UTF-8");
	if (c < 0x20 || c > 0x7e)
		return err_data(b->err, "json", byte, "%s, found byte 0x%02x", wanted, c);
	return err_data(b->err, "json", byte, "%s, found '%c'", wanted, c);
}

static int
escape(struct blame *b)
{
	b->p++;
	if (b->p < b->end && *b->p && strchr("\"\\/bfnrt", *b->p)) {
		b->p++;
		return 0;
	}
	if (!at(b, 'u'))
		return refuse(b, "expected one of \"\\/bfnrtu after backslash");
	b->p++;
	for (int i = 0; i < 4; i++, b->p++) {
		if (b->p >= b->end || !*b->p || !strchr("0123456789abcdefABCDEF", *b->p))
			return refuse(b, "expected four hexadecimal digits after \\u");
	}
	return 0;
}

static int
plain_character(struct blame *b)
{
	uint32_t code = 0;
	size_t n = utf8_get(span_of(b->p, (size_t)(b->end - b->p)), &code);

	if (n == 0)
		return err_data(b->err, "utf8", b->p - b->start, "invalid UTF-8");
	if (code < 0x20)
		return err_data(b->err, "json", b->p - b->start,
			"control byte 0x%02x in string must be escaped", (unsigned)code);
	b->p += n;
	return 0;
}

static int
string(struct blame *b)
{
	for (b->p++; !at(b, '"');) {
		if (b->p >= b->end)
			return refuse(b, "expected '\"' at the end of a string");
		if (*b->p == '\\' ? escape(b) : plain_character(b))
			return -1;
	}
	b->p++;
	return 0;
}

static int
digits(struct blame *b)
{
	if (!at_digit(b))
		return refuse(b, "expected a digit");
	while (at_digit(b))
		b->p++;
	return 0;
}

static int
number(struct blame *b)
{
	b->p += at(b, '-');
	if (at(b, '0')) {
		b->p++;
		if (at_digit(b))
			return err_data(b->err, "json", b->p - b->start,
				"a number cannot start with a superfluous zero");
	} else if (digits(b)) {
		return -1;
	}
	if (at(b, '.')) {
		b->p++;
		if (digits(b))
			return -1;
	}
	if (at(b, 'e') || at(b, 'E')) {
		b->p++;
		b->p += at(b, '+') || at(b, '-');
		return digits(b);
	}
	return 0;
}

static int
literal(struct blame *b, const char *word)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "expected '%s'", word);
	for (; *word; word++, b->p++) {
		if (!at(b, *word))
			return refuse(b, wanted);
	}
	return 0;
}

static int value(struct blame *b);

static int
member(struct blame *b, const char *wanted)
{
	skip_blanks(b);
	if (!at(b, '"'))
		return refuse(b, wanted);
	if (string(b))
		return -1;
	skip_blanks(b);
	if (!at(b, ':'))
		return refuse(b, "expected ':' after member name");
	b->p++;
	return value(b);
}

static int
object(struct blame *b)
{
	const char *wanted = "expected a member name or '}'";

	b->p++;
	skip_blanks(b);
	while (!at(b, '}')) {
		if (member(b, wanted))
			return -1;
		skip_blanks(b);
		if (at(b, '}'))
			break;
		if (!at(b, ','))
			return refuse(b, "expected ',' or '}' after member");
		b->p++;
		skip_blanks(b);
		wanted = "expected a member name";
		if (at(b, '}'))
			return refuse(b, wanted);
	}
	b->p++;
	return 0;
}

static int
array(struct blame *b)
{
	b->p++;
	skip_blanks(b);
	while (!at(b, ']')) {
		if (value(b))
			return -1;
		skip_blanks(b);
		if (at(b, ']'))
			break;
		if (!at(b, ','))
			return refuse(b, "expected ',' or ']' after item");
		b->p++;
		skip_blanks(b);
		if (at(b, ']'))
			return refuse(b, "expected a value");
	}
	b->p++;
	return 0;
}

static int
container(struct blame *b)
{
	int r;

	if (++b->depth > DOC_DEPTH_MAX)
		return err_data(
			b->err, "depth", b->p - b->start, "nesting deeper than %d", DOC_DEPTH_MAX);
	r = *b->p == '{' ? object(b) : array(b);
	b->depth--;
	return r;
}

static int
value(struct blame *b)
{
	skip_blanks(b);
	switch (b->p < b->end ? *b->p : 0) {
	case '{':
	case '[': return container(b);
	case '"': return string(b);
	case 't': return literal(b, "true");
	case 'f': return literal(b, "false");
	case 'n': return literal(b, "null");
	case '-': return number(b);
	default: return at_digit(b) ? number(b) : refuse(b, "expected a value");
	}
}

int
blame_find(struct span text, struct err *err)
{
	struct blame b = {text.p, text.p, text.p + text.n, 0, err};

	skip_blanks(&b);
	if (b.p == b.end)
		return err_data(err, "json", b.p - b.start, "blank text where a value must be");
	if (value(&b))
		return -1;
	skip_blanks(&b);
	return b.p == b.end ? 0 : refuse(&b, "expected nothing after the value");
}
