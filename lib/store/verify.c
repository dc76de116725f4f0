/* verify: a survey that believes nothing. */
#include "store/verify.h"

#include "base/when.h"
#include "store/head.h"
#include "store/past.h"
#include "store/runcheck.h"
#include "store/sealed.h"

#define TRIES 16

/* First positions of segments that have damage, each once. */
struct damaged {
	int64_t *items;
	size_t count, cap;
};

struct verifier {
	struct damaged damaged;
	struct verify_result *out;
	const struct verify_conf *conf;
	struct survey survey;
	struct runcheck index;
	struct buf name;
	struct err *err; /* of the first damage */
	int64_t rec_ms;  /* of the line before */
	int64_t lost;    /* positions that are missing so far: versions may be missing as well */
	int64_t batch_events, batch_bytes; /* of a batch that is not whole yet */
};

/* Segments come in order, but for those that are looked at once more. */
static void
note_segment(struct verifier *v, int64_t first)
{
	struct damaged *d = &v->damaged;

	if (d->count && d->items[d->count - 1] >= first)
		return;
	if (d->count == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 16;
		d->items = alloc_resize(d->items, d->cap * sizeof(*d->items));
	}
	d->items[d->count++] = first;
}

static bool
is_told(const struct verifier *v, int64_t first)
{
	for (size_t i = 0; i < v->damaged.count; i++)
		if (v->damaged.items[i] == first)
			return true;
	return false;
}

static void
tell(struct verifier *v, const struct survey_item *item)
{
	char text[SURVEY_TEXT_MAX];

	if (v->out->damages++ == 0)
		err_set(v->err, ERR_DAMAGE, "damage", item->offset, "%s", survey_text(item, text));
	if (v->conf->damage)
		v->conf->damage(v->conf->ctx, item);
	note_segment(v, item->segment);
	v->lost += item->lost;
}

static void
tell_file(void *ctx, const char *name, int64_t byte, const char *what)
{
	struct verifier *v = ctx;

	if (v->out->damages++ == 0)
		err_set(v->err, ERR_DAMAGE, "damage", byte, "%s: byte %lld: %s", name,
			(long long)byte, what);
	if (v->conf->damaged_file)
		v->conf->damaged_file(v->conf->ctx, name, byte, what);
}

/* A line that holds, but is wrong among the others. */
static void
tell_line(struct verifier *v, const struct survey_item *line, const char *what)
{
	struct survey_item item = *line;

	item.kind = SURVEY_DAMAGE;
	item.what = what;
	item.lost = 0;
	tell(v, &item);
}

static void
check_time(struct verifier *v, const struct survey_item *line)
{
	int64_t ms;

	if (when_parse(line->t.rec, &ms))
		tell_line(v, line, "recording time is none");
	else if (ms < v->rec_ms)
		tell_line(v, line, "recording time goes back");
	else
		v->rec_ms = ms;
}

static int
check_count(const struct verifier *v, struct err *err)
{
	uint64_t most = v->conf->max_streams;

	if (most && v->out->streams.count > most)
		return err_set(err, ERR_SYSTEM, "limit", -1, "more streams than --max-keys %llu",
			(unsigned long long)most);
	return 0;
}

static int
check_version(struct verifier *v, const struct survey_item *line, struct err *err)
{
	struct table *streams = &v->out->streams;
	struct verify_stream *s;
	bool is_new;

	s = table_put(streams, trailer_stream(&line->t, &v->name), &is_new);
	if (line->t.ver <= s->ver || line->t.ver - s->ver - 1 > v->lost)
		tell_line(v, line, "version is not the stream's next one");
	s->ver = MAX(s->ver, line->t.ver);
	return check_count(v, err);
}

static void
check_index(struct verifier *v, const struct survey_item *item)
{
	struct scan_line line = {
		.line = item->line, .t = item->t, .segment = item->segment, .offset = item->offset};
	char name[RUNFILE_NAME_MAX];
	const char *what;

	if (runcheck_line(&v->index, &line, name, &what))
		tell_file(v, name, 0, what);
	v->out->indexed = v->index.checked;
}

static int
check_line(struct verifier *v, const struct survey_item *line, struct err *err)
{
	struct verify_result *out = v->out;

	check_time(v, line);
	if (v->conf->with_index)
		check_index(v, line);
	if (check_version(v, line, err))
		return -1;
	v->batch_events++;
	v->batch_bytes += line->bytes;
	if (line->t.batch_at != line->t.batch_count)
		return 0;
	out->events += v->batch_events;
	out->bytes += v->batch_bytes;
	v->batch_events = v->batch_bytes = 0;
	return 0;
}

/* The lines of a batch that is not whole at the end are not of the log: takes their versions back. */
static int
undo(struct verifier *v, struct err *err)
{
	struct survey *s = &v->survey;
	struct verify_stream *stream;
	bool has_newline;
	struct trailer t;
	struct span line;
	int64_t offset;
	int r = 0;

	segment_lines_start(&s->lines, &s->file, s->end.offset, s->size);
	while (v->batch_events-- > 0 &&
		(r = segment_lines_next(&s->lines, &line, &offset, &has_newline, err)) == 1) {
		if (!trailer_parse(line, &t))
			continue;
		stream = table_get(&v->out->streams, trailer_stream(&t, &v->name));
		if (stream && --stream->ver == 0)
			table_remove(&v->out->streams, stream);
	}
	return r < 0 ? -1 : 0;
}

