/* ring: what was left is taken, all of it or nothing. */
#include "tap.h"

#include "scratch_store.h"
#include "store/ring.h"

static struct scratch s;
static struct ring ring;
static struct recent lines;
static struct place places[RING_TAKE * 8]; /* before the line of each position */

static struct index_item
some_line(int64_t pos)
{
	return (struct index_item){.pos = pos,
		.ver = pos * 3 + 1,
		.rec_ms = 1637572532123 + pos,
		.segment = 0,
		.offset = places[pos].offset,
		.length = 100 + (uint32_t)(pos % 7),
		.id = {(uint64_t)pos * 11, 7},
		.stream = {(uint64_t)pos % 3, 9},
		.sum = (uint64_t)pos * 0x9e3779b97f4a7c15};
}

static void
begin(int64_t count)
{
	scratch_make(&s);
	if (root_open(&s.root, s.dir, &s.err)) {
		printf("Bail out! %s\n", s.err.text);
		exit(1);
	}
	ring_init(&ring, &s.root);
	places[0] = (struct place){0, 0, 0, 77};
	for (int64_t pos = 0; pos < count; pos++) {
		struct index_item line = some_line(pos);

		recent_add(&lines, &line);
		places[pos + 1] = (struct place){pos + 1, 0, line.offset + line.length, line.sum};
	}
}

static void
end(void)
{
	recent_release(&lines);
	ring_close(&ring);
	root_close(&s.root);
	scratch_remove(&s);
}

static bool
is_taken(int64_t from, int64_t to)
{
	if (!ring_take(&ring, &places[from], &places[to]))
		return false;
	for (int64_t pos = from; pos < to; pos++) {
		struct index_item want = some_line(pos), *got = &ring.items[pos - from];

		if (got->pos != want.pos || got->ver != want.ver || got->rec_ms != want.rec_ms ||
			got->segment != want.segment || got->offset != want.offset ||
			got->length != want.length || got->id.low != want.id.low ||
			got->id.high != want.id.high || got->stream.low != want.stream.low ||
			got->stream.high != want.stream.high || got->sum != want.sum)
			return false;
	}
	return true;
}

TEST(takes)
{
	int64_t last = RING_TAKE * 7;
	bool same = true;

	begin(last);
	ok(!is_taken(0, 1), "a new one has nothing");
	for (int64_t pos = 0; pos < last; pos += RING_TAKE / 2 + 1) {
		int64_t to = MIN(pos + RING_TAKE / 2 + 1, last);

		ring_put(&ring, &lines, &places[pos], to);
		same = same && is_taken(pos, to) && is_taken(MAX(to - RING_TAKE, 0), to) &&
		       is_taken(to - 1, to);
	}
	ok(same, "what was left, and what others left before, also over its end");
	ok(!is_taken(last - RING_TAKE - 1, last), "not more than %d lines", RING_TAKE);
	ok(!is_taken(10, 12), "what has been written over is not taken");
	end();
}

/* A history that was taken back: the same positions, other lines. */
TEST(chain)
{
	struct place other = {20, 0, 0, 5};

	begin(30);
	ring_put(&ring, &lines, &places[0], 30);
	ok(is_taken(10, 30), "the whole chain");
	other.offset = places[20].offset;
	ok(!ring_take(&ring, &other, &places[30]), "not from another line");
	other = places[20];
	other.segment = 20;
	ok(!ring_take(&ring, &other, &places[30]), "not from another segment");
	other = places[30];
	other.sum++;
	ok(!ring_take(&ring, &places[20], &other), "not to another one");
	other = places[30];
	other.offset++;
	ok(!ring_take(&ring, &places[20], &other), "nor to another byte");
	end();
}

TEST(damage)
{
	int taken = 0;
	char *bytes;
	size_t n;

	begin(30);
	ring_put(&ring, &lines, &places[0], 30);
	bytes = scratch_read(&s, "ring", &n);
	is_int((long long)n, 30 * 128, "128 bytes a line");
	for (size_t i = 20 * 128; i < 30 * 128; i++) {
		bytes[i] ^= 1;
		scratch_write(&s, "ring", bytes, n);
		taken += ring_take(&ring, &places[20], &places[30]);
		bytes[i] ^= 1;
	}
	is_int(taken, 0, "no damaged byte passes");
	scratch_write(&s, "ring", bytes, n - 1);
	ok(!is_taken(20, 30), "a file that is cut short is not taken");
	scratch_write(&s, "ring", bytes, n);
	ok(is_taken(20, 30), "what is whole is");
	alloc_free(bytes);
	end();
}

/* A link in its place is not followed, and not missed. */
TEST(planted)
{
	char path[128];

	begin(3);
	snprintf(path, sizeof(path), "%s/ring", s.dir);
	ok(symlink("victim", path) == 0, "a link is planted");
	ring_put(&ring, &lines, &places[0], 3);
	ok(ring.fd < 0 && !ring_take(&ring, &places[0], &places[3]), "there is no ring");
	snprintf(path, sizeof(path), "%s/victim", s.dir);
	ok(access(path, F_OK) != 0, "nothing is written elsewhere");
	end();
}

int
main(void)
{
	RUN(takes);
	RUN(chain);
	RUN(damage);
	RUN(planted);
	return tap_done();
}
