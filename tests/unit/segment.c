#include "tap.h"

#include "scratch_store.h"
#include "store/ids.h"
#include "store/query.h"

/* Lines of 1 to 300 KiB, so that the window of 256 KiB is passed in every way. */
static size_t
fill(char *p, int lines)
{
	size_t n = 0;

	for (int i = 0; i < lines; i++) {
		size_t length = (size_t)(i * 7919 % (300 << 10)) + 1;

		memset(p + n, 'a' + i % 26, length);
		p[n + length] = '\n';
		n += length + 1;
	}
	return n;
}

TEST(both_ways)
{
	enum { LINES = 97 };
	struct scratch s = {0};
	struct segment_lines l;
	struct span line;
	char *p = alloc_zero((size_t)LINES * (301 << 10));
	int64_t offset, starts[LINES + 1], count = 0;
	size_t n = fill(p, LINES);
	uint64_t seed;
	bool flag;
	struct segfile file;
	int wrong = 0;

	scratch_make(&s);
	scratch_write(&s, SEG0, p, n);
	root_open(&s.root, s.dir, &s.err);
	segfile_open(&file, &s.root, 0, DISK_READ, &s.err);
	segment_lines_init(&l);
	segment_lines_start(&l, &file, 0, (int64_t)n);
	for (; segment_lines_next(&l, &line, &offset, &flag, &s.err) == 1; count++) {
		starts[count] = offset;
		wrong += !flag || memcmp(p + offset, line.p, line.n) != 0 ||
			 p[(size_t)offset + line.n] != '\n';
	}
	is_int(count, LINES, "all lines forwards");
	is_int(wrong, 0, "as they are");
	segment_lines_start_back(&l, &file, 0, (int64_t)n);
	while (segment_lines_prev(&l, &line, &offset, &seed, &flag, &s.err) == 1) {
		count--;
		wrong += offset != starts[count] || memcmp(p + offset, line.p, line.n) != 0 ||
			 p[(size_t)offset + line.n] != '\n' || flag;
	}
	is_int(count, 0, "all lines backwards");
	is_int(wrong, 0, "as they are");
	segment_lines_start(&l, &file, starts[5], starts[8] - 3);
	for (count = 0; segment_lines_next(&l, &line, &offset, &flag, &s.err) == 1; count++)
		wrong += flag != (count < 2) || offset != starts[5 + count];
	is_int(count, 3, "from a line to a limit");
	is_int(wrong, 0, "which cuts the last one short");
	segment_lines_start_back(&l, &file, starts[5], starts[8]);
	for (count = 0; segment_lines_prev(&l, &line, &offset, &seed, &flag, &s.err) == 1;)
		count++;
	is_int(count, 3, "backwards from a line to a line");
	segment_lines_release(&l);
	segfile_close(&file);
	root_close(&s.root);
	alloc_free(p);
	scratch_remove(&s);
}

TEST(lists)
{
	struct scratch s = {0};
	struct segment_list list = {0};
	char name[SEGFILE_NAME_MAX];

	scratch_make(&s);
	root_open(&s.root, s.dir, &s.err);
	is_int(segment_list_read(&list, &s.root, &s.err), 0, "an empty list");
	is_int((int64_t)list.count, 0, "has none");
	for (int64_t first = 700; first >= 0; first -= 100) {
		snprintf(name, sizeof(name), "seg/%020lld.ndjson", (long long)first);
		scratch_write(&s, name, "x", 1);
	}
	scratch_write(&s, "seg/README", "x", 1);
	scratch_write(&s, "seg/0000000000000000000x.ndjson", "x", 1);
	scratch_write(&s, "seg/00000000000000000000.ndjson.tmp", "x", 1);
	segment_list_read(&list, &s.root, &s.err);
	is_int((int64_t)list.count, 8, "other files do not count");
	is_int(list.items[3].first, 300, "sorted");
	is_int((int64_t)segment_of_pos(&list, 0), 0, "position 0");
	is_int((int64_t)segment_of_pos(&list, 299), 2, "position 299");
	is_int((int64_t)segment_of_pos(&list, 300), 3, "position 300");
	is_int((int64_t)segment_of_pos(&list, 99999), 7, "past the end");
	segment_list_read(&list, &s.root, &s.err);
	is_int(list.items[7].first, 700, "a new look sees the same");
	segment_list_release(&list);
	root_close(&s.root);
	scratch_remove(&s);
}

