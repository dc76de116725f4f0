/* verify: a survey that believes nothing. */
#include "store/verify.h"

#include "base/when.h"
#include "store/head.h"

struct verifier {
	struct verify_result *out;
	const struct verify_conf *conf;
	struct survey survey;
	struct buf name;
	struct err *err; /* of the first damage */
	int64_t rec_ms;  /* of the line before */
	int64_t lost;    /* positions that are missing so far: versions may be missing as well */
	int64_t batch_events, batch_bytes; /* of a batch that is not whole yet */
};

static void
tell(struct verifier *v, const struct survey_item *item)
{
	char text[SURVEY_TEXT_MAX];

	if (v->out->damages++ == 0)
		err_set(v->err, ERR_DAMAGE, "damage", item->offset, "%s", survey_text(item, text));
	if (v->conf->damage)
		v->conf->damage(v->conf->ctx, item);
	v->lost += item->lost;
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
check_version(struct verifier *v, const struct survey_item *line, struct err *err)
{
	struct table *streams = &v->out->streams;
	uint64_t most = v->conf->max_streams;
	struct verify_stream *s;
	bool is_new;

	s = table_put(streams, trailer_stream(&line->t, &v->name), &is_new);
	if (line->t.ver <= s->ver || line->t.ver - s->ver - 1 > v->lost)
		tell_line(v, line, "version is not the stream's next one");
	s->ver = MAX(s->ver, line->t.ver);
	if (most && streams->count > most)
		return err_set(err, ERR_SYSTEM, "limit", -1, "more streams than --max-keys %llu",
			(unsigned long long)most);
	return 0;
}

static int
check_line(struct verifier *v, const struct survey_item *line, struct err *err)
{
	struct verify_result *out = v->out;

	check_time(v, line);
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

static int
run(struct verifier *v, struct err *err)
{
	struct survey *s = &v->survey;
	struct survey_item item;
	int r;

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
	return v->batch_events && s->file.fd >= 0 ? undo(v, err) : 0;
}

int
verify(struct verify_result *out, struct root *root, const struct verify_conf *conf,
	struct err *err)
{
	struct err first;
	struct verifier v = {.out = out, .conf = conf, .rec_ms = INT64_MIN, .err = &first};
	struct place mark;
	bool has_mark;
	int r;

	*out = (struct verify_result){.sum = root->seed};
	table_init(&out->streams, sizeof(struct verify_stream));
	has_mark = head_mark(root, &mark);
	if (survey_init(&v.survey, root, has_mark ? &mark : NULL, err))
		return -1;
	buf_init(&v.name, TRAILER_MAX);
	r = run(&v, err);
	survey_release(&v.survey);
	buf_release(&v.name);
	if (r == 0 && out->damages) {
		*err = first;
		return -1;
	}
	return r;
}
