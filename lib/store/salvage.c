/* salvage: a survey's lines, written once more. */
#include "store/salvage.h"

#include "base/table.h"
#include "base/when.h"
#include "store/settings.h"
#include "store/trove.h"

#define WRITE_BYTES ((size_t)1 << 20)
#define BATCH_MAX ((size_t)2 << 30)

/* A line that waits for the rest of its batch; its bytes are in salvager.kept. */
struct waiting {
	struct survey_item item;
	size_t at, n; /* the stored line */
};

struct stream {
	int64_t ver;
	int64_t before, old_before; /* of its settings, the last ones: here, in the damaged store */
};

struct salvager {
	struct salvage_result *out;
	const struct salvage_conf *conf;
	struct root *from;
	struct replica *to;
	struct table streams; /* name -> struct stream */
	struct buf name, event;
	struct buf kept;
	struct waiting *batch;
	size_t count, cap;
	/* the segment that is being written */
	struct buf lines;
	int64_t first, written; /* its name; bytes of it that are in the file */
	uint64_t sum;
	char rec[WHEN_MAX];
	int64_t rec_ms;
};

static void
tell(struct salvager *s, const struct survey_item *item)
{
	s->out->damages++;
	s->out->lost += item->lost;
	if (s->conf->damage)
		s->conf->damage(s->conf->ctx, item);
}

/* The batch has lost a line: what there is of it is lost as well. */
static void
drop_batch(struct salvager *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct survey_item item = s->batch[i].item;

		item.kind = SURVEY_DAMAGE;
		item.what = "its batch is not whole";
		item.lost = 1;
		tell(s, &item);
	}
	s->count = 0;
	buf_clear(&s->kept);
}

/* --- the new log ------------------------------------------------------------------------------- */

static int
flush(struct salvager *s, struct err *err)
{
	if (s->to->fd < 0 && replica_begin(s->to, err))
		return -1;
	if (replica_add(s->to, buf_view(&s->lines), s->written, err))
		return -1;
	s->written += (int64_t)s->lines.n;
	buf_clear(&s->lines);
	return 0;
}

static int
end_segment(struct salvager *s, struct err *err)
{
	char name[SEGFILE_NAME_MAX];

	snprintf(name, sizeof(name), SEGFILE_PLAIN, (long long)s->first);
	if (flush(s, err) || replica_end(s->to, name, err))
		return -1;
	s->first = s->out->events;
	s->written = 0;
	return 0;
}

/* Recording times never go back; one that cannot be read is that of the line before. */
static struct span
rec_of(struct salvager *s, struct span rec)
{
	int64_t ms;

	if (when_parse(rec, &ms) == 0 && ms >= s->rec_ms && rec.n < sizeof(s->rec)) {
		memcpy(s->rec, rec.p, rec.n);
		s->rec[rec.n] = '\0';
		s->rec_ms = ms;
	}
	return span_str(s->rec);
}

/*
 * The event of a line, in s->name. Settings that hide versions before one are made to hide the same events here, when some
 * of the stream are lost.
 */
static void
put_event(struct salvager *s, struct span body, struct span stream)
{
	struct settings settings;
	struct stream *of;
	struct span name;
	struct err none;
	bool is_new;

	buf_clear(&s->event);
	if (settings_is_of(stream) && settings_parse(body, &settings, &none) == 0 &&
		settings.before) {
		name = span_of(stream.p + sizeof(SETTINGS_PREFIX) - 1,
			stream.n - sizeof(SETTINGS_PREFIX) + 1);
		of = table_put(&s->streams, name, &is_new);
		if (settings.before != of->old_before) {
			of->old_before = settings.before;
			of->before = MIN(settings.before, of->ver + 1);
		}
		if (of->before != settings.before) {
			settings.before = of->before;
			settings_put(&s->event, name, &settings, s->rec_ms);
			return;
		}
	}
	buf_span(&s->event, body);
	buf_putc(&s->event, '}');
}

