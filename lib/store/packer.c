/* packer: lines gathered into frames, frames into notes, all of them into the table. */
#include "store/packer.h"

#include "base/hash.h"
#include "ext/zst.h"
#include "store/note.h"
#include "store/seekable.h"
#include "store/trailer.h"

#define PIECE ((size_t)256 << 10) /* text taken at once, and bytes given at once */
#define FRAME_TEXT ((size_t)32 << 10)
#define STEP_FRAMES 18 /* log2 of the frames after which they grow */
#define STEPS 5

struct packer {
	struct packer_conf conf;
	/* Text from the frame's first byte on. */
	struct buf text;
	size_t start;  /* of the frame */
	size_t line;   /* of the line that has not ended */
	size_t looked; /* for its end up to here */
	bool is_cut;   /* the first part of that line is in frames already */
	struct note_frame frame;
	struct note_frame notes[NOTE_FRAMES];
	size_t note_count;
	uint64_t hash; /* of the frames of the note */
	struct note_whole whole;
	/* What goes out. */
	struct zst_press *press;
	struct buf out, entries, json;
	int64_t bytes;
	struct sha256 *sha;
	/* Of the line at hand. */
	struct doc doc;
	struct arena scratch;
	struct event event;
	uint64_t sum;
	bool in_batch;
};

static void
begin_frame(struct packer *p)
{
	p->frame = (struct note_frame){
		.from_ms = NOTE_NO_TIME_FROM, .to_ms = NOTE_NO_TIME_TO, .sum = p->sum};
}

struct packer *
packer_new(const struct packer_conf *conf, struct err *err)
{
	const char *expr = conf->timing->expr ? expr_text(conf->timing->expr) : NULL;
	struct packer *p;

	if (expr && strlen(expr) > NOTE_TIME_MAX) {
		err_usage(
			err, "--time: an expression over %d bytes cannot be noted", NOTE_TIME_MAX);
		return NULL;
	}
	p = alloc_zero(sizeof(*p));
	p->conf = *conf;
	p->sum = conf->begins;
	p->whole = (struct note_whole){.from_ms = NOTE_NO_TIME_FROM,
		.to_ms = NOTE_NO_TIME_TO,
		.unit = conf->timing->unit,
		.has_expr = expr != NULL,
		.is_segment = conf->is_segment,
		.first = conf->first,
		.last = conf->first - 1,
		.begins = conf->begins};
	snprintf(p->whole.time, sizeof(p->whole.time), "%s", expr ? expr : "");
	buf_init(&p->text, MAX(conf->max_line, SEEKABLE_FRAME_MAX) + SEEKABLE_FRAME_MAX + PIECE);
	buf_init(&p->out, SEEKABLE_FRAME_MAX * 2 + NOTE_BYTES_MAX);
	buf_init(&p->entries, (size_t)SEEKABLE_FRAMES_MAX * SEEKABLE_ENTRY);
	buf_init(&p->json, NOTE_BYTES_MAX);
	p->press = zst_press_new(PACKER_LEVEL);
	p->sha = sha256_new();
	doc_init(&p->doc, DOC_KERNEL_BEST);
	arena_init(&p->scratch);
	p->event = (struct event){.doc = &p->doc, .scratch = &p->scratch};
	begin_frame(p);
	return p;
}

void
packer_free(struct packer *p)
{
	if (!p)
		return;
	buf_release(&p->text);
	buf_release(&p->out);
	buf_release(&p->entries);
	buf_release(&p->json);
	zst_press_free(p->press);
	sha256_free(p->sha);
	doc_release(&p->doc);
	arena_release(&p->scratch);
	alloc_free(p);
}

/* --- out --------------------------------------------------------------------------------------- */

static int
give(struct packer *p, size_t least, struct err *err)
{
	struct span bytes = buf_view(&p->out);

	if (bytes.n < least || bytes.n == 0)
		return 0;
	p->bytes += (int64_t)bytes.n;
	if (p->conf.put(p->conf.ctx, bytes, err))
		return -1;
	buf_clear(&p->out);
	return 0;
}

/* One skippable frame with what is in p->json. */
static int
give_note(struct packer *p, struct err *err)
{
	struct seekable_entry e = {(uint32_t)p->json.n + SEEKABLE_HEAD, 0};

	if (p->json.over)
		return err_set(
			err, ERR_SYSTEM, "limit", -1, "a note is over %zu bytes", NOTE_BYTES_MAX);
	seekable_put_skippable(&p->out, SEEKABLE_NOTE, buf_view(&p->json));
	seekable_put_entry(&p->entries, e);
	buf_clear(&p->json);
	return give(p, PIECE, err);
}

