/* log: pending groups and their commit; what is looked up is in batch.c, what is read in catchup.c. */
#include "store/log.h"

#include "base/clock.h"
#include "base/when.h"
#include "store/batch.h"
#include "store/catchup.h"
#include "store/known.h"

#include <errno.h>

#define GROUP_MAX ((size_t)1 << 30)

int
log_open(struct log *l, struct root *root, const struct log_conf *conf, struct err *err)
{
	*l = (struct log){
		.root = root, .conf = *conf, .file = SEGFILE_CLOSED, .other = SEGFILE_CLOSED};
	table_init(&l->streams, sizeof(struct log_stream));
	ring_init(&l->ring, root);
	reindex_init(&l->reindex, root);
	buf_init(&l->group, GROUP_MAX);
	buf_init(&l->name, TRAILER_MAX);
	buf_init(&l->line, SEGMENT_LINE_MAX);
	buf_init(&l->text, SEGMENT_LINE_MAX);
	if (commit_open(&l->commit, root, conf->lock_ms, err) == 0 && log_begin(l, err) == 0 &&
		log_commit(l, err) == 0)
		return 0;
	log_close(l);
	return -1;
}

static void
unlock(struct log *l)
{
	if (l->is_locked)
		commit_unlock(&l->commit);
	l->is_locked = false;
}

void
log_close(struct log *l)
{
	catchup_forget(l);
	unlock(l);
	commit_close(&l->commit);
	ring_close(&l->ring);
	table_release(&l->streams);
	reindex_release(&l->reindex);
	past_close(&l->past);
	buf_release(&l->group);
	buf_release(&l->name);
	buf_release(&l->line);
	buf_release(&l->text);
}

/* $rec is the wall clock, but never earlier than the line before: texts of one length compare as times. */
static void
stamp(struct log *l)
{
	int64_t now = clock_wall_ms(), last;

	if (l->rec[0] && when_parse(span_str(l->rec), &last) == 0 && last > now)
		return;
	when_put(l->rec, now);
}

static int
closed(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "store", -1,
		"nothing more is written after the store's first failure");
}

/* Nothing of the group is stored, and nothing more will be. */
static int
fail(struct log *l)
{
	l->is_broken = true;
	catchup_forget(l);
	unlock(l);
	return -1;
}

int
log_begin(struct log *l, struct err *err)
{
	if (l->is_locked)
		return 0;
	if (l->is_broken)
		return closed(err);
	if (commit_lock(&l->commit, err))
		return -1;
	l->is_locked = true;
	if (catchup(l, err))
		return fail(l);
	stamp(l);
	return 0;
}

/* The group onto the disk, not yet durable. A write that failed leaves nothing behind. */
static int
write_group(struct log *l, struct err *err)
{
	struct disk *d = &l->root->disk;

	l->commit.own = l->tail.pos;
	if (disk_write(d, l->file.fd, l->group.p, l->group.n, l->tail.offset)) {
		err_system(err, "cannot write '%s/seg/%020lld.ndjson'", l->root->path,
			(long long)l->file.first);
		d->calls->ftruncate(d, l->file.fd, l->tail.offset);
		return -1;
	}
	if (l->commit.turn.is_crowded && !l->has_settings)
		ring_put(&l->ring, &l->index.recent, &l->tail, l->end.pos);
	if (commit_publish(&l->commit, &l->end, l->epoch, err)) {
		d->calls->ftruncate(d, l->file.fd, l->tail.offset);
		return -1;
	}
	l->tail = l->end;
	l->has_settings = false;
	buf_clear(&l->group);
	return 0;
}

int
log_commit(struct log *l, struct err *err)
{
	if (l->is_broken)
		return closed(err);
	if (!l->is_locked)
		return 0;
	if (l->group.n && write_group(l, err))
		return fail(l);
	unlock(l);
	if (l->tail.pos <= l->commit.durable.pos)
		return 0;
	return commit_upto(&l->commit, &l->file, &l->tail, l->epoch, COMMIT_FREE, err) ? fail(l)
										       : 0;
}

int
log_merge(struct log *l, struct err *err)
{
	return l->has_index && !l->is_locked ? index_merge(&l->index, err) : 0;
}

int
log_version(struct log *l, struct span stream, int64_t *ver, struct err *err)
{
	struct log_stream *s;

	if (known_stream(l, stream, &s, err))
		return -1;
	*ver = s->ver;
	return 0;
}

static int
read_line(struct log *l, struct segfile *file, const struct locus *at, struct span *line,
	struct err *err)
{
	size_t length = (size_t)at->length;
	ssize_t got;

	buf_clear(&l->line);
	if (!buf_room(&l->line, length))
		return err_set(err, ERR_SYSTEM, "limit", -1, "a line is too long");
	got = segfile_read(file, l->line.p, length, at->offset, err);
	if (got < 0)
		return -1;
	if (got < (ssize_t)length || l->line.p[got - 1] != '\n')
		return err_set(err, ERR_DAMAGE, "damage", at->offset,
			"seg/%020lld.ndjson: byte %lld: line is cut short", (long long)at->segment,
			(long long)at->offset);
	*line = span_of(l->line.p, (size_t)got - 1);
	return 0;
}

