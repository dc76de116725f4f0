/* note: written with emit, read through doc. */
#include "store/note.h"

#include "base/hash.h"
#include "base/num.h"
#include "store/trailer.h"
#include "json/emit.h"
#include "json/find.h"
#include "json/text.h"

static const char *const units[] = {
	[TIMING_MS] = "ms", [TIMING_S] = "s", [TIMING_US] = "us", [TIMING_NS] = "ns"};

/* --- writing ----------------------------------------------------------------------------------- */

static void
put_number(struct emit *e, struct span name, int64_t v)
{
	emit_name(e, name);
	emit_i64(e, v);
}

static void
put_text(struct emit *e, struct span name, const char *text)
{
	emit_name(e, name);
	emit_string(e, span_str(text));
}

static void
put_hex(struct emit *e, uint64_t v)
{
	char hex[17];

	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)v);
	emit_string(e, span_str(hex));
}

/* Takes the closing brace off again: $sum is the last member. */
static void
put_sum(struct buf *b, size_t start)
{
	struct span text = span_of(b->p + start, b->n - 1 - start);
	uint64_t sum = hash_bytes(text);

	b->n--;
	buf_print(b, ",\"$sum\":\"%016llx\"}", (unsigned long long)sum);
}

static void
put_times(struct emit *e, const struct note_frame *frames, size_t n, struct span name, bool from)
{
	emit_name(e, name);
	emit_open(e, '[');
	for (size_t i = 0; i < n; i++) {
		if (frames[i].from_ms > frames[i].to_ms)
			emit_null(e);
		else
			emit_i64(e, from ? frames[i].from_ms : frames[i].to_ms);
	}
	emit_close(e);
}

void
note_put_frames(
	struct buf *b, const struct note_frame *frames, size_t n, uint64_t bytes, bool is_segment)
{
	size_t start = b->n;
	struct emit e;

	emit_init(&e, b);
	emit_open(&e, '{');
	put_number(&e, SPAN("frames"), (int64_t)n);
	emit_name(&e, SPAN("lines"));
	emit_open(&e, '[');
	for (size_t i = 0; i < n; i++)
		emit_i64(&e, frames[i].lines);
	emit_close(&e);
	emit_name(&e, SPAN("untimed"));
	emit_open(&e, '[');
	for (size_t i = 0; i < n; i++)
		emit_i64(&e, frames[i].untimed);
	emit_close(&e);
	put_times(&e, frames, n, SPAN("from"), true);
	put_times(&e, frames, n, SPAN("to"), false);
	if (is_segment) {
		emit_name(&e, SPAN("sums"));
		emit_open(&e, '[');
		for (size_t i = 0; i < n; i++)
			put_hex(&e, frames[i].sum);
		emit_close(&e);
	}
	emit_name(&e, SPAN("bytes"));
	put_hex(&e, bytes);
	emit_close(&e);
	put_sum(b, start);
}

static void
put_segment(struct emit *e, const struct note_whole *w)
{
	emit_name(e, SPAN("segment"));
	emit_open(e, '{');
	put_number(e, SPAN("first"), w->first);
	put_number(e, SPAN("last"), w->last);
	emit_name(e, SPAN("recorded"));
	emit_open(e, '[');
	emit_string(e, span_str(w->recorded_first));
	emit_string(e, span_str(w->recorded_last));
	emit_close(e);
	emit_name(e, SPAN("begins"));
	put_hex(e, w->begins);
	emit_name(e, SPAN("ends"));
	put_hex(e, w->ends);
	emit_close(e);
}

static void
put_whole_time(struct emit *e, struct span name, const struct note_whole *w, int64_t ms)
{
	emit_name(e, name);
	if (w->from_ms > w->to_ms)
		emit_null(e);
	else
		emit_i64(e, ms);
}

