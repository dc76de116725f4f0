/* survey: over all segments, picking up the thread after each damage. */
#include "store/survey.h"

#include "store/sealed.h"

struct raw {
	struct span line;
	int64_t offset;
	bool has_newline;
	struct trailer t;
	bool has_trailer;
};

int
survey_init(struct survey *s, struct root *r, const struct place *mark, struct err *err)
{
	*s = (struct survey){.root = r, .mark.pos = -1, .file = SEGFILE_CLOSED};
	segment_lines_init(&s->lines);
	if (segment_list_read(&s->list, r, err)) {
		survey_release(s);
		return -1;
	}
	if (mark && mark->pos >= s->list.front.pos)
		s->mark = *mark;
	s->segments = (int64_t)s->list.count;
	s->end = s->list.front;
	s->pos = s->list.front.pos;
	s->seeds[0] = s->list.front.sum;
	s->seed_count = 1;
	return 0;
}

void
survey_release(struct survey *s)
{
	segfile_close(&s->file);
	segment_lines_release(&s->lines);
	segment_list_release(&s->list);
}

void
survey_name(const struct survey_item *item, char out[SEGFILE_NAME_MAX])
{
	snprintf(out, SEGFILE_NAME_MAX, SEGFILE_PLAIN "%s", (long long)item->segment,
		item->is_sealed ? ".zst" : "");
}

const char *
survey_text(const struct survey_item *item, char out[SURVEY_TEXT_MAX])
{
	char name[SEGFILE_NAME_MAX], line[40] = "";

	survey_name(item, name);
	if (item->line_no)
		snprintf(line, sizeof(line), "line %lld, ", (long long)item->line_no);
	snprintf(out, SURVEY_TEXT_MAX, "%s: %sbyte %lld: %s", name, line, (long long)item->offset,
		item->what);
	return out;
}

static bool
is_last(const struct survey *s)
{
	return s->index + 1 >= s->list.count;
}

/* Begins a damaged stretch, or prolongs the one at hand to end. */
static void
note_bad(struct survey *s, int64_t offset, int64_t end, const char *what)
{
	if (!s->has_bad)
		s->bad = (struct survey_item){.kind = SURVEY_DAMAGE,
			.segment = s->list.items[s->index].first,
			.is_sealed = !s->list.items[s->index].is_plain,
			.offset = offset,
			.line_no = s->line_no,
			.pos = s->pos,
			.what = what};
	s->has_bad = true;
	s->bad.bytes = end - s->bad.offset;
}

/* A sealed segment that cannot be opened: its frames are searched for. */
static int
open_damaged(struct survey *s, struct err *err)
{
	const struct segment *segment = &s->list.items[s->index];

	if (segfile_rescue(&s->file, s->root, segment->first, err)) {
		if (err->kind != ERR_DAMAGE)
			return -1;
		s->file = SEGFILE_CLOSED;
	}
	s->size = s->file.sealed ? sealed_size(s->file.sealed) : 0;
	segment_lines_start(&s->lines, &s->file, 0, s->size);
	note_bad(s, 0, 0, "its table or a note in it is damaged");
	return 0;
}

/* Another sum that the next line may rest on. */
static void
add_seed(struct survey *s, uint64_t sum)
{
	s->seeds[s->seed_count < SURVEY_SEEDS ? s->seed_count++ : 0] = sum;
}

/* 0, or -1. The segment may begin elsewhere than it should; the survey goes on where it begins. */
static int
open_segment(struct survey *s, struct err *err)
{
	int64_t first = s->list.items[s->index].first;

	s->line_no = 1;
	s->frame = -1;
	s->size = 0;
	s->is_open = true;
	if (segfile_open(&s->file, s->root, first, DISK_READ, err)) {
		if (err->kind != ERR_DAMAGE || open_damaged(s, err))
			return -1;
	} else {
		s->size = segfile_size(&s->file, err);
		if (s->size < 0)
			return -1;
		segment_lines_start(&s->lines, &s->file, 0, s->size);
		if (s->file.sealed)
			add_seed(s, sealed_whole(s->file.sealed)->begins);
	}
	if (first != s->pos) {
		if (!s->is_tail_told) {
			note_bad(s, 0, 0, "its first position is not the one that follows");
			s->bad.lost = MAX(first - s->pos, 0);
		}
		s->pos = first;
	}
	s->is_tail_told = false;
	s->end = (struct place){.pos = first, .segment = first, .sum = s->seeds[0]};
	return 0;
}