int
log_line(struct log *l, int64_t pos, struct span *line, struct err *err)
{
	struct locus at;

	if (index_locate(&l->index, pos, &at, err))
		return -1;
	if (at.segment == l->file.first && at.offset >= l->tail.offset) {
		*line = span_of(l->group.p + (at.offset - l->tail.offset), (size_t)at.length - 1);
		return 0;
	}
	if (at.segment == l->file.first) {
		int r = read_line(l, &l->file, &at, line, err);

		return r && err->kind == ERR_DAMAGE && pos >= l->commit.durable.pos
			       ? commit_lost(err) /* and not yet cut back */
			       : r;
	}
	if (l->other.fd < 0 || l->other.first != at.segment) {
		segfile_close(&l->other);
		if (segfile_open(&l->other, l->root, at.segment, DISK_READ, err))
			return -1;
	}
	return read_line(l, &l->other, &at, line, err);
}

static int
one_stream(const struct log_event *events, size_t n, struct err *err)
{
	for (size_t i = 1; i < n; i++)
		if (!span_equal(events[i].stream, events[0].stream))
			return err_data(err, "stream", -1,
				"event %zu of the batch goes to another stream, '%.*s', but "
				"--expect is about one",
				i + 1, (int)MIN(events[i].stream.n, 128), events[i].stream.p);
	return 0;
}

/* What could be written but not be read again. */
static int
check_sizes(struct log_event *events, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (events[i].body.n <= LOG_EVENT_MAX)
			continue;
		events[i].is_wrong = true;
		return err_data(err, "too-long", -1,
			"an event of %zu bytes; a store takes at most %zu", events[i].body.n,
			LOG_EVENT_MAX);
	}
	return 0;
}

/* What the refusal rests on is made durable first. */
static int
refuse(struct log *l, enum decide_answer answer, struct decide_expect expect, struct span stream,
	int64_t actual, const struct err *why, struct err *err)
{
	char text[24];

	if (log_commit(l, err))
		return -1;
	if (answer == DECIDE_VERSION)
		return err_set(err, ERR_VERSION, "version", -1,
			"wrong expected version: stream '%.*s' expected %s, actual %lld",
			(int)MIN(stream.n, 128), stream.p, decide_text(expect, text),
			(long long)actual);
	*err = *why;
	return -1;
}

/* Of a batch that is stored in part the first event that is stored is the one that conflicts. */
static void
blame_stored(struct log_event *events, struct err *why)
{
	struct log_event *ev = events;

	while (!ev->is_known || ev->twin >= 0)
		ev++;
	ev->is_wrong = true;
	err_data(why, "conflict", -1,
		"the event is stored already, but others of the batch are not: position %lld, "
		"version %lld of stream '%.*s'",
		(long long)ev->pos, (long long)ev->ver, (int)MIN(ev->stream.n, 128), ev->stream.p);
}

/* No event goes to a stream that is closed for ever. 0; 1 and why; -1. */
static int
check_streams(struct log *l, struct log_event *events, size_t n, struct err *why, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct span stream = events[i].stream;
		struct log_stream *s;

		if (i && span_equal(stream, events[i - 1].stream))
			continue;
		if (known_stream(l, stream, &s, err))
			return -1;
		if (!s->is_tombstoned)
			continue;
		events[i].is_wrong = true;
		err_data(why, "tombstone", -1, "stream '%.*s' is tombstoned: it takes no events",
			(int)MIN(stream.n, 128), stream.p);
		return 1;
	}
	return 0;
}

/* The version of a stream as the expectation sees it: what is deleted is not there, but versions go on. */
static int
actual_of(struct log *l, struct decide_expect expect, struct span stream, int64_t *actual,
	struct err *err)
{
	struct log_stream *s;

	if (known_stream(l, stream, &s, err))
		return -1;
	*actual = s->ver;
	if (expect.kind != DECIDE_EXACT && (s->is_tombstoned || s->before > s->ver))
		*actual = 0;
	return 0;
}

int
log_append(struct log *l, struct decide_expect expect, struct log_event *events, size_t n,
	struct err *err)
{
	struct decide_facts facts;
	enum decide_answer answer;
	struct err why;
	int r;

	assert(n);
	if (check_sizes(events, n, err))
		return -1;
	if (expect.kind != DECIDE_ANY && one_stream(events, n, err))
		return -1;
	if (log_begin(l, err))
		return -1;
	r = check_streams(l, events, n, &why, err);
	if (r > 0)
		return refuse(l, DECIDE_CONFLICT, expect, events[0].stream, 0, &why, err);
	if (r || batch_look(l, expect, events, n, &facts, &why, err) ||
		(expect.kind != DECIDE_ANY &&
			actual_of(l, expect, events[0].stream, &facts.actual, err)))
		return fail(l);
	answer = decide(expect, facts);
	if (answer == DECIDE_PARTLY)
		blame_stored(events, &why);
	if (answer > DECIDE_KNOWN)
		return refuse(l, answer, expect, events[0].stream, facts.actual, &why, err);
	return batch_put(l, events, n, err) ? fail(l) : 0;
}

int
log_check(struct log *l, struct decide_expect expect, struct span stream, struct err *err)
{
	struct decide_facts facts = {0};

	if (log_begin(l, err))
		return -1;
	if (actual_of(l, expect, stream, &facts.actual, err))
		return fail(l);
	if (decide(expect, facts) == DECIDE_KNOWN)
		return log_commit(l, err);
	return refuse(l, DECIDE_VERSION, expect, stream, facts.actual, NULL, err);
}
