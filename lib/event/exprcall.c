/* exprcall: functions of the native engine, by the alphabet of the table at the end. */
#include "event/exprcall.h"

#include "event/expreval.h"
#include "event/order.h"
#include "json/find.h"
#include "json/number.h"
#include "json/text.h"

static int
fails(struct expreval *x, const struct exprval *v, const char *how)
{
	return err_data(x->err, "expr", -1, "%s %s", exprval_show(v).text, how);
}

static int
answer(struct exprval *out, bool is_true)
{
	*out = exprval_bool(is_true);
	return 0;
}

/* A string with the ASCII letters from first to last moved by 32. */
static int
change_case(
	struct expreval *x, const struct exprval *in, char first, char last, struct exprval *out)
{
	struct span s;
	char *p;

	if (in->type != DOC_STRING)
		return err_data(x->err, "expr", -1, "explode input must be a string");
	s = exprval_text(in, x->scratch);
	p = arena_get(x->scratch, s.n);
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= first && s.p[i] <= last ? (char)(s.p[i] ^ 32) : s.p[i];
	*out = exprval_string(span_of(p, s.n), x->scratch);
	return 0;
}

static int
ascii_downcase(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	(void)arg;
	return change_case(x, in, 'A', 'Z', out);
}

static int
ascii_upcase(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	(void)arg;
	return change_case(x, in, 'a', 'z', out);
}

static int
contains(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	struct exprval a, b;

	if (in->type != arg->type)
		return err_data(x->err, "expr", -1,
			"%s and %s cannot have their containment checked", exprval_show(in).text,
			exprval_show(arg).text);
	a = exprval_indexed(in, x->pool);
	b = exprval_indexed(arg, x->pool);
	return answer(out, order_contains(a.doc, a.token, b.doc, b.token, x->scratch));
}

static int
starts_or_ends(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	const char *name, bool (*matches)(struct span, struct span), struct exprval *out)
{
	if (in->type != DOC_STRING || arg->type != DOC_STRING)
		return err_data(x->err, "expr", -1, "%s() requires string inputs", name);
	return answer(out, matches(exprval_text(in, x->scratch), exprval_text(arg, x->scratch)));
}

static int
endswith(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	return starts_or_ends(x, in, arg, "endswith", span_ends, out);
}

static int
startswith(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	return starts_or_ends(x, in, arg, "startswith", span_starts, out);
}

static int
has(struct expreval *x, const struct exprval *in, const struct exprval *arg, struct exprval *out)
{
	struct exprval v;
	int64_t index;

	if (in->type == DOC_OBJECT && arg->type == DOC_STRING) {
		v = exprval_indexed(in, x->pool);
		return answer(out,
			find_member(v.doc, v.token, exprval_text(arg, x->scratch)) != DOC_NONE);
	}
	if (in->type == DOC_ARRAY && arg->type == DOC_NUMBER) {
		if (!exprval_small(arg, &index))
			return EXPREVAL_PUNT;
		v = exprval_indexed(in, x->pool);
		return answer(out, index >= 0 && find_item(v.doc, v.token, index) != DOC_NONE);
	}
	if (in->type == DOC_NULL)
		return answer(out, false);
	return err_data(x->err, "expr", -1, "cannot check whether %s has a %s key",
		exprval_type(in), exprval_type(arg));
}

/* One item of join as text; SPAN_NONE: libjq's turn. */
static struct span
join_text(struct expreval *x, const struct exprval *v)
{
	int64_t small;

	switch (v->type) {
	case DOC_STRING: return exprval_text(v, x->scratch);
	case DOC_NULL: return SPAN("");
	case DOC_FALSE:
	case DOC_TRUE: return exprval_json(v);
	default:
		return v->type == DOC_NUMBER && exprval_small(v, &small) ? exprval_json(v)
									 : SPAN_NONE;
	}
}

static int
join(struct expreval *x, const struct exprval *in, const struct exprval *arg, struct exprval *out)
{
	struct exprval v;
	struct span between, text;
	struct find_iter it;
	struct buf b;
	bool exact = true, first = true;

	if (in->type != DOC_ARRAY || arg->type != DOC_STRING)
		return EXPREVAL_PUNT;
	between = exprval_text(arg, x->scratch);
	v = exprval_indexed(in, x->pool);
	buf_init(&b, SIZE_MAX);
	for (find_start(&it, v.doc, v.token); exact && find_next(&it); first = false) {
		struct exprval item = exprval_at(v.doc, it.value);

		text = join_text(x, &item);
		exact = text.p;
		if (!first)
			buf_span(&b, between);
		buf_span(&b, text);
	}
	if (exact)
		*out = exprval_string(buf_view(&b), x->scratch);
	buf_release(&b);
	return exact ? 0 : EXPREVAL_PUNT;
}

static int
length_of_string(struct expreval *x, const struct exprval *in, struct exprval *out)
{
	struct span s = exprval_text(in, x->scratch);
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	*out = exprval_i64(n, x->scratch);
	return 0;
}

