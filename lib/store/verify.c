/* verify: a scan that believes nothing. */
#include "store/verify.h"

#include "base/when.h"
#include "store/scan.h"

struct verifier {
	struct verify_result *out;
	struct scan scan;
	struct buf name;
	int64_t rec_ms; /* of the line before */
	uint64_t max_streams;
};

static int
check_line(struct verifier *v, const struct scan_line *line, struct err *err)
{
	int64_t offset = v->scan.at.offset - (int64_t)line->line.n - 1, ms;
	struct verify_stream *s;
	bool is_new;

	v->scan.at.line_no--; /* of this line, not the next */
	if (when_parse(line->t.rec, &ms) || ms < v->rec_ms)
		return scan_damage(&v->scan, offset, "recording time goes back", err);
	s = table_put(&v->out->streams, trailer_stream(&line->t, &v->name), &is_new);
	if (line->t.ver != s->ver + 1)
		return scan_damage(&v->scan, offset, "version is not the stream's next one", err);
	v->scan.at.line_no++;
	s->ver++;
	v->rec_ms = ms;
	if (v->max_streams && v->out->streams.count > v->max_streams)
		return err_set(err, ERR_SYSTEM, "limit", -1, "more streams than --max-keys %llu",
			(unsigned long long)v->max_streams);
	return 0;
}

/* After the end of the log: goes on to the line that is wrong, to name it. */
static int
check_rest(struct verifier *v, struct err *err)
{
	const struct torn *t = &v->scan.torn;
	struct scan_line line;
	int r;

	v->out->unfinished = t->size - t->end;
	if (!t->is_wrong)
		return 0;
	segment_lines_start(&v->scan.lines, &v->scan.file, t->end, t->size);
	while ((r = scan_next(&v->scan, &line, err)) == 1)
		continue;
	return r < 0 ? -1 : scan_damage(&v->scan, t->end, "batch is not whole", err);
}

static int
run(struct verifier *v, struct err *err)
{
	struct scan_line line;
	int r;

	while ((r = scan_next(&v->scan, &line, err)) == 1) {
		v->out->events++;
		v->out->bytes += (int64_t)line.line.n + 1;
		if (check_line(v, &line, err))
			return -1;
	}
	v->out->sum = v->scan.at.sum;
	return r < 0 ? -1 : check_rest(v, err);
}

int
verify(struct verify_result *out, struct root *root, uint64_t max_streams, struct err *err)
{
	struct verifier v = {.out = out, .max_streams = max_streams, .rec_ms = INT64_MIN};
	struct segment_list list = {0};
	int r;

	*out = (struct verify_result){.sum = root->seed};
	table_init(&out->streams, sizeof(struct verify_stream));
	r = segment_list_read(&list, root, err);
	if (r)
		return r;
	out->segments = (int64_t)list.count;
	buf_init(&v.name, TRAILER_MAX);
	scan_init(&v.scan, root, &list);
	r = run(&v, err);
	scan_release(&v.scan);
	buf_release(&v.name);
	segment_list_release(&list);
	return r;
}
