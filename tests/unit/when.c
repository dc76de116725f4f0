/* when: RFC 3339, the command line's times, days. */
#include "tap.h"

#include "base/base.h"
#include "base/when.h"

#define UNTOUCHED 4242

static void
parses(const char *z, int64_t want)
{
	int64_t ms = UNTOUCHED;
	int r = when_parse(span_str(z), &ms);

	ok(r == 0 && ms == want, "'%s' is %" PRId64 " (got %" PRId64 ")", z, want, ms);
}

static void
refuses(const char *z)
{
	int64_t ms = UNTOUCHED;

	ok(when_parse(span_str(z), &ms) == -1 && ms == UNTOUCHED, "'%s' is refused", z);
}

TEST(valid)
{
	parses("1970-01-01T00:00:00Z", 0);
	parses("2021-11-22T09:15:32.123Z", 1637572532123);
	parses("2021-11-22t09:15:32.123z", 1637572532123);
	parses("2021-11-22 09:15:32.123Z", 1637572532123);
	parses("2021-11-22T10:15:32.123+01:00", 1637572532123);
	parses("2021-11-21T23:45:32.123-09:30", 1637572532123);
	parses("2021-11-22T09:15:32.1239999999999999999999Z", 1637572532123);
	parses("2021-11-22T09:15:32.1Z", 1637572532100);
	parses("1969-12-31T23:59:59.999Z", -1);
	parses("0000-01-01T00:00:00Z", -62167219200000);
	parses("9999-12-31T23:59:59.999Z", 253402300799999);
	parses("2000-02-29T00:00:00Z", 951782400000);
	parses("2021-11-22T09:15:32-00:00", 1637572532000);
}

TEST(leap_seconds)
{
	parses("1998-12-31T23:59:60Z", 915148800000);
	parses("1998-12-31T23:59:60.9Z", 915148800000);
	parses("1999-01-01T00:59:60+01:00", 915148800000);
	parses("1998-12-31T15:59:60-08:00", 915148800000);
	parses("2015-06-30T23:59:60Z", 1435708800000);
	refuses("1998-12-31T23:58:60Z");
	refuses("1998-12-30T23:59:60Z");
	refuses("1998-12-31T23:59:60+01:00");
	refuses("1998-12-31T23:59:61Z");
}

