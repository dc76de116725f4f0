#include "tap.h"

#include "scratch_store.h"
#include "store/sealed.h"
#include "store/sealer.h"
#include "store/survey.h"

#define ANY ((struct decide_expect){DECIDE_ANY, 0})

/* A store of three segments: single lines, and a batch of three. */
static void
fill(struct scratch *s)
{
	s->roll_bytes = 1000;
	scratch_make(s);
	scratch_open(s);
	for (int i = 0; i < 12; i++) {
		char text[3][160];
		struct log_event batch[3];

		scratch_append(s, ANY, i, "1", i % 2 ? "a" : "b", NULL);
		if (i % 4 == 1) {
			for (int j = 0; j < 3; j++)
				batch[j] = scratch_event(text[j], 100 + 10 * i + j, "2", "c");
			log_append(&s->log, ANY, batch, 3, &s->err);
		}
		log_commit(&s->log, &s->err);
	}
	scratch_shut(s);
}

struct seen {
	int lines, damages;
	int64_t lost, unfinished;
	struct survey_item first;
	char text[SURVEY_TEXT_MAX];
};

static struct seen
look(struct scratch *s, const struct place *mark)
{
	struct seen seen = {0};
	struct survey_item item;
	struct survey v;
	int r;

	if (root_open(&s->root, s->dir, &s->err) || survey_init(&v, &s->root, mark, &s->err)) {
		printf("Bail out! %s\n", s->err.text);
		exit(1);
	}
	while ((r = survey_next(&v, &item, &s->err)) == 1) {
		seen.lines += item.kind == SURVEY_LINE;
		if (item.kind == SURVEY_DAMAGE && seen.damages++ == 0) {
			seen.first = item;
			survey_text(&item, seen.text);
		}
		if (item.kind == SURVEY_DAMAGE)
			seen.lost += item.lost;
	}
	if (r < 0)
		printf("# %s\n", s->err.text);
	seen.unfinished = v.unfinished;
	survey_release(&v);
	root_close(&s->root);
	return seen;
}

TEST(a_whole_store)
{
	struct scratch s = {0};
	struct seen seen;

	fill(&s);
	seen = look(&s, NULL);
	is_int(seen.lines, 21, "every line");
	is_int(seen.damages, 0, "no damage");
	is_int(seen.unfinished, 0, "nothing unfinished");
	scratch_remove(&s);
}

static const char *const segments[] = {SEG0, "seg/00000000000000000006.ndjson"};

