/* num: strict readers for integers, durations and sizes. */
#include "base/num.h"

#include <math.h>

int
num_u64(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)(unsigned char)s.p[i] - '0';

		if (d > 9 || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, d, &v))
			return -1;
	}
	*out = v;
	return 0;
}

int
num_i64(struct span s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	uint64_t limit = (uint64_t)INT64_MAX + negative;
	uint64_t v;

	if (negative)
		s = span_of(s.p + 1, s.n - 1);
	if (num_u64(s, &v) || v > limit)
		return -1;
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

static size_t
digits_at(struct span s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && s.p[i + n] >= '0' && s.p[i + n] <= '9')
		n++;
	return n;
}

/* RFC 8259, section 6. */
static bool
is_json_number(struct span s)
{
	size_t i = s.n && s.p[0] == '-', n = digits_at(s, i);

	if (n == 0 || (n > 1 && s.p[i] == '0'))
		return false;
	i += n;
	if (i < s.n && s.p[i] == '.') {
		n = digits_at(s, ++i);
		if (n == 0)
			return false;
		i += n;
	}
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		n = digits_at(s, i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == s.n;
}

int
num_double(struct span s, double *out)
{
	char text[64];
	double v;

	if (s.n >= sizeof(text) || !is_json_number(s))
		return -1;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	v = strtod(text, NULL);
	if (!isfinite(v))
		return -1;
	*out = v;
	return 0;
}

static const struct {
	const char *word;
	int64_t ms;
} units[] = {
	{"w", 604800000},
	{"d", 86400000},
	{"h", 3600000},
	{"m", 60000},
	{"s", 1000},
	{"ms", 1},
};

/* Reads "<digits><unit>" off the front of s; the unit is the longest run of letters. */
static int
one_part(struct span *s, int64_t *ms)
{
	size_t digits = 0, letters;
	uint64_t v;

	while (digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9')
		digits++;
	letters = digits;
	while (letters < s->n && s->p[letters] >= 'a' && s->p[letters] <= 'z')
		letters++;
	if (num_u64(span_of(s->p, digits), &v) || v > INT64_MAX)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!span_is(span_of(s->p + digits, letters - digits), units[i].word))
			continue;
		*s = span_of(s->p + letters, s->n - letters);
		return __builtin_mul_overflow((int64_t)v, units[i].ms, ms) ? -1 : 0;
	}
	return -1;
}

int
num_duration(struct span s, int64_t *ms)
{
	int64_t total = 0, part;

	if (span_is(s, "0")) {
		*ms = 0;
		return 0;
	}
	if (s.n == 0)
		return -1;
	while (s.n) {
		if (one_part(&s, &part) || __builtin_add_overflow(total, part, &total))
			return -1;
	}
	*ms = total;
	return 0;
}

int
num_size(struct span s, uint64_t *bytes)
{
	static const char letters[] = "kMG";
	const char *at = s.n ? strchr(letters, s.p[s.n - 1]) : NULL;
	unsigned shift = 0;
	uint64_t v;

	if (at && *at) {
		shift = 10 * (unsigned)(at - letters + 1);
		s.n--;
	}
	if (num_u64(s, &v) || v > UINT64_MAX >> shift)
		return -1;
	*bytes = v << shift;
	return 0;
}

size_t
num_put_duration(char *out, int64_t ms)
{
	size_t n = 0;

	if (ms <= 0)
		return (size_t)snprintf(out, 32, "0");
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		int64_t v = ms / units[i].ms;

		if (!v)
			continue;
		n += (size_t)snprintf(out + n, 32 - n, "%lld%s", (long long)v, units[i].word);
		ms -= v * units[i].ms;
	}
	return n;
}