/* Sealed segments once more, for damage that leaves their text as it was. */
static int
check_sealed(struct verifier *v, struct err *err)
{
	const struct segment_list *list = &v->survey.list;
	struct segfile file;

	for (size_t i = 0; i < list->count; i++) {
		struct survey_item item = {.kind = SURVEY_DAMAGE,
			.is_sealed = true,
			.segment = list->items[i].first,
			.what = "it is damaged where its text is not"};
		struct err why;
		int r = 0;

		if (list->items[i].is_plain)
			continue;
		if (segfile_open_sealed(&file, v->survey.root, item.segment, &why) == 0) {
			r = sealed_check(file.sealed, &why);
			segfile_close(&file);
		}
		if (r && why.kind != ERR_DAMAGE) {
			*err = why;
			return -1;
		}
		item.offset = r ? MAX(why.byte, 0) : 0;
		if (r && !is_told(v, item.segment))
			tell(v, &item);
	}
	return 0;
}

/* Versions go on from those that retention has removed. */
static int
note_past(void *ctx, struct span name, int64_t ver, struct err *err)
{
	struct verifier *v = ctx;
	struct verify_stream *s;
	bool is_new;

	s = table_put(&v->out->streams, name, &is_new);
	s->ver = ver;
	return check_count(v, err);
}

static int
check_past(struct verifier *v, struct err *err)
{
	struct past past;
	struct err why;
	int r;

	if (past_open(&past, v->survey.root, err))
		return -1;
	/* The versions are those at the front: not what was retired since the segments were listed. */
	if (past_end(&past) != v->survey.list.front.pos)
		r = err_set(err, ERR_SYSTEM, "gone", -1, "segments were retired meanwhile");
	else
		r = past_check(&past, tell_file, v, err);
	if (r == 0)
		r = runcheck_retired(v->survey.root, past_end(&past), tell_file, v, err);
	if (r == 0 && past_streams(&past, note_past, v, &why) && why.kind != ERR_DAMAGE) {
		*err = why;
		r = -1;
	}
	past_close(&past);
	return r;
}

static int
run(struct verifier *v, struct err *err)
{
	struct survey *s = &v->survey;
	struct survey_item item;
	int r;

	if (check_past(v, err))
		return -1;
	while ((r = survey_next(s, &item, err)) == 1) {
		if (item.kind == SURVEY_LINE) {
			if (check_line(v, &item, err))
				return -1;
			continue;
		}
		tell(v, &item);
		/* What is left of a batch that was broken. */
		v->out->events += v->batch_events;
		v->out->bytes += v->batch_bytes;
		v->batch_events = v->batch_bytes = 0;
	}
	v->out->segments = s->segments;
	v->out->unfinished = s->unfinished;
	v->out->sum = s->end.sum;
	if (r < 0)
		return -1;
	if (v->batch_events && s->is_open && undo(v, err))
		return -1;
	return check_sealed(v, err);
}

/* Where the log is durable; in the boot that the mark is of, nothing after it was acknowledged. */
static bool
read_mark(struct root *root, struct place *mark, bool *is_bound)
{
	struct head h = {0};
	struct err ignored;
	int fd = head_open(root, false);

	if (fd < 0)
		return false;
	if (head_read(root, fd, &h, &ignored))
		h.mark.is_valid = false;
	root->disk.calls->close(&root->disk, fd);
	*mark = h.mark.at;
	*is_bound = root->boot && h.mark.boot == root->boot;
	return head_bounds(&h);
}

static int
verify_once(struct verify_result *out, struct root *root, const struct verify_conf *conf,
	struct err *err)
{
	struct err first;
	struct verifier v = {.out = out, .conf = conf, .rec_ms = INT64_MIN, .err = &first};
	struct place mark;
	bool has_mark, is_bound = false;
	int r;

	*out = (struct verify_result){.sum = root->seed};
	table_init(&out->streams, sizeof(struct verify_stream));
	has_mark = read_mark(root, &mark, &is_bound);
	if (conf->with_index && runcheck_init(&v.index, root, err))
		return -1;
	if (survey_init(&v.survey, root, has_mark ? &mark : NULL, err)) {
		if (conf->with_index)
			runcheck_release(&v.index);
		return -1;
	}
	v.survey.is_bound = is_bound;
	buf_init(&v.name, TRAILER_MAX);
	r = run(&v, err);
	survey_release(&v.survey);
	if (conf->with_index)
		runcheck_release(&v.index);
	buf_release(&v.name);
	alloc_free(v.damaged.items);
	if (r == 0 && out->damages) {
		*err = first;
		return -1;
	}
	return r;
}

int
verify(struct verify_result *out, struct root *root, const struct verify_conf *conf,
	struct err *err)
{
	int r = verify_once(out, root, conf, err);

	/* A segment that was listed and is not there has been retired meanwhile: what is left begins later. */
	for (int i = 1; r && !out->damages && strcmp(err->code, "gone") == 0 && i < TRIES; i++) {
		table_release(&out->streams);
		r = verify_once(out, root, conf, err);
	}
	return r;
}