static int
give_notes(struct packer *p, struct err *err)
{
	note_put_frames(&p->json, p->notes, p->note_count, p->hash, p->conf.is_segment);
	p->note_count = 0;
	p->hash = 0;
	return give_note(p, err);
}

/* A frame of text, and what is known of it. */
static int
give_frame(struct packer *p, struct span text, const struct note_frame *note, struct err *err)
{
	size_t before = p->out.n;

	if (p->whole.frames >> STEP_FRAMES >= STEPS)
		return err_set(err, ERR_SYSTEM, "limit", -1,
			"the text is too large for one archive: it has %lld frames",
			(long long)p->whole.frames);
	if (zst_press_frame(p->press, &p->out, text, err))
		return -1;
	seekable_put_entry(&p->entries,
		(struct seekable_entry){(uint32_t)(p->out.n - before), (uint32_t)text.n});
	p->hash = hash_seeded(span_of(p->out.p + before, p->out.n - before), p->hash);
	p->notes[p->note_count++] = *note;
	p->whole.frames++;
	p->whole.from_ms = MIN(p->whole.from_ms, note->from_ms);
	p->whole.to_ms = MAX(p->whole.to_ms, note->to_ms);
	if (give(p, PIECE, err))
		return -1;
	return p->note_count == NOTE_FRAMES ? give_notes(p, err) : 0;
}

/* The frame ends at this byte of the text; a very long one as several, of which the last has the lines. */
static int
end_frame(struct packer *p, size_t end, struct err *err)
{
	struct note_frame part = p->frame;

	part.lines = 0;
	while (end - p->start > SEEKABLE_FRAME_MAX) {
		if (give_frame(p, span_of(p->text.p + p->start, SEEKABLE_FRAME_MAX), &part, err))
			return -1;
		p->start += SEEKABLE_FRAME_MAX;
	}
	if (end > p->start &&
		give_frame(p, span_of(p->text.p + p->start, end - p->start), &p->frame, err))
		return -1;
	p->start = end;
	begin_frame(p);
	return 0;
}

static size_t
frame_text(const struct packer *p)
{
	return MIN(FRAME_TEXT << (2 * (p->whole.frames >> STEP_FRAMES)), SEEKABLE_FRAME_MAX);
}

/* --- lines ------------------------------------------------------------------------------------- */

static int
damage(const struct packer *p, const char *what, struct err *err)
{
	int64_t byte = p->whole.text - (int64_t)(p->text.n - p->line);

	return err_set(err, ERR_DAMAGE, "damage", byte,
		"seg/%020lld.ndjson: line %lld, byte %lld: %s", (long long)p->conf.first,
		(long long)p->whole.lines + 1, (long long)byte, what);
}

/* A stored line of a segment: does it continue the chain? */
static int
check_line(struct packer *p, struct span line, struct err *err)
{
	struct note_whole *w = &p->whole;
	struct trailer t;

	if (!trailer_parse(line, &t))
		return damage(p, "line has no trailer", err);
	if (!trailer_holds(line, t.sum, p->sum))
		return damage(p, "sum is wrong", err);
	if (t.pos != w->last + 1)
		return damage(p, "position is not the next one", err);
	if (t.rec.n >= NOTE_REC_MAX)
		return damage(p, "line has no trailer", err);
	w->last = t.pos;
	w->ends = p->sum = t.sum;
	p->in_batch = t.batch_at != t.batch_count;
	memcpy(w->recorded_last, t.rec.p, t.rec.n);
	w->recorded_last[t.rec.n] = '\0';
	if (w->lines == 0)
		memcpy(w->recorded_first, w->recorded_last, sizeof(w->recorded_first));
	return 0;
}

static bool
read_time(struct packer *p, struct span body, int64_t *ms)
{
	struct event *ev = &p->event;
	struct err ignored;

	if (body.n > p->conf.max_line)
		return false;
	ev->line = ev->body = body;
	event_reset(ev);
	arena_reset(&p->scratch);
	return doc_parse(&p->doc, body, &ignored) == 0 &&
	       timing_ms(p->conf.timing, ev, ms, &ignored) == 0;
}