TEST(invalid)
{
	static const char *const bad[] = {"", "2021", "2021-11-22", "2021-11-22T09:15:32",
		"2021-11-22T09:15Z", "2021-13-01T00:00:00Z", "2021-00-01T00:00:00Z",
		"2021-04-31T00:00:00Z", "2021-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
		"2021-11-00T00:00:00Z", "2021-11-22T24:00:00Z", "2021-11-22T09:60:00Z",
		"2021-11-22T09:15:32.Z", "2021-11-22T09:15:32,5Z", "2021-11-22T09:15:32+24:00",
		"2021-11-22T09:15:32+01:60", "2021-11-22T09:15:32+0100", "2021-11-22T09:15:32+01",
		"2021-11-22T09:15:32Zx", " 2021-11-22T09:15:32Z", "2021-11-22T09:15:32Z ",
		"21-11-22T09:15:32Z", "12021-11-22T09:15:32Z", "-021-11-22T09:15:32Z",
		"2021/11/22T09:15:32Z", "2021-11-22T9:15:32Z", "2021-W47-1T09:15:32Z",
		"2021-11-22T09:15:32\xd9\xa1Z"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuses(bad[i]);
}

static void
writes(int64_t ms, const char *want)
{
	char text[WHEN_MAX];
	size_t n = when_put(text, ms);

	ok(n == strlen(want) && strcmp(text, want) == 0, "%" PRId64 " is written '%s'", ms, want);
}

TEST(written)
{
	writes(0, "1970-01-01T00:00:00Z");
	writes(1637572532123, "2021-11-22T09:15:32.123Z");
	writes(1637572532120, "2021-11-22T09:15:32.120Z");
	writes(-1, "1969-12-31T23:59:59.999Z");
	writes(-62167219200000, "0000-01-01T00:00:00Z");
	writes(-62167219200001, "-62167219200001");
	writes(253402300799999, "9999-12-31T23:59:59.999Z");
	writes(253402300800000, "253402300800000");
	writes(INT64_MIN, "-9223372036854775808");
	writes(INT64_MAX, "9223372036854775807");
}

TEST(round_trip)
{
	char text[WHEN_MAX];
	int64_t back, wrong = 0;

	for (int64_t day = -719528; day < 2932896; day += 13) {
		int64_t ms = day * 86400000 + (day * 7919 % 86400000 + 86400000) % 86400000;
		size_t n = when_put(text, ms);

		wrong += when_parse(span_of(text, n), &back) != 0 || back != ms;
	}
	is_int(wrong, 0, "every 13th day from year 0 to 9999 reads back");
	is_int(when_days(1970, 1, 1), 0, "day 0");
	is_int(when_days(2000, 3, 1), 11017, "after a leap day");
	is_int(when_days(-1, 12, 31), -719529, "the year before year 0");
}

static void
option_is(const char *z, const char *tz, int64_t want)
{
	int64_t ms = UNTOUCHED;
	struct err err;

	err_clear(&err);
	ok(when_option(span_str(z), 1637572532123, tz, &ms, &err) == 0 && ms == want,
		"'%s' in %s is %" PRId64 " (got %" PRId64 ", %s)", z, tz ? tz : "UTC", want, ms,
		err.text);
}

TEST(options)
{
	struct err err;
	int64_t ms = UNTOUCHED;

	option_is("now", NULL, 1637572532123);
	option_is("today", NULL, 1637539200000);
	option_is("-2h", NULL, 1637572532123 - 7200000);
	option_is("+5m", NULL, 1637572532123 + 300000);
	option_is("1637572532123", NULL, 1637572532123);
	option_is("-5", NULL, -5);
	option_is("2021-11-22", NULL, 1637539200000);
	option_is("2021-11-22T09:15:32", NULL, 1637572532000);
	option_is("2021-11-22T09:15:32+01:00", NULL, 1637568932000);
	is_int(when_option(SPAN("soon"), 0, NULL, &ms, &err), -1, "no time");
	is_str(err.text, "'soon' is not a time", "is quoted");
	ok(err.kind == ERR_USAGE && ms == UNTOUCHED, "as the caller's mistake");
	is_int(when_option(SPAN("+1h"), INT64_MAX - 5, NULL, &ms, &err), -1, "out of range");
}

TEST(zones)
{
	struct err err;
	int64_t ms = UNTOUCHED;
	const char *berlin = "Europe/Berlin";

	is_int(when_option(SPAN("2021-01-01"), 0, "No/Such", &ms, &err), -1, "an unknown zone");
	ok(strstr(err.text, "'No/Such'") && ms == UNTOUCHED, "is named: %s", err.text);
	is_int(when_option(SPAN("2021-01-01"), 0, "../x", &ms, &err), -1, "a path is no zone");
	is_int(when_option(SPAN("2021-01-01"), 0, "America", &ms, &err), -1, "nor is a directory");
	is_int(when_option(SPAN("2021-01-01"), 0, "zone.tab", &ms, &err), -1, "nor a list of them");
	option_is("2021-11-22", "UTC", 1637539200000);
	if (when_option(SPAN("2021-01-01"), 0, berlin, &ms, &err)) {
		tap_skip("times in a zone", "tzdata");
		return;
	}
	setenv("TZ", "America/New_York", 1);
	option_is("2021-11-22T10:15:32", berlin, 1637572532000);
	option_is("2021-07-01T00:00:00", berlin, 1625090400000);
	option_is("2021-11-22T10:15:32Z", berlin, 1637576132000);
	setenv("TZDIR", "/nowhere", 1);
	option_is("2021-11-22T10:15:32", berlin, 1637572532000);
	unsetenv("TZDIR");
	option_is("2021-03-28T02:30:00", berlin, 1616895000000);
	option_is("2021-10-31T02:30:00", berlin, 1635640200000);
	option_is("2021-10-31T03:00:00", berlin, 1635645600000);
	option_is("today", berlin, 1637535600000);
	option_is("today", "Asia/Tokyo", 1637506800000);
	option_is("today", "Pacific/Kiritimati", 1637575200000 - 86400000);
	is_str(getenv("TZ"), "America/New_York", "TZ is as it was");
	option_is("2021-11-22", NULL, 1637539200000);
}

int
main(void)
{
	RUN(valid);
	RUN(leap_seconds);
	RUN(invalid);
	RUN(written);
	RUN(round_trip);
	RUN(options);
	RUN(zones);
	return tap_done();
}