void
note_put_whole(struct buf *b, const struct note_whole *w)
{
	size_t start = b->n;
	struct emit e;

	emit_init(&e, b);
	emit_open(&e, '{');
	put_number(&e, SPAN("packed"), 1);
	put_number(&e, SPAN("text"), w->text);
	put_number(&e, SPAN("frames"), w->frames);
	put_number(&e, SPAN("lines"), w->lines);
	put_number(&e, SPAN("untimed"), w->untimed);
	emit_name(&e, SPAN("time"));
	if (w->has_expr)
		emit_string(&e, span_str(w->time));
	else
		emit_null(&e);
	put_text(&e, SPAN("unit"), units[w->unit]);
	put_whole_time(&e, SPAN("from"), w, w->from_ms);
	put_whole_time(&e, SPAN("to"), w, w->to_ms);
	put_text(&e, SPAN("sha256"), w->sha256);
	if (w->is_segment)
		put_segment(&e, w);
	emit_name(&e, SPAN("merkle"));
	emit_null(&e);
	emit_name(&e, SPAN("erased"));
	emit_open(&e, '[');
	emit_close(&e);
	emit_name(&e, SPAN("table"));
	put_hex(&e, w->table);
	emit_close(&e);
	put_sum(b, start);
}

/* --- reading ----------------------------------------------------------------------------------- */

struct reading {
	struct doc doc;
	bool is_wrong;
};

static bool
open_note(struct reading *r, struct span text)
{
	struct err ignored;
	uint64_t sum;

	*r = (struct reading){0};
	doc_init(&r->doc, DOC_KERNEL_BEST);
	return trailer_sum(text, &sum) && trailer_compute(text, 0) == sum &&
	       doc_parse(&r->doc, text, &ignored) == 0 && doc_type(&r->doc, 0) == DOC_OBJECT;
}

static int
finish(struct reading *r, bool is_right, struct err *err)
{
	is_right = is_right && !r->is_wrong;
	doc_release(&r->doc);
	return is_right ? 0
			: err_set(err, ERR_DAMAGE, "note", -1, "what it says of itself is damaged");
}

static int64_t
read_number(struct reading *r, uint32_t value, int64_t least)
{
	int64_t v = 0;

	if (doc_type(&r->doc, value) != DOC_NUMBER || num_i64(doc_span(&r->doc, value), &v) ||
		v < least)
		r->is_wrong = true;
	return v;
}

static int64_t
number_of(struct reading *r, uint32_t object, struct span name)
{
	return read_number(r, find_member(&r->doc, object, name), 0);
}

/* A time, or null: absent. */
static int64_t
read_time(struct reading *r, uint32_t value, int64_t absent)
{
	return doc_type(&r->doc, value) == DOC_NULL ? absent : read_number(r, value, INT64_MIN);
}

static uint64_t
read_hex(struct reading *r, uint32_t value)
{
	struct span raw = doc_span(&r->doc, value);
	uint64_t v = 0;

	if (raw.n != 18 || doc_type(&r->doc, value) != DOC_STRING) {
		r->is_wrong = true;
		return 0;
	}
	for (size_t i = 1; i < 17; i++) {
		const char *digit = memchr("0123456789abcdef", raw.p[i], 16);

		r->is_wrong = r->is_wrong || !digit;
		v = v << 4 | (digit ? (uint64_t)(digit - "0123456789abcdef") : 0);
	}
	return v;
}

/* A string without escapes or control bytes of at most cap - 1 bytes. */
static void
read_text(struct reading *r, uint32_t value, char *out, size_t cap)
{
	struct span raw = doc_span(&r->doc, value);
	struct buf b;

	if (doc_type(&r->doc, value) != DOC_STRING) {
		r->is_wrong = true;
		return;
	}
	buf_init(&b, 6 * cap + BUF_PAD);
	text_decode_to(&b, raw);
	if (b.over || b.n >= cap || (b.n && memchr(b.p, '\0', b.n)))
		r->is_wrong = true;
	else if (b.n)
		memcpy(out, b.p, b.n);
	if (!r->is_wrong)
		out[b.n] = '\0';
	buf_release(&b);
}

typedef void put_fn(struct reading *r, struct note_frame *f, uint32_t value);

static void
put_lines(struct reading *r, struct note_frame *f, uint32_t value)
{
	f->lines = read_number(r, value, 0);
}

static void
put_untimed(struct reading *r, struct note_frame *f, uint32_t value)
{
	f->untimed = read_number(r, value, 0);
}

static void
put_from(struct reading *r, struct note_frame *f, uint32_t value)
{
	f->from_ms = read_time(r, value, NOTE_NO_TIME_FROM);
}

static void
put_to(struct reading *r, struct note_frame *f, uint32_t value)
{
	f->to_ms = read_time(r, value, NOTE_NO_TIME_TO);
}

static void
put_frame_sum(struct reading *r, struct note_frame *f, uint32_t value)
{
	f->sum = read_hex(r, value);
}