static void
note_time(struct packer *p, struct span line)
{
	struct span body = span_trim(line);
	int64_t ms;

	if (p->whole.lines == 0 && span_starts(body, SPAN("\xef\xbb\xbf")))
		body = span_of(body.p + 3, body.n - 3);
	if (!p->is_cut && body.n == 0)
		return;
	if (p->is_cut || !read_time(p, body, &ms)) {
		p->frame.untimed++;
		p->whole.untimed++;
		return;
	}
	p->frame.from_ms = MIN(p->frame.from_ms, ms);
	p->frame.to_ms = MAX(p->frame.to_ms, ms);
}

/* The line ends before this byte, its newline, if it has one, included. */
static int
end_line(struct packer *p, size_t end, bool has_newline, struct err *err)
{
	struct span line = span_of(p->text.p + p->line, end - p->line - has_newline);

	if (p->line > p->start && end - p->start > frame_text(p) && end_frame(p, p->line, err))
		return -1;
	if (p->conf.is_segment &&
		(has_newline ? check_line(p, line, err) : damage(p, "line is cut short", err)))
		return -1;
	note_time(p, line);
	p->frame.lines++;
	p->whole.lines++;
	p->is_cut = false;
	p->line = p->looked = end;
	return end - p->start >= frame_text(p) ? end_frame(p, end, err) : 0;
}

/* A line that goes on and on: its first bytes go into frames, without being read. */
static int
cut_line(struct packer *p, struct err *err)
{
	if (p->conf.is_segment)
		return damage(p, "the line is too long", err);
	if (!p->is_cut && p->line > p->start && end_frame(p, p->line, err))
		return -1;
	p->is_cut = true;
	while (p->text.n - p->start > SEEKABLE_FRAME_MAX) {
		struct note_frame part = p->frame;

		part.untimed = 1;
		if (give_frame(p, span_of(p->text.p + p->start, SEEKABLE_FRAME_MAX), &part, err))
			return -1;
		p->start += SEEKABLE_FRAME_MAX;
	}
	p->line = p->start;
	return 0;
}

/* Moves the text that is not in a frame to the front of the buffer. */
static void
compact(struct packer *p)
{
	if (p->start == 0)
		return;
	memmove(p->text.p, p->text.p + p->start, p->text.n - p->start);
	p->text.n -= p->start;
	p->line -= p->start;
	p->looked -= p->start;
	p->start = 0;
}

static int
take(struct packer *p, struct span piece, struct err *err)
{
	struct buf *t = &p->text;
	const char *nl;

	buf_span(t, piece);
	assert(!t->over);
	p->whole.text += (int64_t)piece.n;
	while ((nl = memchr(t->p + p->looked, '\n', t->n - p->looked)))
		if (end_line(p, (size_t)(nl + 1 - t->p), true, err))
			return -1;
	p->looked = t->n;
	if ((p->is_cut || t->n - p->line > p->conf.max_line) && cut_line(p, err))
		return -1;
	compact(p);
	return 0;
}

int
packer_put(struct packer *p, struct span text, struct err *err)
{
	sha256_put(p->sha, text);
	while (text.n) {
		size_t n = MIN(text.n, PIECE);

		if (take(p, span_of(text.p, n), err))
			return -1;
		text = span_of(text.p + n, text.n - n);
	}
	return 0;
}

/* --- the end ----------------------------------------------------------------------------------- */

static int
give_table(struct packer *p, struct err *err)
{
	p->whole.table = hash_bytes(buf_view(&p->entries));
	note_put_whole(&p->json, &p->whole);
	if (give_note(p, err))
		return -1;
	seekable_put_table(&p->out, buf_view(&p->entries));
	return give(p, 0, err);
}

int
packer_end(struct packer *p, struct err *err)
{
	if (p->text.n > p->line && end_line(p, p->text.n, false, err))
		return -1;
	if (p->conf.is_segment && (p->whole.lines == 0 || p->in_batch))
		return damage(p, p->in_batch ? "batch is not whole" : "it has no lines", err);
	if (end_frame(p, p->text.n, err) || (p->note_count && give_notes(p, err)))
		return -1;
	sha256_take(p->sha, p->whole.sha256);
	return give_table(p, err);
}

struct packer_counts
packer_counts(const struct packer *p)
{
	return (struct packer_counts){.text = p->whole.text,
		.bytes = p->bytes,
		.lines = p->whole.lines,
		.untimed = p->whole.untimed,
		.frames = p->whole.frames};
}