TEST(ranges)
{
	static const struct {
		const char *text;
		int64_t first, last;
	} good[] = {{"3..7", 3, 7}, {"3..", 3, INT64_MAX}, {"..7", 0, 7}, {"5", 5, 5}, {"0", 0, 0},
		{"..", 0, INT64_MAX}};
	static const char *const bad[] = {
		"", "7..3", "a", "-1", "1...3", "1..2..3", "1 ..2", "1-2"};
	struct query_range r;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		is_int(query_parse_range(span_str(good[i].text), &r, &err), 0, "%s", good[i].text);
		ok(r.first == good[i].first && r.last == good[i].last, "is what it says");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(query_parse_range(span_str(bad[i]), &r, &err), -1, "'%s' is refused",
			bad[i]);
}

TEST(many_ids)
{
	struct ids ids = {0};
	size_t probe;
	int64_t at;
	int wrong = 0;

	for (int64_t i = 0; i < 20000; i++)
		ids_put(&ids, (uint64_t)(i % 5000) * 0x9e3779b97f4a7c15ULL, i);
	for (int64_t i = 0; i < 5000; i++) {
		int64_t sum = 0, count = 0;

		for (probe = 0;
			(at = ids_next(&ids, (uint64_t)i * 0x9e3779b97f4a7c15ULL, &probe)) >= 0;
			count++)
			sum += at;
		wrong += count != 4 || sum != 4 * i + 30000;
	}
	is_int(wrong, 0, "all addresses under one hash are found");
	probe = 0;
	is_int(ids_next(&ids, 12345, &probe), -1, "and none under another");
	ok(ids_bytes(&ids) <= 20000 * 43, "in at most 43 bytes an entry");
	ids_release(&ids);
}

/* A segment of several MiB, entered anywhere, damaged where the way leads through. */
TEST(positions)
{
	enum { EVENTS = 12000 };
	struct scratch s = {0};
	struct query_conf conf = {.ver = QUERY_ALL, .from_ms = INT64_MIN, .to_ms = INT64_MAX};
	struct source_line line;
	struct source *src;
	char *p;
	size_t n;
	int wrong = 0;

	scratch_make(&s);
	scratch_open(&s);
	for (int i = 0; i < EVENTS; i++)
		scratch_append(&s, (struct decide_expect){DECIDE_ANY, 0}, i,
			"\"0123456789012345678901234567890123456789\"", i % 2 ? "a" : "b", NULL);
	log_commit(&s.log, &s.err);
	scratch_shut(&s);
	p = scratch_read(&s, SEG0, &n);
	ok(n > (2 << 20), "%zu bytes", n);
	conf.store = s.dir;
	for (int damaged = 0; damaged < 2; damaged++) {
		if (damaged) {
			p[n / 2 + 300] ^= 1;
			scratch_write(&s, SEG0, p, n);
		}
		for (int64_t pos = 0; pos < EVENTS + 2; pos += 97) {
			int r;

			conf.pos = (struct query_range){pos, pos};
			src = query_open(&conf, &s.err);
			r = src ? src->next(src, &line, &s.err) : SOURCE_ERROR;
			if (r == SOURCE_LINE)
				wrong += line.line_no != pos + 1;
			else
				wrong += r == SOURCE_ERROR ? !damaged : pos < EVENTS;
			if (src)
				src->close(src);
		}
		is_int(wrong, 0, damaged ? "or damage is told" : "any position is found");
	}
	alloc_free(p);
	scratch_remove(&s);
}

int
main(void)
{
	RUN(both_ways);
	RUN(lists);
	RUN(ranges);
	RUN(many_ids);
	RUN(positions);
	return tap_done();
}
