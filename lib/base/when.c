/* when: RFC 3339 and the times of the command line. */
#define _GNU_SOURCE /* setenv, tzset, localtime_r */
#include "base/when.h"

#include "base/alloc.h"
#include "base/num.h"

#include <fcntl.h>
#include <unistd.h>

#define DAY_MS 86400000
#define ZONE_PATH_MAX 256

int64_t
when_days(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* Two digits at p, or a value over 99. */
static inline unsigned
two(const char *p)
{
	unsigned a = (unsigned)(unsigned char)p[0] - '0', b = (unsigned)(unsigned char)p[1] - '0';

	return a > 9 || b > 9 ? 1000 : a * 10 + b;
}

static unsigned
month_days(int64_t year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (unsigned)(month == 2 && leap);
}

struct fields {
	int64_t year;
	unsigned month, day, hour, minute, second, ms;
	int offset_min; /* east of UTC */
	bool has_offset;
};

static int
parse_date(struct span *s, struct fields *f)
{
	unsigned high, low;

	if (s->n < 10 || s->p[4] != '-' || s->p[7] != '-')
		return -1;
	high = two(s->p);
	low = two(s->p + 2);
	f->month = two(s->p + 5);
	f->day = two(s->p + 8);
	if (high > 99 || low > 99 || f->month < 1 || f->month > 12)
		return -1;
	f->year = high * 100 + low;
	if (f->day < 1 || f->day > month_days(f->year, f->month))
		return -1;
	*s = span_of(s->p + 10, s->n - 10);
	return 0;
}

/* ".digits" at the front of s, when there is one. */
static int
parse_fraction(struct span *s, unsigned *ms)
{
	size_t i = 1;
	unsigned scale = 100;

	*ms = 0;
	if (s->n == 0 || s->p[0] != '.')
		return 0;
	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		*ms += scale * (unsigned)(s->p[i] - '0');
		scale /= 10;
	}
	if (i == 1)
		return -1;
	*s = span_of(s->p + i, s->n - i);
	return 0;
}

static int
parse_clock(struct span *s, struct fields *f)
{
	if (s->n < 9 || (s->p[0] != 'T' && s->p[0] != 't' && s->p[0] != ' ') || s->p[3] != ':' ||
		s->p[6] != ':')
		return -1;
	f->hour = two(s->p + 1);
	f->minute = two(s->p + 4);
	f->second = two(s->p + 7);
	if (f->hour > 23 || f->minute > 59 || f->second > 60)
		return -1;
	*s = span_of(s->p + 9, s->n - 9);
	return parse_fraction(s, &f->ms);
}

static int
parse_offset(struct span *s, struct fields *f)
{
	unsigned h, m;

	f->has_offset = s->n > 0;
	f->offset_min = 0;
	if (s->n == 0)
		return 0;
	if (s->n == 1 && (s->p[0] == 'Z' || s->p[0] == 'z')) {
		s->n = 0;
		return 0;
	}
	if (s->n != 6 || (s->p[0] != '+' && s->p[0] != '-') || s->p[3] != ':')
		return -1;
	h = two(s->p + 1);
	m = two(s->p + 4);
	if (h > 23 || m > 59)
		return -1;
	f->offset_min = (int)(h * 60 + m);
	if (s->p[0] == '-')
		f->offset_min = -f->offset_min;
	s->n = 0;
	return 0;
}

static int
combine(const struct fields *f, int64_t *ms)
{
	int64_t days = when_days(f->year, f->month, f->day);
	int64_t minute = days * 1440 + f->hour * 60 + f->minute - f->offset_min;

	if (f->second == 60) { /* only at the end of a UTC month */
		int64_t next = minute + 1;

		if (next % 1440 != 0)
			return -1;
		for (int64_t y = f->year - 1; y <= f->year + 1; y++)
			for (unsigned m = 1; m <= 12; m++)
				if (when_days(y, m, 1) == next / 1440) {
					*ms = next * 60000;
					return 0;
				}
		return -1;
	}
	*ms = (minute * 60 + f->second) * 1000 + f->ms;
	return 0;
}

int
when_parse(struct span s, int64_t *ms)
{
	struct fields f;

	if (parse_date(&s, &f) || parse_clock(&s, &f) || parse_offset(&s, &f) || !f.has_offset)
		return -1;
	return combine(&f, ms);
}

/* Year, month and day of a day number; the inverse of when_days. */
static void
civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

static char *
put_two(char *p, unsigned v, char after)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
	p[2] = after;
	return p + 3;
}

