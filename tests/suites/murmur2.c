/*
 * murmur2: the hashes and partitions that Kafka's and librdkafka's own tests expect.
 *
 * Reads ../shared/suites/kafka/murmur2.ndjson: one object a line with the members "key" (no escapes),
 * "murmur2_int32" and "partition_derived", an object of partition counts and partitions.
 */
#include "base/num.h"
#include "op/murmur.h"
#include "tap.h"

#define VECTORS "../shared/suites/kafka/murmur2.ndjson"

/* What stands after the member's name and colon, up to the byte end. */
static struct span
member(struct span line, const char *name, char end)
{
	ptrdiff_t at = span_find(line, span_str(name));
	struct span head, tail;

	if (at < 0)
		return SPAN_NONE;
	tail = span_of(line.p + at, line.n - (size_t)at);
	span_cut(tail, ':', &head, &tail);
	tail = span_trim(tail);
	if (tail.n && (*tail.p == '"' || *tail.p == '{'))
		tail = span_of(tail.p + 1, tail.n - 1);
	span_cut(tail, end, &head, &tail);
	return head;
}

/* Each "COUNT": PARTITION of the list. */
static bool
partitions_agree(struct span key, struct span list)
{
	struct span one, name, value;
	int64_t count, want;
	bool agree = list.n > 0;

	while (list.n) {
		span_cut(list, ',', &one, &list);
		if (!span_cut(one, ':', &name, &value))
			return false;
		name = span_trim(name);
		if (name.n < 2 || num_i64(span_of(name.p + 1, name.n - 2), &count) ||
			num_i64(span_trim(value), &want))
			return false;
		agree &= murmur_partition(key, (uint32_t)count) == want;
	}
	return agree;
}

static void
check(struct span line)
{
	struct span key = member(line, "\"key\"", '"');
	struct span list = member(line, "\"partition_derived\"", '}');
	int64_t want;

	if (num_i64(span_trim(member(line, "\"murmur2_int32\"", ',')), &want)) {
		ok(false, "a readable vector: %.*s", (int)line.n, line.p);
		return;
	}
	ok(murmur_hash(key) == want && partitions_agree(key, list), "'%.*s'", (int)key.n, key.p);
}

int
main(void)
{
	FILE *f = fopen(VECTORS, "r");
	char line[4096];
	int count = 0;

	if (!f) {
		tap_skip("murmur2 of Kafka and librdkafka", VECTORS);
		return tap_done();
	}
	for (; fgets(line, sizeof line, f); count++)
		check(span_trim(span_str(line)));
	fclose(f);
	is_int(count, 17, "all vectors were there");
	return tap_done();
}
