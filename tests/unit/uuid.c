/* uuid: the vectors of RFC 9562, order of version 7, text. */
#include "ext/uuid.h"
#include "tap.h"

static const unsigned char dns[UUID_BYTES] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80,
	0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static const char *
named(const struct uuid_space *space, struct span name)
{
	static char text[UUID_TEXT];
	unsigned char id[UUID_BYTES];

	uuid_v5(id, space, name);
	uuid_put(text, id);
	return text;
}

static void
check_version_5(const struct uuid_space *space, const char *how)
{
	is_str(named(space, SPAN("www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2",
		"RFC 9562 appendix A.4, %s", how);
	is_str(named(space, SPAN_NONE), "4ebd0208-8328-5d69-8c44-ec50939c0967",
		"the empty name, %s", how);
	is_str(named(space, SPAN("a\0b")), "0a63f66b-e02f-5d2d-9fd4-aad819cf5352",
		"a NUL byte is part of the name, %s", how);
}

TEST(version_5)
{
	struct uuid_space space;

	uuid_space_init(&space, dns);
	check_version_5(&space, "by the best that there is");
	space.native = false;
	check_version_5(&space, "by the library");
}

TEST(version_7_bits)
{
	unsigned char id[UUID_BYTES];
	char text[UUID_TEXT];

	uuid_v7_compose(id, 0x017F22E279B0, 0xCC3, UINT64_C(0x18C4DC0C0C07398F));
	uuid_put(text, id);
	is_str(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "RFC 9562 appendix A.6");
}

static bool
has_version(const unsigned char id[UUID_BYTES], int version)
{
	return id[6] >> 4 == version && (id[8] & 0xc0) == 0x80;
}

TEST(version_7_order)
{
	struct uuid_pool pool = {0};
	unsigned char id[UUID_BYTES], last[UUID_BYTES] = {0};
	bool rises = true, marked = true;
	static const int64_t clock[] = {1637572532123, 1637572532123, 1637572532124, 1637572532000};

	for (int i = 0; i < 20000; i++) {
		uuid_v7(&pool, clock[i / 5000], id);
		rises = rises && memcmp(id, last, UUID_BYTES) > 0;
		marked = marked && has_version(id, 7);
		memcpy(last, id, UUID_BYTES);
	}
	ok(rises, "ids rise, also within a millisecond and when the clock steps back");
	ok(marked, "version and variant are set");
}

TEST(version_7_carry)
{
	struct uuid_pool pool = {0};
	unsigned char id[UUID_BYTES];
	char text[UUID_TEXT];

	pool.last_ms = 1000;
	pool.high = 0xfff;
	pool.low = (UINT64_C(1) << 62) - 1;
	uuid_v7(&pool, 1000, id);
	uuid_put(text, id);
	is_mem(text, 18, "00000000-03e9-7000", "a carry out of the random bits moves the time");
}

TEST(version_4)
{
	struct uuid_pool pool = {0};
	unsigned char id[UUID_BYTES], last[UUID_BYTES] = {0};
	bool differ = true, marked = true;

	for (int i = 0; i < 1000; i++) {
		uuid_v4(&pool, id);
		differ = differ && memcmp(id, last, UUID_BYTES) != 0;
		marked = marked && has_version(id, 4);
		memcpy(last, id, UUID_BYTES);
	}
	ok(differ, "no id is the one before it");
	ok(marked, "version and variant are set");
}

int
main(void)
{
	RUN(version_5);
	RUN(version_7_bits);
	RUN(version_7_order);
	RUN(version_7_carry);
	RUN(version_4);
	return tap_done();
}