size_t
when_put(char out[WHEN_MAX], int64_t ms)
{
	int64_t days = ms / DAY_MS, rest = ms % DAY_MS, year;
	unsigned month, day, fraction;
	char *p = out;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	civil(days, &year, &month, &day);
	if (year < 0 || year > 9999)
		return (size_t)snprintf(out, WHEN_MAX, "%lld", (long long)ms);
	p = put_two(p, (unsigned)(year / 100), '0') - 1;
	p = put_two(p, (unsigned)(year % 100), '-');
	p = put_two(p, month, '-');
	p = put_two(p, day, 'T');
	p = put_two(p, (unsigned)(rest / 3600000), ':');
	p = put_two(p, (unsigned)(rest / 60000 % 60), ':');
	p = put_two(p, (unsigned)(rest / 1000 % 60), 'Z');
	fraction = (unsigned)(rest % 1000);
	if (fraction) {
		p[-1] = '.';
		*p++ = (char)('0' + fraction / 100);
		p = put_two(p, fraction % 100, 'Z');
	}
	*p = '\0';
	return (size_t)(p - out);
}

/* Begins the file with the magic of RFC 9636? A directory ("America") or a list beside the zones does not. */
static bool
is_zone_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	char magic[4] = "";
	bool is_zone;

	if (fd < 0)
		return false;
	is_zone = read(fd, magic, sizeof(magic)) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
	close(fd);
	return is_zone;
}

/*
 * What TZ has to be for the zone of this name. False: the system knows none; the C library itself would take that
 * for UTC. The whole path, so that TZDIR in the environment changes nothing.
 */
static bool
find_zone(const char *tz, char path[ZONE_PATH_MAX])
{
	int n;

	if (strcmp(tz, "UTC") == 0) {
		memcpy(path, "UTC0", sizeof("UTC0"));
		return true;
	}
	if (!*tz || *tz == '/' || strstr(tz, ".."))
		return false;
	n = snprintf(path, ZONE_PATH_MAX, "/usr/share/zoneinfo/%s", tz);
	return n > 0 && n < ZONE_PATH_MAX && is_zone_file(path);
}

/* Seconds that the zone's clock, the one of TZ, is ahead of UTC at a point in time. */
static int64_t
zone_ahead(int64_t utc_s)
{
	time_t t = (time_t)utc_s;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return 0;
	return when_days(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday) * 86400 +
	       tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec - utc_s;
}

static int64_t
floor_s(int64_t ms)
{
	return ms / 1000 - (ms % 1000 < 0);
}

/*
 * Between UTC and the wall clock of tz, either way: TZ is set for the moment and put back. A wall time
 * that a clock change skips is read with the offset before it; of one that comes twice the first counts.
 */
static int
zone_convert(const char *tz, bool to_utc, int64_t *ms, struct err *err)
{
	char *old, zone[ZONE_PATH_MAX];
	int64_t s = floor_s(*ms), before, after;

	if (!find_zone(tz, zone))
		return err_usage(err, "unknown time zone '%s'", tz);
	old = alloc_string(getenv("TZ"));
	setenv("TZ", zone, 1);
	tzset();
	if (to_utc) {
		before = zone_ahead(s - 86400);
		after = zone_ahead(s + 86400);
		if (zone_ahead(s - before) == before || zone_ahead(s - after) != after)
			after = before;
		*ms -= after * 1000;
	} else {
		*ms += zone_ahead(s) * 1000;
	}
	if (old)
		setenv("TZ", old, 1);
	else
		unsetenv("TZ");
	tzset();
	alloc_free(old);
	return 0;
}

static int
parse_local(struct span s, const char *tz, int64_t *ms, struct err *err)
{
	struct fields f = {.has_offset = false};
	struct span whole = s;
	int64_t wall;

	if (parse_date(&s, &f) || (s.n && parse_clock(&s, &f)) || parse_offset(&s, &f) ||
		combine(&f, &wall))
		return err_usage(err, "'%.*s' is not a time", (int)MIN(whole.n, 64), whole.p);
	if (f.has_offset || !tz) {
		*ms = wall;
		return 0;
	}
	if (zone_convert(tz, true, &wall, err))
		return -1;
	*ms = wall;
	return 0;
}

/* The start of the day in tz that now_ms is in. */
static int
today(int64_t now_ms, const char *tz, int64_t *ms, struct err *err)
{
	char text[WHEN_MAX];

	if (tz && zone_convert(tz, false, &now_ms, err))
		return -1;
	when_put(text, now_ms);
	return parse_local(span_of(text, 10), tz, ms, err);
}

int
when_option(struct span s, int64_t now_ms, const char *tz, int64_t *ms, struct err *err)
{
	bool back = s.n && s.p[0] == '-';
	int64_t delta, sum;

	if (span_is(s, "now")) {
		*ms = now_ms;
		return 0;
	}
	if (span_is(s, "today"))
		return today(now_ms, tz, ms, err);
	if (num_i64(s, ms) == 0)
		return 0;
	if (s.n > 1 && (back || s.p[0] == '+') &&
		num_duration(span_of(s.p + 1, s.n - 1), &delta) == 0) {
		if (__builtin_add_overflow(now_ms, back ? -delta : delta, &sum))
			return err_usage(err, "'%.*s' is too far away", (int)s.n, s.p);
		*ms = sum;
		return 0;
	}
	return parse_local(s, tz, ms, err);
}
