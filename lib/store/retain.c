/* retain: what goes, in which order. */
#include "store/retain.h"

#include "base/num.h"
#include "store/bury.h"
#include "store/front.h"
#include "store/govern.h"
#include "store/sealer.h"
#include "store/trove.h"

#include <errno.h>

#define DIGITS 20

struct retain {
	struct retain_result *out;
	const struct retain_conf *conf;
	struct root *root;
	struct log log;
	struct segment_list list;
	struct place first, to; /* of the log; of what is left */
};

static int
failed(struct retain *t, const char *what, const char *name, struct err *err)
{
	return err_system(err, "cannot %s '%s/%s'", what, t->root->path, name);
}

static void
name_of(char out[SEGFILE_NAME_MAX], int64_t first, bool is_sealed)
{
	if (is_sealed)
		snprintf(out, SEGFILE_NAME_MAX, SEGFILE_SEALED, (long long)first);
	else
		snprintf(out, SEGFILE_NAME_MAX, SEGFILE_PLAIN, (long long)first);
}

/* --- what goes --------------------------------------------------------------------------------- */

/* Bytes of a segment's files. */
static int64_t
bytes_of(struct retain *t, const struct segment *s)
{
	char name[SEGFILE_NAME_MAX];
	int64_t bytes = 0, n;

	for (int form = 0; form < 2; form++) {
		if (!(form ? s->is_sealed : s->is_plain))
			continue;
		name_of(name, s->first, form);
		n = disk_size(&t->root->disk, name);
		bytes += MAX(n, 0);
	}
	return bytes;
}

/* t->to: where the log is to begin. */
static int
choose(struct retain *t, struct err *err)
{
	const struct retain_conf *c = t->conf;
	int64_t left = (int64_t)t->list.count, bytes = 0;

	t->to = t->first;
	for (size_t i = 0; i < t->list.count; i++)
		bytes += bytes_of(t, &t->list.items[i]);
	for (size_t i = 0; i + 1 < t->list.count; i++, left--) {
		const struct segment *s = &t->list.items[i];
		int64_t ms = 0, n = bytes_of(t, s);
		struct place end;

		if (s[1].first > t->log.tail.pos || segment_end(t->root, s->first, &ms, &end, err))
			return s[1].first > t->log.tail.pos ? 0 : -1;
		if (!(ms < c->before_ms) && !(c->keep_segments >= 0 && left > c->keep_segments) &&
			!(c->max_bytes >= 0 && bytes > c->max_bytes))
			return 0;
		bytes -= n;
		t->out->segments++;
		t->out->bytes += n;
		t->to = end;
	}
	return 0;
}

/* --- remembering ------------------------------------------------------------------------------- */

/* Settings whose last event goes are stored again; nobody has changed them since, or they need not be. */
static int
keep_settings(struct retain *t, struct bury *b, struct err *err)
{
	struct bury_stream *s;
	struct settings settings;
	size_t at = 0;
	int64_t ver;

	while ((s = table_next(&b->streams, &at))) {
		struct span name = table_key(s), stream;

		if (!settings_is_of(name))
			continue;
		stream = span_of(
			name.p + sizeof(SETTINGS_PREFIX) - 1, name.n - sizeof(SETTINGS_PREFIX) + 1);
		if (log_version(&t->log, name, &ver, err))
			return -1;
		if (ver != s->ver)
			continue;
		if (govern_read(&t->log, stream, &settings, err) < 0 ||
			govern_put(&t->log, stream, &settings, err))
			return -1;
	}
	return 0;
}

static int
remember(struct retain *t, struct err *err)
{
	struct bury b;
	int r = -1;

	bury_open(&b, t->root, t->conf->max_streams);
	if (bury_lines(&b, &t->first, &t->to, err) == 0 && log_begin(&t->log, err) == 0 &&
		index_retire(&t->log.index, t->to.pos, err) == 0 &&
		keep_settings(t, &b, err) == 0 && log_commit(&t->log, err) == 0 &&
		log_begin(&t->log, err) == 0 &&
		/* Whoever could not read the index meanwhile has made it anew, and not durable. */
		index_retire(&t->log.index, t->to.pos, err) == 0)
		r = bury_commit(&b, err);
	bury_close(&b);
	return r;
}