/* A sealed one knows what its last line leads to, also when that cannot be read. */
static void
close_segment(struct survey *s)
{
	if (s->file.sealed && sealed_whole(s->file.sealed)->is_segment)
		add_seed(s, sealed_whole(s->file.sealed)->ends);
	segfile_close(&s->file);
	s->is_open = false;
	s->index++;
}

/* The sums that the line after this one may rest on. */
static void
note_seeds(struct survey *s, const struct raw *raw, bool is_good)
{
	uint64_t next[SURVEY_SEEDS];
	size_t n = 0;

	if (trailer_sum(raw->line, &next[0]))
		n = 1;
	for (size_t i = 0; !is_good && n < SURVEY_SEEDS && i < s->seed_count; i++)
		if (i == 0 || i + 1 == s->seed_count)
			next[n++] = trailer_compute(raw->line, s->seeds[i]);
	memcpy(s->seeds, next, n * sizeof(*next));
	s->seed_count = n;
}

static bool
holds(const struct survey *s, struct raw *raw)
{
	raw->has_trailer = trailer_parse(raw->line, &raw->t);
	for (size_t i = 0; raw->has_trailer && i < s->seed_count; i++)
		if (trailer_holds(raw->line, raw->t.sum, s->seeds[i]))
			return true;
	return false;
}

/*
 * Is the line's beginning a whole line, whose newline was changed? Then raw is that, and reading goes on behind the wrong
 * newline.
 */
static bool
split(struct survey *s, struct raw *raw)
{
	struct raw head = *raw;
	const char *from = raw->line.p, *end = from + raw->line.n;
	ptrdiff_t at;

	while ((at = span_find(span_of(from, (size_t)(end - from)), SPAN(",\"$sum\":\""))) >= 0) {
		const char *stop = from + at + TRAILER_SUM_BYTES;

		if (stop >= end)
			return false;
		head.line = span_of(raw->line.p, (size_t)(stop - raw->line.p));
		if (holds(s, &head))
			break;
		from += at + 1;
	}
	if (at < 0)
		return false;
	s->lines.next = (size_t)(raw->offset + (int64_t)head.line.n + 1 - s->lines.at);
	*raw = head;
	return true;
}

/*
 * Is it the first line of a sealed frame, where lines before it are missing and nobody knows the sum it rests on? The
 * frame's own checksum says that it is as it was.
 */
static bool
begins_frame(const struct survey *s, const struct raw *raw)
{
	struct sealed *f = s->file.sealed;

	return f && sealed_count(f) && (sealed_is_rescued(f) || s->seed_count == 0) &&
	       raw->has_newline && raw->has_trailer && raw->t.pos >= s->pos &&
	       sealed_frame(f, sealed_at(f, raw->offset)).text_at == raw->offset;
}

/* What follows the durable mark, and does not hold, is no part of the log. */
static bool
is_after_mark(const struct survey *s, int64_t offset)
{
	int64_t segment = s->list.items[s->index].first;

	return s->mark.pos >= 0 && (segment > s->mark.segment || (segment == s->mark.segment &&
									 offset >= s->mark.offset));
}

