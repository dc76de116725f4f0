/* spill: what goes in comes out, in order, through the file and around it. */
#include "tap.h"

#include "io/spill.h"

TEST(small)
{
	struct spill s;
	struct err err;
	char got[16];
	size_t n = 7;

	spill_init(&s);
	is_int(spill_get(&s, got, sizeof(got), &n, &err), 0, "nothing yet");
	is_int((int64_t)n, 0, "is no error");
	spill_put(&s, SPAN("hello "), &err);
	spill_put(&s, SPAN("world"), &err);
	ok(spill_get(&s, got, 8, &n, &err) == 0 && n == 8, "eight bytes");
	is_mem(got, n, "hello wo", "from the front");
	spill_put(&s, SPAN("!"), &err);
	ok(spill_get(&s, got, 16, &n, &err) == 0, "the rest");
	is_mem(got, n, "rld!", "in order");
	is_int(s.fd, -1, "no file was needed");
	spill_release(&s);
}

/* A counter in, a counter out, in pieces of changing sizes, mostly more in than out. */
TEST(large)
{
	struct spill s;
	struct err err;
	uint64_t state = 1, in = 0, out = 0;
	static unsigned char piece[70000];
	int64_t wrong = 0;
	bool was_empty = false;

	spill_init(&s);
	for (int i = 0; i < 2000; i++) {
		size_t n;

		state = state * 6364136223846793005u + 1442695040888963407u;
		n = (state >> 33) % sizeof(piece);
		for (size_t j = 0; j < n && i < 400; j++)
			piece[j] = (unsigned char)(in++ * 7 >> 3);
		wrong += i < 400 && spill_put(&s, span_of((char *)piece, n), &err) != 0;
		wrong += spill_get(&s, (char *)piece, n / 2 + 1, &n, &err) != 0;
		for (size_t j = 0; j < n; j++)
			wrong += piece[j] != (unsigned char)(out++ * 7 >> 3);
		was_empty |= n == 0 && in == out;
	}
	is_int(wrong, 0, "every byte as it was");
	ok(was_empty && in == out, "all %" PRIu64 " came back", in);
	ok(s.fd >= 0 && s.written == 0, "through a file that is empty now");
	spill_release(&s);
}

TEST(no_place)
{
	struct spill s;
	struct err err;

	spill_init(&s);
	setenv("TMPDIR", "/nowhere", 1);
	for (int i = 0; i < (256 << 10) - 1; i++)
		spill_put(&s, SPAN("x"), &err);
	ok(s.fd < 0, "up to 256 KiB stay in memory");
	is_int(spill_put(&s, SPAN("x"), &err), -1, "one byte more needs a file");
	ok(err.kind == ERR_SYSTEM && strstr(err.text, "'/nowhere'"), "%s", err.text);
	unsetenv("TMPDIR");
	spill_release(&s);
}

int
main(void)
{
	RUN(small);
	RUN(large);
	RUN(no_place);
	return tap_done();
}
