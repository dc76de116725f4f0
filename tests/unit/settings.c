#include "tap.h"

#include "store/settings.h"

static struct settings
again(struct settings s)
{
	struct settings out = {0};
	struct err err;
	struct buf b;

	buf_init(&b, 65536);
	settings_put(&b, SPAN("user-\"1\""), &s, 1637572532123);
	is_int(settings_parse(span_of(b.p, b.n - 1), &out, &err), 0, "what is put is read");
	buf_release(&b);
	return out;
}

TEST(round_trips)
{
	struct settings s = again((struct settings){0});

	ok(!s.max_age_ms && !s.max_count && !s.before && !s.is_tombstoned, "nothing set");
	s = again((struct settings){86400000, 100, 5, true});
	is_int(s.max_age_ms, 86400000, "age");
	is_int(s.max_count, 100, "count");
	is_int(s.before, 5, "before");
	ok(s.is_tombstoned, "tombstone");
}

TEST(what_is_shown)
{
	is_int(settings_first(&(struct settings){0}, 9), 1, "all");
	is_int(settings_first(&(struct settings){.before = 4}, 9), 4, "from 4");
	is_int(settings_first(&(struct settings){.before = 10}, 9), 10, "none");
	is_int(settings_first(&(struct settings){.max_count = 3}, 9), 7, "the last three");
	is_int(settings_first(&(struct settings){.max_count = 30}, 9), 1, "fewer than there are");
	is_int(settings_first(&(struct settings){.max_count = 3, .before = 8}, 9), 8, "both");
	is_int(settings_first(&(struct settings){.is_tombstoned = true}, 9), 10, "none for ever");
	is_int(settings_since(&(struct settings){.max_age_ms = 5}, 100), 95, "age");
	ok(settings_since(&(struct settings){0}, 100) == INT64_MIN, "any age");
}

TEST(what_is_none)
{
	static const char *const bad[] = {"", "{", "{\"eventType\":\"a.b\",\"data\":{}",
		"{\"eventType\":\"system.stream-settings\"",
		"{\"eventType\":\"system.stream-settings\",\"data\":{\"before\":-1}",
		"{\"eventType\":\"system.stream-settings\",\"data\":{\"maxCount\":\"1\"}"};
	struct settings out = {1, 1, 1, true};
	struct err err;
	struct buf name;
	char longest[1100];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(settings_parse(span_str(bad[i]), &out, &err) == -1 && err.kind == ERR_DAMAGE &&
				out.before == 1,
			"none: %s", bad[i]);
	buf_init(&name, 2000);
	memset(longest, 'x', sizeof(longest));
	is_int(settings_stream(span_of(longest, 1022), &name, &err), 0, "a long name");
	is_int((int64_t)name.n, 1024, "with its prefix");
	ok(settings_is_of(buf_view(&name)) && !settings_is_of(SPAN("$x")), "is one");
	is_int(settings_stream(span_of(longest, 1023), &name, &err), -1, "one byte more");
	buf_release(&name);
}

int
main(void)
{
	RUN(round_trips);
	RUN(what_is_shown);
	RUN(what_is_none);
	return tap_done();
}
