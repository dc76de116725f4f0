/* batch: looking identities up, and writing lines into the group. */
#include "store/batch.h"

#include "base/when.h"
#include "store/front.h"
#include "store/ids.h"
#include "store/known.h"
#include "store/settings.h"
#include "json/text.h"

enum kinship { STRANGER, SAME, OTHER_BYTES, OTHER_STREAM };

static enum kinship
compare(struct log *l, struct span line, const struct trailer *t, const struct log_event *ev)
{
	struct span name;

	if (ev->body.n - 1 != t->at || memcmp(ev->body.p, line.p, t->at) != 0)
		return span_equal(ident_of(&l->reindex.ident, span_of(line.p, t->at)), ev->identity)
			       ? OTHER_BYTES
			       : STRANGER;
	name = trailer_stream(t, &l->name);
	return span_equal(name, ev->stream) ? SAME : OTHER_STREAM;
}

static void
explain(struct log *l, const struct trailer *t, enum kinship kin, struct err *why)
{
	struct span name = trailer_stream(t, &l->name);

	err_data(why, "conflict", -1,
		"the event's identity is stored already, %s: position %lld, version %lld of stream "
		"'%.*s'",
		kin == OTHER_BYTES ? "with other bytes" : "in another stream", (long long)t->pos,
		(long long)t->ver, (int)MIN(name.n, 128), name.p);
}

/* A line is gone, and no account says that it was retired: that is damage, if it is not a matter of the moment. */
static int
miss(struct log *l, struct err *err)
{
	struct place first;
	struct err why;

	if (front_read(l->root, &first, &why) && why.kind == ERR_DAMAGE)
		*err = why;
	return -1;
}

/* The line is gone: a print of it is left. As look_in_log, but 0. */
static int
look_in_past(struct log *l, struct log_event *ev, int64_t pos, struct err *why, struct err *err)
{
	struct past_event event;
	struct hash128 print;

	if (pos >= past_end(&l->past)) {
		past_close(&l->past);
		if (past_open(&l->past, l->root, err))
			return -1;
		if (pos >= past_end(&l->past))
			return miss(l, err);
	}
	if (past_find(&l->past, pos, &event, err))
		return -1;
	print = past_print(l->root, span_of(ev->body.p, ev->body.n - 1), ev->stream);
	if (print.low != event.print.low || print.high != event.print.high) {
		err_data(why, "conflict", -1,
			"the event's identity was stored, with other bytes or in another stream: "
			"position %lld, which retention has removed",
			(long long)pos);
		return 2;
	}
	ev->pos = pos;
	ev->ver = event.ver;
	ev->is_known = true;
	return 1;
}

/* 1: stored, and the answer is in ev; 0: new; 2: a conflict; -1. */
static int
look_in_log(struct log *l, struct log_event *ev, struct err *why, struct err *err)
{
	size_t probe = 0;
	int64_t pos;
	int r;

	ev->hash = known_hash(l, ev->identity);
	while ((r = index_find(&l->index, ev->hash, &probe, &pos, err)) == 1) {
		enum kinship kin;
		struct trailer t;
		struct span line;

		if (log_line(l, pos, &line, err))
			return err->code && strcmp(err->code, "gone") == 0
				       ? look_in_past(l, ev, pos, why, err)
				       : -1;
		if (!trailer_parse(line, &t))
			return err_set(err, ERR_DAMAGE, "damage", -1,
				"the line at position %lld has no trailer", (long long)pos);
		kin = compare(l, line, &t, ev);
		if (kin == STRANGER)
			continue;
		if (kin != SAME) {
			explain(l, &t, kin, why);
			return 2;
		}
		ev->pos = t.pos;
		ev->ver = t.ver;
		ev->is_known = true;
		return 1;
	}
	return r;
}

/* Is it the same as an event before it in the batch? As look_in_log, 1 with ev->twin set. */
static int
look_in_batch(struct ids *seen, const struct log_event *events, size_t i, struct log_event *ev,
	struct err *why)
{
	size_t probe = 0;
	int64_t j;

	while ((j = ids_next(seen, ev->hash.low, &probe)) >= 0) {
		const struct log_event *other = &events[j];

		if (!span_equal(other->identity, ev->identity))
			continue;
		if (span_equal(other->body, ev->body) && span_equal(other->stream, ev->stream)) {
			ev->twin = j;
			ev->is_known = true;
			return 1;
		}
		err_data(why, "conflict", -1,
			"events %lld and %zu of the batch have one identity, but other %s",
			(long long)j + 1, i + 1,
			span_equal(other->body, ev->body) ? "streams" : "bytes");
		return 2;
	}
	ids_put(seen, ev->hash.low, (int64_t)i);
	return 0;
}