/* A line that holds: the item, and in s->bad what is wrong with its place among the others. */
static void
accept(struct survey *s, const struct raw *raw, struct survey_item *out)
{
	const struct trailer *t = &raw->t;
	int64_t segment = s->list.items[s->index].first;
	bool goes_on = s->batch_at < s->batch_count;
	int64_t end = raw->offset + (int64_t)raw->line.n + 1;

	if (s->has_bad)
		s->bad.lost += MAX(t->pos - s->pos, 0);
	else if (t->pos != s->pos)
		note_bad(s, raw->offset, raw->offset, "position is not the next one");
	else if (s->batch_count &&
		 (goes_on ? t->batch_at != s->batch_at + 1 || t->batch_count != s->batch_count
			  : t->batch_at != 1))
		note_bad(s, raw->offset, raw->offset, "batch is not whole");
	*out = (struct survey_item){.kind = SURVEY_LINE,
		.segment = segment,
		.is_sealed = s->file.sealed,
		.offset = raw->offset,
		.line_no = s->line_no,
		.bytes = end - raw->offset,
		.pos = t->pos,
		.line = raw->line,
		.t = *t};
	s->pos = t->pos + 1;
	s->batch_at = t->batch_at;
	s->batch_count = t->batch_count;
	if (t->batch_at == t->batch_count)
		s->end = (struct place){
			.pos = s->pos, .segment = segment, .offset = end, .sum = t->sum};
}

/* One line of the open segment: 1 and an item, 0 none yet. */
static int
take(struct survey *s, struct raw *raw, struct survey_item *out)
{
	int64_t end = raw->offset + (int64_t)raw->line.n + raw->has_newline;
	bool is_good = raw->has_newline && holds(s, raw), is_split = false;

	if (!is_good && !is_after_mark(s, raw->offset) && split(s, raw)) {
		is_good = is_split = true;
		end = raw->offset + (int64_t)raw->line.n + 1;
	}
	if (!is_good && begins_frame(s, raw)) {
		is_good = true;
		note_bad(s, raw->offset, raw->offset, "lines before it are missing");
		s->batch_at = s->batch_count = 0;
	}
	if (is_good)
		accept(s, raw, &s->stash);
	note_seeds(s, raw, is_good);
	if (!is_good) {
		note_bad(s, raw->offset, end,
			!raw->has_newline  ? "line is cut short"
			: raw->has_trailer ? "sum is wrong"
					   : "line has no trailer");
		s->batch_at = s->batch_count = 0;
		s->line_no++;
		return 0;
	}
	s->has_stash = true;
	if (s->has_bad) {
		*out = s->bad;
		s->has_bad = false;
		s->is_damaged = true;
	} else {
		*out = s->stash;
		s->has_stash = false;
	}
	if (is_split)
		note_bad(s, raw->offset, end, "newline is wrong");
	else
		s->line_no++;
	return 1;
}

static bool
tell_bad(struct survey *s, struct survey_item *out)
{
	if (!s->has_bad)
		return false;
	*out = s->bad;
	s->has_bad = false;
	s->is_damaged = s->is_tail_told = true;
	return true;
}

/* Half a line, or half a batch: what a write leaves that was cut short. */
static bool
is_torn(const struct survey *s, const struct raw *raw)
{
	uint64_t sum;

	return !s->has_bad && !raw->has_newline && raw->line.n > 0 &&
	       !trailer_sum(span_of(raw->line.p, raw->line.n - 1), &sum);
}

/* After the last line of the last segment; from at on there is nothing whole. */
static int
finish(struct survey *s, int64_t at, struct survey_item *out)
{
	s->is_over = true;
	s->unfinished = s->size - s->end.offset;
	if (tell_bad(s, out))
		return 1;
	if (s->mark.pos > s->end.pos && !s->is_tail_told && s->list.count) {
		note_bad(s, at, at, "lines before the durable mark are missing");
		s->bad.lost = s->mark.pos - s->end.pos;
		return tell_bad(s, out);
	}
	return 0;
}

/* A frame of a sealed segment, the one at this byte of the text, cannot be read: reads on up to it. */
static void
go_to_frame(struct survey *s, int64_t at, int64_t byte)
{
	struct sealed *sealed = s->file.sealed;

	s->frame = sealed_count(sealed) ? (int64_t)sealed_at(sealed, MAX(byte, at)) : 0;
	segment_lines_start(
		&s->lines, &s->file, at, MAX(at, sealed_frame(sealed, (size_t)s->frame).text_at));
}

