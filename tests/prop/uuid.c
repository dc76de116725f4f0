/* uuid: version 5 and its text are libuuid's, whatever made them and however long the name is. */
#include "ext/uuid.h"
#include "tap.h"

#include <uuid/uuid.h>

static uint64_t state = 1;

static unsigned
below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void
fill(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)below(256);
}

/* Names around one block and two come most. */
static size_t
length(void)
{
	return below(4) ? below(150) : below(2000);
}

static bool
agrees(const struct uuid_space *space, struct span name)
{
	unsigned char id[UUID_BYTES], want[UUID_BYTES];
	char text[UUID_TEXT], want_text[UUID_TEXT];

	uuid_v5(id, space, name);
	uuid_generate_sha1(want, space->bytes, name.p, name.n);
	uuid_put(text, id);
	uuid_unparse_lower(want, want_text);
	return memcmp(id, want, UUID_BYTES) == 0 && strcmp(text, want_text) == 0;
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? (long)strtoull(argv[1], NULL, 10) : 30000, wrong = 0;
	struct uuid_space space;
	unsigned char bytes[UUID_BYTES];
	char name[2000];

	for (long i = 0; i < count; i++) {
		size_t n = length();

		fill((char *)bytes, sizeof(bytes));
		fill(name, n);
		uuid_space_init(&space, bytes);
		wrong += !agrees(&space, span_of(name, n));
	}
	is_int(wrong, 0, "%ld random names", count);
	return tap_done();
}