static int
length(struct expreval *x, const struct exprval *in, const struct exprval *arg, struct exprval *out)
{
	struct exprval v;
	int64_t n = 0;

	(void)arg;
	switch (in->type) {
	case DOC_NULL: break;
	case DOC_STRING: return length_of_string(x, in, out);
	case DOC_NUMBER:
		if (!exprval_small(in, &n))
			return EXPREVAL_PUNT;
		n = n < 0 ? -n : n;
		break;
	case DOC_ARRAY:
		v = exprval_indexed(in, x->pool);
		n = find_count(v.doc, v.token);
		break;
	case DOC_OBJECT:
		v = exprval_indexed(in, x->pool);
		if (!order_is_unique(v.doc, v.token, x->scratch))
			return EXPREVAL_PUNT;
		n = find_count(v.doc, v.token);
		break;
	default: return fails(x, in, "has no length");
	}
	*out = exprval_i64(n, x->scratch);
	return 0;
}

static int not(struct expreval * x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	(void)x, (void)arg;
	return answer(out, !exprval_is_true(in));
}

static void
put_piece(struct buf *b, struct span piece)
{
	if (b->n > 1)
		buf_putc(b, ',');
	text_put(b, piece);
}

/* Without a separator: into characters. */
static void
split_characters(struct buf *b, struct span s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		for (n = 1; i + n < s.n && ((unsigned char)s.p[i + n] & 0xc0) == 0x80;)
			n++;
		put_piece(b, span_of(s.p + i, n));
	}
}

static int
split(struct expreval *x, const struct exprval *in, const struct exprval *arg, struct exprval *out)
{
	struct span rest, at;
	struct buf b;
	ptrdiff_t found;

	if (in->type != DOC_STRING || arg->type != DOC_STRING)
		return err_data(x->err, "expr", -1, "split input and separator must be strings");
	rest = exprval_text(in, x->scratch);
	at = exprval_text(arg, x->scratch);
	buf_init(&b, SIZE_MAX);
	buf_putc(&b, '[');
	if (at.n == 0) {
		split_characters(&b, rest);
	} else if (rest.n) {
		while ((found = span_find(rest, at)) >= 0) {
			put_piece(&b, span_of(rest.p, (size_t)found));
			rest = span_of(rest.p + found + at.n, rest.n - (size_t)found - at.n);
		}
		put_piece(&b, rest);
	}
	buf_putc(&b, ']');
	*out = (struct exprval){DOC_ARRAY, DOC_NONE, NULL, arena_copy(x->scratch, buf_view(&b))};
	buf_release(&b);
	return 0;
}

bool
exprcall_is_literal_pattern(struct span s)
{
	if (s.n && s.p[0] == '^')
		s = span_of(s.p + 1, s.n - 1);
	if (s.n && s.p[s.n - 1] == '$')
		s.n--;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || strchr("\\.[](){}*+?|^$", s.p[i]))
			return false;
	return true;
}

static int
test(struct expreval *x, const struct exprval *in, const struct exprval *arg, struct exprval *out)
{
	struct span s, pattern = exprval_text(arg, x->scratch);
	bool front = pattern.n && pattern.p[0] == '^', back;

	if (in->type != DOC_STRING)
		return fails(x, in, "cannot be matched, as it is not a string");
	s = exprval_text(in, x->scratch);
	if (memchr(s.p, '\n', s.n))
		return EXPREVAL_PUNT; /* where ^ and $ have their own ideas */
	pattern = span_of(pattern.p + front, pattern.n - front);
	back = pattern.n && pattern.p[pattern.n - 1] == '$';
	pattern.n -= back;
	if (front && back)
		return answer(out, span_equal(s, pattern));
	if (front || back)
		return answer(out, front ? span_starts(s, pattern) : span_ends(s, pattern));
	return answer(out, span_find(s, pattern) >= 0);
}

static int
tonumber(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	struct span s;

	(void)arg;
	if (in->type == DOC_NUMBER) {
		*out = *in;
		return 0;
	}
	if (in->type != DOC_STRING)
		return fails(x, in, "cannot be parsed as a number");
	s = exprval_text(in, x->scratch);
	if (s.n == 0 || number_length(s) != s.n || !exprval_is_short(s))
		return EXPREVAL_PUNT;
	*out = (struct exprval){DOC_NUMBER, DOC_NONE, NULL, arena_copy(x->scratch, s)};
	return 0;
}

static int
tostring(struct expreval *x, const struct exprval *in, const struct exprval *arg,
	struct exprval *out)
{
	int64_t small;

	(void)arg;
	if (in->type == DOC_STRING) {
		*out = *in;
		return 0;
	}
	if (in->type > DOC_NUMBER || (in->type == DOC_NUMBER && !exprval_small(in, &small)))
		return EXPREVAL_PUNT;
	*out = exprval_string(exprval_json(in), x->scratch);
	return 0;
}

static int
type(struct expreval *x, const struct exprval *in, const struct exprval *arg, struct exprval *out)
{
	(void)arg;
	*out = exprval_string(span_str(exprval_type(in)), x->scratch);
	return 0;
}

exprnode_function *
exprcall_find(struct span name, unsigned arguments)
{
	static const struct {
		const char *name;
		unsigned arguments;
		exprnode_function *function;
	} table[] = {
		{"ascii_downcase", 0, ascii_downcase},
		{"ascii_upcase", 0, ascii_upcase},
		{"contains", 1, contains},
		{"endswith", 1, endswith},
		{"has", 1, has},
		{"join", 1, join},
		{"length", 0, length},
		{"not", 0, not },
		{"split", 1, split},
		{"startswith", 1, startswith},
		{"test", 1, test},
		{"tonumber", 0, tonumber},
		{"tostring", 0, tostring},
		{"type", 0, type},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (span_is(name, table[i].name) && table[i].arguments == arguments)
			return table[i].function;
	return NULL;
}