static int
line_at(const char *text, size_t at)
{
	int line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* Every byte of two segments, one closed and one not, is changed in three ways. */
TEST(every_byte)
{
	struct scratch s = {0};
	static const unsigned char flips[] = {1, 0x80, 'x'};
	int missed = 0, elsewhere = 0, several = 0, dear = 0, tries = 0;

	fill(&s);
	for (size_t k = 0; k < 2; k++) {
		size_t n;
		char *text = scratch_read(&s, segments[k], &n);

		for (size_t at = 0; at < n; at++) {
			char was = text[at];
			int line = line_at(text, at);
			struct seen seen;

			text[at] ^= (char)flips[at % 3];
			scratch_write(&s, segments[k], text, n);
			seen = look(&s, NULL);
			tries++;
			missed += seen.damages == 0;
			several += seen.damages > 1;
			elsewhere +=
				seen.damages &&
				(seen.first.line_no != line || (int64_t)at < seen.first.offset ||
					(int64_t)at >= seen.first.offset + seen.first.bytes);
			dear += seen.lines < 20;
			text[at] = was;
		}
		scratch_write(&s, segments[k], text, n);
		alloc_free(text);
	}
	ok(tries > 1500, "%d bytes", tries);
	is_int(missed, 0, "all found");
	is_int(elsewhere, 0, "and located");
	is_int(several, 0, "each is one damage");
	is_int(dear, 0, "and costs one line");
	scratch_remove(&s);
}

TEST(several_damages)
{
	struct scratch s = {0};
	struct seen seen;
	size_t n;
	char *text;

	fill(&s);
	text = scratch_read(&s, SEG0, &n);
	text[10] = '#';
	text[n - 10] = '#';
	scratch_write(&s, SEG0, text, n);
	alloc_free(text);
	seen = look(&s, NULL);
	is_int(seen.damages, 2, "two");
	is_int(seen.lines, 19, "all other lines");
	is_int(seen.lost, 2, "two positions");
	is_str(seen.text, SEG0 ": line 1, byte 0: sum is wrong", "the first");
	scratch_remove(&s);
}

TEST(a_missing_segment)
{
	struct scratch s = {0};
	struct seen seen;
	char path[128];

	fill(&s);
	snprintf(path, sizeof(path), "%s/" SEG0, s.dir);
	unlink(path);
	seen = look(&s, NULL);
	is_int(seen.damages, 1, "one damage");
	is_int(seen.lost, 7, "the segment, and the line after it, which cannot be checked");
	is_int(seen.lines, 14, "the others");
	scratch_remove(&s);
}

TEST(zeros_and_cuts)
{
	struct scratch s = {0};
	struct seen seen;
	size_t n;
	char *text, *half;

	fill(&s);
	text = scratch_read(&s, SEG0, &n);
	memset(text + 300, 0, 400);
	scratch_write(&s, SEG0, text, n);
	seen = look(&s, NULL);
	is_int(seen.damages, 1, "a hole is one damage");
	half = text;
	scratch_write(&s, SEG0, half, n / 2);
	seen = look(&s, NULL);
	ok(seen.damages == 2 || seen.damages == 1, "a closed segment that was cut");
	ok(seen.lost > 0, "something is lost");
	alloc_free(text);
	scratch_remove(&s);
}

/* The last segment: what does not hold after the mark is unfinished, before it damage. */
TEST(the_mark)
{
	struct scratch s = {0};
	struct seen seen;
	struct place mark;
	size_t n;
	char *text, *last;

	s.roll_bytes = 1 << 20;
	scratch_make(&s);
	scratch_open(&s);
	for (int i = 0; i < 5; i++)
		scratch_append(&s, ANY, i, "1", "a", NULL);
	log_commit(&s.log, &s.err);
	scratch_shut(&s);
	text = scratch_read(&s, SEG0, &n);
	last = text;
	for (int i = 0; i < 3; i++)
		last = strchr(last, '\n') + 1;
	last[20] = '#';
	scratch_write(&s, SEG0, text, n);
	mark = (struct place){.pos = 3, .offset = last - text};
	seen = look(&s, &mark);
	is_int(seen.damages, 0, "after the mark it is no damage");
	is_int(seen.lines, 3, "the log ends there");
	is_int(seen.unfinished, text + n - last, "the rest is unfinished");
	mark.pos = 4;
	mark.offset += 200;
	seen = look(&s, &mark);
	is_int(seen.damages, 1, "before the mark it is");
	seen = look(&s, NULL);
	is_int(seen.damages, 1, "and so it is without a mark");
	is_int(seen.lines, 4, "the line behind it is there");
	scratch_write(&s, SEG0, text, (size_t)(last - text) - 5);
	mark = (struct place){.pos = 3, .offset = last - text};
	seen = look(&s, &mark);
	is_int(seen.damages, 1, "cut short before the mark");
	is_str(seen.text, SEG0 ": line 3, byte 336: lines before the durable mark are missing",
		"says so");
	seen = look(&s, NULL);
	is_int(seen.damages, 0, "cut short with no mark: unfinished");
	alloc_free(text);
	scratch_remove(&s);
}

#define PACKED SEG0 ".zst"
#define FRAMES 16

/* How many lines are left when a byte of the frame is wrong, and when the table is as well. */
static int64_t
left(struct scratch *s, int64_t at, bool is_table_bad)
{
	size_t n;
	char *bytes = scratch_read(s, PACKED, &n), *spoiled = alloc_copy(bytes, n);
	struct seen seen;

	spoiled[at] ^= 1;
	if (is_table_bad)
		spoiled[n - 2] ^= 1;
	scratch_write(s, PACKED, spoiled, n);
	seen = look(s, NULL);
	scratch_write(s, PACKED, bytes, n);
	alloc_free(spoiled);
	alloc_free(bytes);
	return seen.lines;
}

/* A damaged frame costs its own lines, with the table of frames and without. */
TEST(a_table_and_a_frame)
{
	struct scratch s = {0};
	struct segfile file;
	struct framemap_frame frames[FRAMES];
	size_t n = 0;

	s.roll_bytes = 200000;
	scratch_make(&s);
	scratch_open(&s);
	for (int i = 0; i < 1500; i++)
		scratch_append(&s, ANY, i, "1", i % 2 ? "a" : "b", NULL);
	log_commit(&s.log, &s.err);
	scratch_append(&s, ANY, 1500, "1", "a", NULL);
	log_commit(&s.log, &s.err);
	scratch_shut(&s);
	root_open(&s.root, s.dir, &s.err);
	is_int(sealer_step(&s.root, &s.err), 1, "sealed");
	segfile_open(&file, &s.root, 0, DISK_READ, &s.err);
	for (; n < sealed_count(file.sealed) && n < FRAMES; n++)
		frames[n] = sealed_frame(file.sealed, n);
	segfile_close(&file);
	root_close(&s.root);
	ok(n >= 4, "%zu frames", n);
	for (size_t i = 0; i < n; i++) {
		int64_t at = frames[i].file_at, middle = at + (int64_t)frames[i].file_bytes / 2;
		int64_t want = left(&s, middle, false);

		ok(want < 1501 && want > 0, "frame %zu: lines are lost", i);
		is_int(left(&s, middle, true), want, "no more without the table");
		is_int(left(&s, at, true), want, "nor when the frame is not found");
	}
	scratch_remove(&s);
}

int
main(void)
{
	RUN(a_whole_store);
	RUN(every_byte);
	RUN(several_damages);
	RUN(a_missing_segment);
	RUN(zeros_and_cuts);
	RUN(the_mark);
	RUN(a_table_and_a_frame);
	return tap_done();
}