static int
put_line(struct salvager *s, const struct waiting *w, struct err *err)
{
	char *line = s->kept.p + w->at;
	struct trailer t = w->item.t, old;
	struct stream *stream;
	struct span name;
	size_t before = s->lines.n;
	bool is_new;

	trailer_parse(span_of(line, w->n), &old);
	name = trailer_stream(&old, &s->name);
	stream = table_put(&s->streams, name, &is_new);
	if (s->conf->max_streams && s->streams.count > s->conf->max_streams)
		return err_set(err, ERR_SYSTEM, "limit", -1, "more streams than --max-keys %llu",
			(unsigned long long)s->conf->max_streams);
	t.pos = s->out->events;
	t.ver = ++stream->ver;
	s->out->streams += t.ver == 1;
	t.stream = old.stream;
	t.rec = rec_of(s, old.rec);
	put_event(s, span_of(line, old.at), name);
	s->sum = trailer_put(&s->lines, buf_view(&s->event), &t, s->sum);
	if (s->lines.over || s->event.over)
		return err_set(err, ERR_SYSTEM, "limit", -1, "a batch is over 2 GiB");
	s->out->events++;
	s->out->bytes += (int64_t)(s->lines.n - before);
	return 0;
}

static int
put_batch(struct salvager *s, struct err *err)
{
	if (s->written + (int64_t)s->lines.n >= s->from->roll_bytes && end_segment(s, err))
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (put_line(s, &s->batch[i], err))
			return -1;
	s->count = 0;
	buf_clear(&s->kept);
	return s->lines.n >= WRITE_BYTES ? flush(s, err) : 0;
}

/* --- the old log ------------------------------------------------------------------------------- */

static int
take_line(struct salvager *s, const struct survey_item *item, struct err *err)
{
	const struct trailer *t = &item->t;
	const struct survey_item *last = s->count ? &s->batch[s->count - 1].item : NULL;

	if (last && (t->batch_at != last->t.batch_at + 1 || t->batch_count != last->t.batch_count ||
			    item->pos != last->pos + 1))
		drop_batch(s);
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->batch = alloc_resize(s->batch, s->cap * sizeof(*s->batch));
	}
	s->batch[s->count++] = (struct waiting){*item, s->kept.n, item->line.n};
	buf_span(&s->kept, item->line);
	if (s->kept.over)
		return err_set(err, ERR_SYSTEM, "limit", -1, "a batch is over 2 GiB");
	if (t->batch_at != t->batch_count)
		return 0;
	if (s->batch[0].item.t.batch_at == 1)
		return put_batch(s, err);
	drop_batch(s);
	return 0;
}

static int
run(struct salvager *s, struct survey *survey, struct err *err)
{
	struct survey_item item;
	int r;

	while ((r = survey_next(survey, &item, err)) == 1) {
		if (item.kind == SURVEY_LINE) {
			if (take_line(s, &item, err))
				return -1;
			continue;
		}
		drop_batch(s);
		tell(s, &item);
	}
	if (r < 0)
		return -1;
	s->out->unfinished = survey->unfinished;
	return s->lines.n || s->written ? end_segment(s, err) : 0;
}

/* --- the new store ----------------------------------------------------------------------------- */

int
salvage_to(struct salvage_result *out, struct root *from, struct replica *to,
	const struct salvage_conf *conf, struct err *err)
{
	struct salvager s = {.out = out, .conf = conf, .from = from, .to = to, .rec_ms = INT64_MIN};
	struct survey survey;
	struct buf format;
	int r = -1;

	*out = (struct salvage_result){0};
	if (to->is_store)
		return err_usage(err, "'%s' is a store already", to->path);
	if (replica_dir(to, "seg", err) || trove_clear(to, "seg", err) ||
		survey_init(&survey, from, NULL, err))
		return -1;
	table_init(&s.streams, sizeof(struct stream));
	buf_init(&s.name, TRAILER_MAX);
	buf_init(&s.event, SEGMENT_LINE_MAX + 1);
	buf_init(&s.kept, BATCH_MAX);
	buf_init(&s.lines, BATCH_MAX);
	buf_init(&format, ROOT_FORMAT_MAX);
	s.sum = root_format_put(&format, from->roll_bytes);
	snprintf(s.rec, sizeof(s.rec), "1970-01-01T00:00:00Z");
	if (run(&s, &survey, err) == 0)
		r = replica_put(to, "FORMAT", buf_view(&format), err);
	survey_release(&survey);
	table_release(&s.streams);
	buf_release(&s.name);
	buf_release(&s.event);
	buf_release(&s.kept);
	buf_release(&s.lines);
	buf_release(&format);
	alloc_free(s.batch);
	return r;
}

int
salvage(struct salvage_result *out, struct root *from, const char *dir,
	const struct salvage_conf *conf, struct err *err)
{
	struct replica to;
	int r;

	if (replica_open(&to, dir, root_dir_mode(from), err))
		return -1;
	r = salvage_to(out, from, &to, conf, err);
	replica_close(&to);
	return r;
}
