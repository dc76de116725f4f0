#include "store/trailer.h"
#include "tap.h"

static struct buf b;

static uint64_t
put(const char *body, int64_t pos, const char *stream, uint64_t seed)
{
	struct trailer t = {.pos = pos,
		.ver = 5,
		.stream = span_str(stream),
		.rec = SPAN("2021-11-22T09:15:32.123Z"),
		.batch_at = 1,
		.batch_count = 3};

	buf_clear(&b);
	return trailer_put(&b, span_str(body), &t, seed);
}

static struct span
line(void)
{
	return span_of(b.p, b.n - 1);
}

TEST(form)
{
	uint64_t sum = put("{\"a\":1}", 131072, "\"user-123\"", 7);
	char want[256];

	snprintf(want, sizeof(want),
		"{\"a\":1,\"$pos\":131072,\"$stream\":\"user-123\",\"$ver\":5,"
		"\"$rec\":\"2021-11-22T09:15:32.123Z\",\"$b\":\"1/3\",\"$sum\":\"%016llx\"}\n",
		(unsigned long long)sum);
	is_mem(b.p, b.n, want, "the line as documented");
	ok(put("{\"a\":1}", 131072, "\"user-123\"", 8) != sum, "the seed counts");
}

TEST(there_and_back)
{
	static const char *const bodies[] = {
		"{\"a\":1}",
		"{\"a\":{\"x\":1,\"$pos\":2}}",
		"{\"a\":\",\\\"$pos\\\":7,\\\"$stream\\\":\\\"x\\\"\"}",
		"{\"$\":\"$$$$$$\",\"b\":[\"$sum\"] }",
	};
	static const char *const streams[] = {"\"user-1\"", "\"\\\"\"", "\"a\\\\\"",
		"\",\\\"$pos\\\":1\"", "\"\\u0000$b\"", "\"$\""};
	struct trailer t;
	char copy[512];
	uint64_t sum;

	for (size_t i = 0; i < ARRAY_LEN(bodies) * ARRAY_LEN(streams); i++) {
		const char *body = bodies[i % ARRAY_LEN(bodies)];
		const char *stream = streams[i / ARRAY_LEN(bodies)];

		sum = put(body, 12, stream, 99);
		if (!ok(trailer_parse(line(), &t), "%s in %s is read", body, stream))
			continue;
		is_int(t.pos, 12, "position");
		is_int(t.ver, 5, "version");
		is_int(t.batch_at * 10 + t.batch_count, 13, "batch");
		is_mem(t.stream.p, t.stream.n, stream, "stream");
		ok(t.sum == sum && trailer_holds(line(), sum, 99), "the sum holds");
		memcpy(copy, b.p, b.n);
		is_mem(copy, trailer_strip(copy, &t).n, body, "the producer's bytes");
	}
}

TEST(every_byte_counts)
{
	uint64_t sum = put("{\"a\":\"some text\"}", 3, "\"s\"", 1);
	struct trailer t;
	int missed = 0;

	for (size_t i = 0; i + 1 < b.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.p[i] = (char)(b.p[i] ^ 1 << bit);
			missed += trailer_parse(line(), &t) && trailer_holds(line(), t.sum, 1);
			b.p[i] = (char)(b.p[i] ^ 1 << bit);
		}
	is_int(missed, 0, "no flipped bit passes");
	ok(trailer_holds(line(), sum, 1), "the line itself does");
}

TEST(refused)
{
	static const char *const lines[] = {
		"",
		"{}",
		"{\"a\":1}",
		",\"$sum\":\"0123456789abcdef\"}",
		"{\"a\":1,\"$sum\":\"0123456789abcdef\"}",
		"{\"a\":1,\"$pos\":01,\"$stream\":\"s\",\"$ver\":1,\"$rec\":\"x\",\"$b\":\"1/"
		"1\",\"$sum\":\"0123456789abcdef\"}",
		"{\"a\":1,\"$pos\":1,\"$stream\":\"s\",\"$ver\":1,\"$rec\":\"x\",\"$b\":\"1/"
		"1\",\"$sum\":\"0123456789ABCDEF\"}",
		"{\"a\":1,\"$pos\":1,\"$stream\":\"s\",\"$ver\":1,\"$rec\":\"x\",\"$b\":\"1\",\"$"
		"sum\":\"0123456789abcdef\"}",
		"{\"a\":1,\"$pos\":1,\"$stream\":\"s,\"$ver\":1,\"$rec\":\"x\",\"$b\":\"1/"
		"1\",\"$sum\":\"0123456789abcdef\"}",
		"{\"a\":1,\"$pos\":1111111111111111111111,\"$stream\":\"s\",\"$ver\":1,\"$rec\":"
		"\"x\",\"$b\":\"1/1\",\"$sum\":\"0123456789abcdef\"}",
		",\"$pos\":1,\"$stream\":\"s\",\"$ver\":1,\"$rec\":\"x\",\"$b\":\"1/"
		"1\",\"$sum\":\"0123456789abcdef\"}",
	};
	struct trailer t;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		ok(!trailer_parse(span_str(lines[i]), &t), "refused: %s", lines[i]);
}

TEST(names)
{
	struct trailer t;
	struct buf name;

	buf_init(&name, 4096);
	put("{\"a\":1}", 1, "\"plain\"", 1);
	trailer_parse(line(), &t);
	ok(trailer_stream(&t, &name).p > b.p && trailer_stream(&t, &name).p < b.p + b.n,
		"a plain name stays in the line");
	put("{\"a\":1}", 1, "\"\\\"q\\u0041\\n\"", 1);
	trailer_parse(line(), &t);
	trailer_stream(&t, &name);
	is_mem(name.p, name.n, "\"qA\n", "escapes are decoded");
	buf_release(&name);
}

int
main(void)
{
	buf_init(&b, 1 << 20);
	RUN(form);
	RUN(there_and_back);
	RUN(every_byte_counts);
	RUN(refused);
	RUN(names);
	buf_release(&b);
	return tap_done();
}