/* --- removing ---------------------------------------------------------------------------------- */

struct sweep {
	const char *dir;
	int64_t front;
	char found[320]; /* a file that is to go */
};

/* A segment before the front. */
static int
find_segment(void *ctx, const char *name)
{
	struct sweep *s = ctx;
	int64_t first;

	if (strlen(name) < DIGITS || num_i64(span_of(name, DIGITS), &first) || first < 0 ||
		first >= s->front)
		return 0;
	snprintf(s->found, sizeof(s->found), "%s/%.255s", s->dir, name);
	return 1;
}

/* Prints of lines that were not retired after all. */
static int
find_prints(void *ctx, const char *name)
{
	struct sweep *s = ctx;
	int64_t last;

	if (strlen(name) != 2 * DIGITS + 8 || strcmp(name + 2 * DIGITS + 1, ".prints") != 0 ||
		num_i64(span_of(name + DIGITS + 1, DIGITS), &last) || last < s->front)
		return 0;
	snprintf(s->found, sizeof(s->found), "%s/%.255s", s->dir, name);
	return 1;
}

/* Removes what fn finds, one after the other. A directory that is not there has nothing. */
static int
sweep(struct retain *t, const char *dir, disk_list_fn *fn, struct err *err)
{
	struct sweep s = {.dir = dir, .front = t->to.pos};
	struct disk *d = &t->root->disk;
	bool is_changed = false;
	int r;

	while ((r = d->calls->list(d, dir, fn, &s)) == 1) {
		is_changed = true;
		if (d->calls->unlink(d, s.found) && errno != ENOENT)
			return failed(t, "remove", s.found, err);
	}
	if (r < 0 && errno != ENOENT)
		return failed(t, "list", dir, err);
	return is_changed && d->calls->fsync_dir(d, dir) ? failed(t, "sync", dir, err) : 0;
}

/* Files that are of no more use, of this time or of one that was killed. */
static int
clean(struct retain *t, struct err *err)
{
	return sweep(t, "seg", find_segment, err) || sweep(t, "retired", find_prints, err) ? -1 : 0;
}

/* The account by which the log begins here may be of one who was killed before it was durable. */
static int
secure(struct retain *t, struct err *err)
{
	struct disk *d = &t->root->disk;

	if (t->first.pos == 0 || d->calls->fsync_dir(d, "retired") == 0)
		return 0;
	return failed(t, "sync", "retired", err);
}

static int
run(struct retain *t, struct err *err)
{
	int64_t before;

	if (segment_list_read(&t->list, t->root, err) || front_read(t->root, &t->first, err))
		return -1;
	before = t->first.pos;
	t->to = t->first;
	if (secure(t, err) || clean(t, err) || choose(t, err))
		return -1;
	if (t->to.pos > before && (remember(t, err) || clean(t, err)))
		return -1;
	t->out->events = t->to.pos - before;
	t->out->first = t->to.pos;
	return 0;
}

int
retain(struct retain_result *out, struct root *root, const struct retain_conf *conf,
	struct err *err)
{
	struct retain t = {.out = out, .conf = conf, .root = root};
	struct log_conf log_conf = {.lock_ms = conf->lock_ms, .lost = conf->lost, .ctx = conf->ctx};
	struct sealer sealer;
	int r = -1;

	*out = (struct retain_result){0};
	r = sealer_open(&sealer, root, conf->lock_ms, err);
	if (r != 1)
		return -1;
	r = log_open(&t.log, root, &log_conf, err);
	if (r == 0) {
		r = run(&t, err);
		log_close(&t.log);
	}
	segment_list_release(&t.list);
	sealer_close(&sealer);
	return r;
}