/* Goes on after the frame that cannot be read; the notes know what its lines would have led to. */
static void
skip_frame(struct survey *s)
{
	struct sealed *sealed = s->file.sealed;
	size_t i = (size_t)s->frame;
	struct framemap_frame f = sealed_frame(sealed, i);
	int64_t end = f.text_at + (int64_t)f.text_bytes;
	const struct note_frame *note;
	struct err ignored;

	note_bad(s, f.text_at, end, "its zstd frame is damaged");
	s->batch_at = s->batch_count = 0;
	s->frame = -1;
	note = sealed_note(sealed, i, &ignored);
	s->line_no += note ? note->lines : 0;
	s->seed_count = 1;
	if (i + 1 == sealed_count(sealed))
		s->seeds[0] = sealed_whole(sealed)->ends;
	else if ((note = sealed_note(sealed, i + 1, &ignored)))
		s->seeds[0] = note->sum;
	else
		s->seed_count = 0;
	segment_lines_start(&s->lines, &s->file, end, s->size);
}

/* The next line that is there, right or wrong: 1, 0 the segment has no more, -1. */
static int
next_raw(struct survey *s, struct raw *raw, struct err *err)
{
	int64_t at;
	int r;

	for (;;) {
		r = segment_lines_next(&s->lines, &raw->line, &raw->offset, &raw->has_newline, err);
		if (r > 0)
			return 1;
		if (r < 0 && err->kind != ERR_DAMAGE)
			return -1;
		at = s->lines.at + (int64_t)s->lines.next;
		if (r == 0 && s->frame < 0)
			return 0;
		if (r < 0 && s->file.sealed && s->frame < 0) {
			go_to_frame(s, at, err->byte);
			continue;
		}
		if (r < 0)
			break;
		skip_frame(s);
	}
	note_bad(s, at, s->size, "it cannot be read");
	s->frame = -1;
	s->batch_at = s->batch_count = 0;
	return 0;
}

/* Segments that a backup has taken, which was broken off before it moved the front to them. */
static bool
is_beyond(const struct survey *s)
{
	return s->is_bound && s->index > 0 && !s->has_bad && s->mark.pos >= 0 &&
	       s->pos >= s->mark.pos && s->list.items[s->index].first > s->pos;
}

/* The log ends before them. */
static int
pass_over(struct survey *s, struct err *err)
{
	s->is_over = true;
	for (; s->index < s->list.count; s->index++) {
		int64_t size;

		if (segfile_open(&s->file, s->root, s->list.items[s->index].first, DISK_READ, err))
			return err->kind == ERR_DAMAGE ? 0 : -1;
		size = segfile_size(&s->file, err);
		segfile_close(&s->file);
		if (size < 0)
			return -1;
		s->unfinished += size;
	}
	return 0;
}

/* There is no segment at all: 1 when there were lines. */
static int
tell_nothing(struct survey *s, struct survey_item *out)
{
	s->is_over = true;
	*out = (struct survey_item){.kind = SURVEY_DAMAGE,
		.segment = s->pos,
		.line_no = 1,
		.pos = s->pos,
		.lost = s->mark.pos - s->pos,
		.what = "lines before the durable mark are missing"};
	return out->lost > 0;
}

int
survey_next(struct survey *s, struct survey_item *out, struct err *err)
{
	struct raw raw;
	int r;

	if (s->has_stash) {
		*out = s->stash;
		s->has_stash = false;
		return 1;
	}
	while (s->index < s->list.count && !s->is_over) {
		if (!s->is_open && is_beyond(s))
			return pass_over(s, err);
		if (!s->is_open && open_segment(s, err))
			return -1;
		r = next_raw(s, &raw, err);
		if (r < 0)
			return -1;
		if (r && is_last(s) && is_torn(s, &raw))
			r = 0;
		if (r && !take(s, &raw, out)) {
			if (!is_after_mark(s, s->bad.offset))
				continue;
			s->has_bad = false;
			r = 0;
		} else if (r) {
			return 1;
		}
		if (is_last(s))
			return finish(s, raw.offset, out);
		close_segment(s);
		s->bad.lost += MAX(s->list.items[s->index].first - s->pos, 0);
		if (tell_bad(s, out))
			return 1;
	}
	return s->list.count == 0 && !s->is_over ? tell_nothing(s, out) : 0;
}