static void
read_array(struct reading *r, struct span name, struct note_frame *frames, size_t n, put_fn *put)
{
	uint32_t array = find_member(&r->doc, 0, name);
	struct find_iter it;
	size_t i = 0;

	if (doc_type(&r->doc, array) != DOC_ARRAY) {
		r->is_wrong = true;
		return;
	}
	for (find_start(&it, &r->doc, array); find_next(&it); i++)
		if (i < n)
			put(r, &frames[i], it.value);
	r->is_wrong = r->is_wrong || i != n;
}

int
note_read_frames(struct span text, struct note_frame *frames, size_t n, uint64_t *bytes,
	bool is_segment, struct err *err)
{
	struct note_frame *read = alloc_array(n, sizeof(*read));
	struct reading r;
	bool is_open = open_note(&r, text);
	uint64_t hash = 0;

	if (is_open) {
		r.is_wrong = number_of(&r, 0, SPAN("frames")) != (int64_t)n;
		read_array(&r, SPAN("lines"), read, n, put_lines);
		read_array(&r, SPAN("untimed"), read, n, put_untimed);
		read_array(&r, SPAN("from"), read, n, put_from);
		read_array(&r, SPAN("to"), read, n, put_to);
		if (is_segment)
			read_array(&r, SPAN("sums"), read, n, put_frame_sum);
		hash = read_hex(&r, find_member(&r.doc, 0, SPAN("bytes")));
	}
	if (is_open && !r.is_wrong && n) {
		memcpy(frames, read, n * sizeof(*read));
		*bytes = hash;
	}
	alloc_free(read);
	return finish(&r, is_open, err);
}

static enum timing_unit
read_unit(struct reading *r, uint32_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (doc_type(&r->doc, value) == DOC_STRING &&
			text_equals(doc_span(&r->doc, value), span_str(units[i])))
			return (enum timing_unit)i;
	r->is_wrong = true;
	return TIMING_MS;
}

static void
read_segment(struct reading *r, uint32_t segment, struct note_whole *w)
{
	uint32_t recorded = find_member(&r->doc, segment, SPAN("recorded"));

	w->is_segment = true;
	w->first = number_of(r, segment, SPAN("first"));
	w->last = number_of(r, segment, SPAN("last"));
	read_text(r, find_item(&r->doc, recorded, 0), w->recorded_first, NOTE_REC_MAX);
	read_text(r, find_item(&r->doc, recorded, 1), w->recorded_last, NOTE_REC_MAX);
	w->begins = read_hex(r, find_member(&r->doc, segment, SPAN("begins")));
	w->ends = read_hex(r, find_member(&r->doc, segment, SPAN("ends")));
	r->is_wrong = r->is_wrong || w->last - w->first != w->lines - 1;
}

static void
read_members(struct reading *r, struct note_whole *w)
{
	const struct doc *d = &r->doc;
	uint32_t time = find_member(d, 0, SPAN("time")), segment;

	r->is_wrong = number_of(r, 0, SPAN("packed")) != 1;
	w->text = number_of(r, 0, SPAN("text"));
	w->frames = number_of(r, 0, SPAN("frames"));
	w->lines = number_of(r, 0, SPAN("lines"));
	w->untimed = number_of(r, 0, SPAN("untimed"));
	w->has_expr = doc_type(d, time) != DOC_NULL;
	if (w->has_expr)
		read_text(r, time, w->time, sizeof(w->time));
	w->unit = read_unit(r, find_member(d, 0, SPAN("unit")));
	w->from_ms = read_time(r, find_member(d, 0, SPAN("from")), NOTE_NO_TIME_FROM);
	w->to_ms = read_time(r, find_member(d, 0, SPAN("to")), NOTE_NO_TIME_TO);
	read_text(r, find_member(d, 0, SPAN("sha256")), w->sha256, sizeof(w->sha256));
	w->table = read_hex(r, find_member(d, 0, SPAN("table")));
	segment = find_member(d, 0, SPAN("segment"));
	if (segment != DOC_NONE)
		read_segment(r, segment, w);
}

int
note_read_whole(struct span text, struct note_whole *w, struct err *err)
{
	struct note_whole read = {0};
	struct reading r;
	bool is_open = open_note(&r, text);

	if (is_open)
		read_members(&r, &read);
	if (is_open && !r.is_wrong)
		*w = read;
	return finish(&r, is_open, err);
}
