/* murmur: known hashes of every length of tail, and partitions. */
#include "op/murmur.h"
#include "tap.h"

TEST(hashes)
{
	is_int(murmur_hash(SPAN("")), 275646681, "no byte");
	is_int(murmur_hash(SPAN("4")), 1514888353, "tail of one");
	is_int(murmur_hash(SPAN("21")), -973932308, "tail of two");
	is_int(murmur_hash(SPAN("abc")), 479470107, "tail of three");
	is_int(murmur_hash(SPAN("1234")), -1614185708, "no tail");
	is_int(murmur_hash(SPAN("foobar")), -790332482, "a step and a tail");
}

TEST(partitions)
{
	is_int(murmur_partition(SPAN("foobar"), 1), 0, "one partition");
	is_int(murmur_partition(SPAN("foobar"), 12), 6, "a negative hash is made positive");
	is_int(murmur_partition(SPAN("abc"), 32), 27, "a positive hash");
	is_int(murmur_partition(SPAN("\xc3\xa9\xff"), 0x7fffffff) < 0x7fffffff, 1,
		"bytes over 0x7f");
}

int
main(void)
{
	RUN(hashes);
	RUN(partitions);
	return tap_done();
}