static int
look(struct log *l, struct ids *seen, struct log_event *events, size_t i, size_t n, struct err *why,
	struct err *err)
{
	struct log_event *ev = &events[i];
	int r;

	ev->is_known = ev->is_wrong = false;
	ev->twin = -1;
	r = look_in_log(l, ev, why, err);
	if (r || n == 1)
		return r;
	return look_in_batch(seen, events, i, ev, why);
}

/* How many versions of the stream are hidden by a delete. */
static int
hidden_of(struct log *l, struct span stream, int64_t *out, struct err *err)
{
	struct log_stream *s;

	if (known_stream(l, stream, &s, err))
		return -1;
	*out = s->before ? s->before - 1 : 0;
	return 0;
}

int
batch_look(struct log *l, struct decide_expect expect, struct log_event *events, size_t n,
	struct decide_facts *facts, struct err *why, struct err *err)
{
	int64_t version = decide_version(expect), again = version, hidden = 0;
	bool in_place = version >= 0, in_place_again = in_place;
	struct ids seen = {0};
	struct err more;
	int r = 0;

	*facts = (struct decide_facts){0};
	if (version == 0 && hidden_of(l, events[0].stream, &hidden, err))
		return -1;
	for (size_t i = 0; i < n && r >= 0; i++) {
		struct log_event *ev = &events[i];

		r = look(l, &seen, events, i, n, facts->conflicts ? &more : why, err);
		facts->fresh += r == 0;
		facts->known += r == 1 && ev->twin < 0;
		ev->is_wrong = r == 2 && !facts->conflicts;
		if (i == 0 && r == 1 && version == 0 && ev->ver - 1 <= hidden)
			again = ev->ver - 1; /* no stream was there, or it was deleted since */
		facts->conflicts += r == 2;
		if (r != 1 || ev->twin >= 0 || ev->ver - 1 - (int64_t)i != version)
			in_place = false;
		if (r != 1 || ev->twin >= 0 || ev->ver - 1 - (int64_t)i != again)
			in_place_again = false;
	}
	facts->in_place = in_place || in_place_again;
	ids_release(&seen);
	return r < 0 ? -1 : 0;
}

static int
put_one(struct log *l, struct log_event *ev, int64_t at, int64_t count, int64_t rec_ms,
	struct err *err)
{
	struct trailer t = {.batch_at = at, .batch_count = count, .rec = span_str(l->rec)};
	size_t before = l->group.n;
	struct index_item item = {.rec_ms = rec_ms,
		.segment = l->end.segment,
		.offset = l->end.offset,
		.id = ev->hash};
	struct log_stream *stream;

	if (!buf_room(&l->group, ev->body.n + TRAILER_MAX))
		return err_set(err, ERR_SYSTEM, "limit", -1, "a batch is over 1 GiB");
	if (known_stream(l, ev->stream, &stream, err))
		return -1;
	buf_clear(&l->name);
	text_put(&l->name, ev->stream);
	t.stream = buf_view(&l->name);
	item.pos = t.pos = ev->pos = l->end.pos++;
	item.ver = t.ver = ev->ver = ++stream->ver;
	item.stream = stream->hash;
	item.sum = l->end.sum = trailer_put(&l->group, ev->body, &t, l->end.sum);
	item.length = (uint32_t)(l->group.n - before);
	l->end.offset += item.length;
	index_add(&l->index, &item);
	known_settings(l, ev->stream);
	l->has_settings = l->has_settings || settings_is_of(ev->stream);
	return 0;
}

int
batch_put(struct log *l, struct log_event *events, size_t n, struct err *err)
{
	int64_t count = 0, at = 0, rec_ms;

	if (when_parse(span_str(l->rec), &rec_ms))
		return err_set(err, ERR_SYSTEM, "time", -1, "the clock is past the year 9999");
	for (size_t i = 0; i < n; i++)
		count += !events[i].is_known;
	for (size_t i = 0; i < n; i++) {
		struct log_event *ev = &events[i];

		if (!ev->is_known && put_one(l, ev, ++at, count, rec_ms, err))
			return -1;
		if (ev->twin >= 0) {
			ev->pos = events[ev->twin].pos;
			ev->ver = events[ev->twin].ver;
		}
	}
	return 0;
}
