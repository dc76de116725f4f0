/* exprlex: one token at a time. */
#include "event/exprlex.h"

#include "json/number.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte at i, NUL past the end. */
static char
peek(const struct exprlex *x, size_t i)
{
	return i < x->text.n ? x->text.p[i] : '\0';
}

static size_t
skip_blank(const struct exprlex *x, size_t i)
{
	for (; i < x->text.n; i++) {
		char c = x->text.p[i];

		if (c == '#')
			while (i + 1 < x->text.n && x->text.p[i + 1] != '\n')
				i++;
		else if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			break;
	}
	return i;
}

static size_t
name_end(const struct exprlex *x, size_t i)
{
	while (is_letter(peek(x, i)) || is_digit(peek(x, i)))
		i++;
	return i;
}

static void
token(struct exprlex *x, enum exprlex_kind kind, size_t skip, size_t end)
{
	x->kind = kind;
	x->word = span_of(x->text.p + x->at + skip, end - x->at - skip);
	x->next = end;
}

static void
operator(struct exprlex *x, int op, size_t length)
{
	token(x, EXPRLEX_OPERATOR, 0, x->at + length);
	x->op = op;
}

static size_t string_end(struct span s, size_t i, bool *interpolated, int nesting);

/* Past the bracket that closes an interpolation; 0: none. */
static size_t
interpolation_end(struct span s, size_t i, bool *interpolated, int nesting)
{
	for (int open = 1; i < s.n; i++) {
		if (s.p[i] == '"') {
			i = nesting > 50 ? 0 : string_end(s, i + 1, interpolated, nesting + 1);
			if (i-- == 0)
				return 0;
			continue;
		}
		open += (s.p[i] == '(') - (s.p[i] == ')');
		if (open == 0)
			return i + 1;
	}
	return 0;
}

/* Past the closing quote, stepping over interpolations; 0: none. */
static size_t
string_end(struct span s, size_t i, bool *interpolated, int nesting)
{
	while (i < s.n && s.p[i] != '"') {
		bool opens = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '(';

		if (!opens) {
			i += s.p[i] == '\\' ? 2 : 1;
			continue;
		}
		*interpolated = true;
		i = interpolation_end(s, i + 2, interpolated, nesting);
		if (i == 0)
			return 0;
	}
	return i < s.n ? i + 1 : 0;
}

size_t
exprlex_string_end(struct span text, size_t quote)
{
	bool interpolated;
	size_t end = string_end(text, quote + 1, &interpolated, 0);

	return end ? end : text.n;
}

static void
string(struct exprlex *x)
{
	bool interpolated = false;
	size_t end = string_end(x->text, x->at + 1, &interpolated, 0);

	if (!end)
		token(x, EXPRLEX_BAD, 0, x->text.n);
	else
		token(x, interpolated ? EXPRLEX_FOREIGN : EXPRLEX_STRING, 0, end);
}

/* jq also takes "1." and ".5"; those go to libjq. */
static void
number(struct exprlex *x)
{
	struct span rest = span_of(x->text.p + x->at, x->text.n - x->at);
	size_t n = number_length(rest), end = x->at + MAX(n, 1);
	char after = peek(x, end);

	if (n == 0 || after == '.' || is_digit(after) || is_letter(after))
		token(x, EXPRLEX_FOREIGN, 0, MAX(name_end(x, end), end));
	else
		token(x, EXPRLEX_NUMBER, 0, end);
}

static bool
pair(struct exprlex *x)
{
	static const struct {
		char text[3];
		int op; /* 0: foreign */
	} pairs[] = {
		{"==", EXPRLEX_EQ},
		{"!=", EXPRLEX_NE},
		{"<=", EXPRLEX_LE},
		{">=", EXPRLEX_GE},
		{"//", EXPRLEX_ALT},
		{"|=", 0},
		{"+=", 0},
		{"-=", 0},
		{"*=", 0},
		{"/=", 0},
		{"%=", 0},
		{"..", 0},
		{"::", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (peek(x, x->at) != pairs[i].text[0] || peek(x, x->at + 1) != pairs[i].text[1])
			continue;
		if (pairs[i].op && !(pairs[i].op == EXPRLEX_ALT && peek(x, x->at + 2) == '='))
			operator(x, pairs[i].op, 2);
		else
			token(x, EXPRLEX_FOREIGN, 0, x->at + 2);
		return true;
	}
	if (peek(x, x->at) == '?' && peek(x, x->at + 1) == '/' && peek(x, x->at + 2) == '/') {
		token(x, EXPRLEX_FOREIGN, 0, x->at + 3);
		return true;
	}
	return false;
}

static void
rest(struct exprlex *x, char c)
{
	if (pair(x))
		return;
	if (c && strchr(".[](){},|:;?<>+-*/%", c))
		operator(x, c, 1);
	else if (c == '=' || c == '@' || c == '$')
		token(x, EXPRLEX_FOREIGN, 0, MAX(name_end(x, x->at + 1), x->at + 1));
	else
		token(x, EXPRLEX_BAD, 0, x->at + 1);
}

void
exprlex_next(struct exprlex *x)
{
	char c, after;

	x->at = skip_blank(x, x->next);
	x->op = 0;
	c = peek(x, x->at);
	after = peek(x, x->at + 1);
	if (x->at >= x->text.n)
		token(x, EXPRLEX_END, 0, x->text.n);
	else if (c == '.' && is_letter(after))
		token(x, EXPRLEX_FIELD, 1, name_end(x, x->at + 1));
	else if (c == '$' && is_letter(after))
		token(x, EXPRLEX_VAR, 1, name_end(x, x->at + 1));
	else if (is_letter(c))
		token(x, EXPRLEX_WORD, 0, name_end(x, x->at));
	else if (is_digit(c) || (c == '.' && is_digit(after)))
		number(x);
	else if (c == '"')
		string(x);
	else
		rest(x, c);
}

void
exprlex_start(struct exprlex *x, struct span text)
{
	*x = (struct exprlex){.text = text};
	exprlex_next(x);
}

bool
exprlex_is(const struct exprlex *x, int op)
{
	return x->kind == EXPRLEX_OPERATOR && x->op == op;
}
