/* What a writer that died leaves behind, and what a flipped bit does. */
#include "tap.h"

#include "scratch_store.h"
#include "store/verify.h"

#define ANY ((struct decide_expect){DECIDE_ANY, 0})

/* Five events of stream a: two alone, a batch of two, one alone. */
static void
make(struct scratch *s)
{
	char text[2][160];
	struct log_event evs[2];

	scratch_make(s);
	scratch_open(s);
	scratch_append(s, ANY, 1, "1", "a", NULL);
	log_commit(&s->log, &s->err);
	scratch_append(s, ANY, 2, "1", "a", NULL);
	evs[0] = scratch_event(text[0], 3, "1", "a");
	evs[1] = scratch_event(text[1], 4, "1", "a");
	log_append(&s->log, ANY, evs, 2, &s->err);
	scratch_append(s, ANY, 5, "\"the last\"", "a", NULL);
	log_commit(&s->log, &s->err);
	scratch_shut(s);
}

static int
check(struct scratch *s, struct verify_result *result)
{
	struct root root;
	int r;

	root_open(&root, s->dir, &s->err);
	r = verify(result, &root, &(struct verify_conf){0}, &s->err);
	table_release(&result->streams);
	root_close(&root);
	return r;
}

/* Number of the line, from 1, that byte i is in. */
static int
line_of(const char *p, size_t i)
{
	int line = 1;

	for (size_t k = 0; k < i; k++)
		line += p[k] == '\n';
	return line;
}

/* Events left of n bytes: whole lines, and of the batch both or none. */
static int64_t
whole(const char *p, size_t n)
{
	int lines = line_of(p, n) - 1;

	return lines == 3 ? 2 : lines;
}

TEST(every_cut)
{
	struct scratch s = {0};
	struct verify_result result;
	struct log_event ev;
	char *p;
	size_t n, from = 0;
	int wrong = 0, cuts = 0;

	make(&s);
	p = scratch_read(&s, SEG0, &n);
	while (line_of(p, from) < 2)
		from++;
	for (size_t cut = from; cut <= n; cut++, cuts++) {
		int64_t want = whole(p, cut);

		scratch_write(&s, SEG0, p, cut);
		wrong += check(&s, &result) != 0 || result.events != want;
		wrong += !scratch_open(&s) || log_version(&s.log, SPAN("a")) != want;
		wrong += scratch_append(&s, ANY, 9, "1", "a", &ev) != 0 || ev.ver != want + 1;
		wrong += log_commit(&s.log, &s.err) != 0;
		scratch_shut(&s);
		wrong += check(&s, &result) != 0 || result.events != want + 1 ||
			 result.unfinished != 0;
		if (wrong) {
			printf("# cut at %zu of %zu: %s\n", cut, n, s.err.text);
			break;
		}
	}
	is_int(wrong, 0, "%d cuts: whole batches stay, the rest goes, appending goes on", cuts);
	is_int(s.lost_bytes, 0, "nothing of it counts as damage");
	alloc_free(p);
	scratch_remove(&s);
}

TEST(every_flip)
{
	struct scratch s = {0};
	struct verify_result result;
	int missed = 0, misplaced = 0;
	char *p, want[32];
	size_t n;

	make(&s);
	p = scratch_read(&s, SEG0, &n);
	for (size_t i = 0; i < n; i++) {
		char was = p[i];

		p[i] = (char)(was ^ 1 << i % 8);
		scratch_write(&s, SEG0, p, n);
		p[i] = was;
		if (check(&s, &result) == 0 || s.err.kind != ERR_DAMAGE) {
			missed++;
			printf("# byte %zu\n", i);
			continue;
		}
		snprintf(want, sizeof(want), ": line %d, byte ", line_of(p, i));
		if (!strstr(s.err.text, want)) {
			misplaced++;
			printf("# byte %zu:%s wanted, %s\n", i, want, s.err.text);
		}
	}
	is_int(missed, 0, "a flipped bit in any of %zu bytes is found", n);
	is_int(misplaced, 0, "and its line named");
	alloc_free(p);
	scratch_remove(&s);
}

TEST(moved_lines)
{
	struct scratch s = {0};
	struct verify_result result;
	char *p, *second, *third;
	size_t n;

	make(&s);
	p = scratch_read(&s, SEG0, &n);
	second = strchr(p, '\n') + 1;
	third = strchr(second, '\n') + 1;
	scratch_write(&s, SEG0, second, n - (size_t)(second - p));
	is_int(check(&s, &result), -1, "the first line is gone");
	memmove(second, third, n - (size_t)(third - p));
	scratch_write(&s, SEG0, p, n - (size_t)(third - second));
	is_int(check(&s, &result), -1, "the second line is gone");
	ok(strstr(s.err.text, "line 2,") != NULL, "%s", s.err.text);
	alloc_free(p);
	scratch_remove(&s);
}

TEST(damage_is_never_cut)
{
	struct scratch s = {0};
	char *p, *q;
	size_t n, m;

	make(&s);
	p = scratch_read(&s, SEG0, &n);
	p[strcspn(p, "\n") + 20] ^= 1;
	scratch_write(&s, SEG0, p, n);
	ok(!scratch_open(&s), "a wrong line with right ones after it stops a writer");
	is_int(s.err.kind, ERR_DAMAGE, "status 5");
	root_close(&s.root);
	q = scratch_read(&s, SEG0, &m);
	ok(n == m && memcmp(p, q, n) == 0, "which touches nothing");
	alloc_free(p);
	alloc_free(q);
	scratch_remove(&s);
}

/* The sum that the last line rests on. */
TEST(damaged_sum_before_the_last)
{
	struct scratch s = {0};
	char *p;
	size_t n, last;

	make(&s);
	p = scratch_read(&s, SEG0, &n);
	for (last = n - 1; p[last - 1] != '\n';)
		last--;
	p[last - 6] = p[last - 6] == '0' ? '1' : '0';
	scratch_write(&s, SEG0, p, n);
	ok(!scratch_open(&s), "the last line is right all the same, so nothing is cut");
	is_int(s.err.kind, ERR_DAMAGE, "status 5");
	ok(strstr(s.err.text, "line 4,") != NULL, "%s", s.err.text);
	root_close(&s.root);
	alloc_free(p);
	scratch_remove(&s);
}

TEST(lost_is_kept)
{
	struct scratch s = {0};
	char *p, *q;
	size_t n, m, last;

	make(&s);
	p = scratch_read(&s, SEG0, &n);
	for (last = n - 1; p[last - 1] != '\n';)
		last--;
	p[last + 20] ^= 1;
	scratch_write(&s, SEG0, p, n);
	ok(scratch_open(&s), "a wrong last line is cut off");
	is_int(log_version(&s.log, SPAN("a")), 4, "four events are left");
	is_int(s.lost_bytes, (int64_t)(n - last), "which is told");
	scratch_shut(&s);
	q = scratch_read(&s, "lost/00000000000000000004.ndjson", &m);
	ok(m == n - last && memcmp(q, p + last, m) == 0, "and kept");
	alloc_free(p);
	alloc_free(q);
	scratch_remove(&s);
}

int
main(void)
{
	RUN(every_cut);
	RUN(every_flip);
	RUN(moved_lines);
	RUN(damage_is_never_cut);
	RUN(damaged_sum_before_the_last);
	RUN(lost_is_kept);
	return tap_done();
}
