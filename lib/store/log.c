/* log: pending groups and their commit; what is looked up is in batch.c, what is read in catchup.c. */
#include "store/log.h"

#include "base/clock.h"
#include "base/when.h"
#include "store/batch.h"
#include "store/catchup.h"

#include <errno.h>

#define GROUP_MAX ((size_t)1 << 30)

int
log_open(struct log *l, struct root *root, const struct log_conf *conf, struct err *err)
{
	struct disk *d = &root->disk;

	*l = (struct log){.root = root, .conf = *conf, .fd = -1};
	l->end = (struct scan_place){.line_no = 1, .sum = root->seed};
	table_init(&l->streams, sizeof(struct log_stream));
	ident_init(&l->ident);
	buf_init(&l->group, GROUP_MAX);
	buf_init(&l->name, TRAILER_MAX);
	buf_init(&l->line, SEGMENT_LINE_MAX);
	if (!l->conf.roll_bytes)
		l->conf.roll_bytes = LOG_ROLL_BYTES;
	l->lock_fd = d->calls->open(d, "lock", DISK_WRITE | DISK_ENSURE, root->file_mode);
	if (l->lock_fd < 0)
		err_system(err, "cannot open '%s/lock'", root->path);
	else if (log_begin(l, err) == 0 && log_commit(l, err) == 0)
		return 0;
	log_close(l);
	return -1;
}

static void
unlock(struct log *l)
{
	if (l->is_locked)
		l->root->disk.calls->unlock(&l->root->disk, l->lock_fd);
	l->is_locked = false;
}

void
log_close(struct log *l)
{
	struct disk *d = &l->root->disk;

	unlock(l);
	if (l->fd >= 0)
		d->calls->close(d, l->fd);
	if (l->lock_fd >= 0)
		d->calls->close(d, l->lock_fd);
	segment_list_release(&l->list);
	ids_release(&l->ids);
	table_release(&l->streams);
	ident_release(&l->ident);
	buf_release(&l->group);
	buf_release(&l->name);
	buf_release(&l->line);
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

int
log_begin(struct log *l, struct err *err)
{
	struct disk *d = &l->root->disk;

	if (l->is_locked)
		return 0;
	if (l->is_broken)
		return closed(err);
	if (d->calls->lock(d, l->lock_fd, DISK_EXCLUSIVE, l->conf.lock_ms)) {
		if (errno == EAGAIN)
			return err_set(err, ERR_SYSTEM, "lock", -1,
				"'%s' is locked by another writer", l->root->path);
		return err_system(err, "cannot lock '%s/lock'", l->root->path);
	}
	l->is_locked = true;
	if (catchup(l, err) == 0) {
		stamp(l);
		return 0;
	}
	l->is_loaded = false;
	l->is_broken = true;
	unlock(l);
	return -1;
}

/* The group could not be made durable: the file ends again where it did, and nothing more is written. */
static int
give_up(struct log *l, const char *what, struct err *err)
{
	struct disk *d = &l->root->disk;
	char name[SEGMENT_NAME_MAX];

	segment_name(name, "seg", l->list.items[l->end.segment].first);
	err_system(err, "cannot %s '%s/%s'", what, l->root->path, name);
	if (d->calls->ftruncate(d, l->fd, l->end.offset) == 0)
		d->calls->fdatasync(d, l->fd);
	l->is_broken = true;
	buf_clear(&l->group);
	unlock(l);
	return -1;
}

int
log_commit(struct log *l, struct err *err)
{
	struct disk *d = &l->root->disk;

	if (l->is_broken)
		return closed(err);
	if (!l->is_locked)
		return 0;
	if (l->group.n && disk_write(d, l->fd, l->group.p, l->group.n, l->end.offset))
		return give_up(l, "write", err);
	if ((l->group.n || l->is_dirty) && l->fd >= 0 && d->calls->fdatasync(d, l->fd))
		return give_up(l, "sync", err);
	l->end.offset += (int64_t)l->group.n;
	l->is_dirty = false;
	buf_clear(&l->group);
	unlock(l);
	return 0;
}

int64_t
log_version(const struct log *l, struct span stream)
{
	const struct log_stream *s = table_get(&l->streams, stream);

	return s ? s->ver : 0;
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
check_sizes(const struct log_event *events, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (events[i].body.n > LOG_EVENT_MAX)
			return err_data(err, "too-long", -1,
				"an event of %zu bytes; a store takes at most %zu",
				events[i].body.n, LOG_EVENT_MAX);
	return 0;
}

static int
refuse(enum decide_answer answer, struct decide_expect expect, struct span stream, int64_t actual,
	const struct err *why, struct err *err)
{
	char text[24];

	if (answer == DECIDE_VERSION)
		return err_set(err, ERR_VERSION, "version", -1,
			"wrong expected version: stream '%.*s' expected %s, actual %lld",
			(int)MIN(stream.n, 128), stream.p, decide_text(expect, text),
			(long long)actual);
	if (answer == DECIDE_PARTLY)
		return err_data(err, "conflict", -1,
			"some events of the batch are stored already and some are not");
	*err = *why;
	return -1;
}

int
log_append(struct log *l, struct decide_expect expect, struct log_event *events, size_t n,
	struct err *err)
{
	struct decide_facts facts;
	enum decide_answer answer;
	struct err why;
	size_t before;

	assert(n);
	if (check_sizes(events, n, err))
		return -1;
	if (expect.kind != DECIDE_ANY && one_stream(events, n, err))
		return -1;
	if (log_begin(l, err) || batch_look(l, expect, events, n, &facts, &why, err))
		return -1;
	facts.actual = log_version(l, events[0].stream);
	answer = decide(expect, facts);
	if (answer > DECIDE_KNOWN) {
		/* The answer rests on what is stored, so that must be durable first. */
		if (l->group.n == 0 && log_commit(l, err))
			return -1;
		return refuse(answer, expect, events[0].stream, facts.actual, &why, err);
	}
	before = l->group.n;
	if (batch_put(l, events, n, err) == 0)
		return 0;
	l->group.n = before;
	l->is_broken = true;
	return -1;
}

int
log_check(struct log *l, struct decide_expect expect, struct span stream, struct err *err)
{
	struct decide_facts facts = {0};

	if (log_begin(l, err) || log_commit(l, err))
		return -1;
	facts.actual = log_version(l, stream);
	if (decide(expect, facts) == DECIDE_KNOWN)
		return 0;
	return refuse(DECIDE_VERSION, expect, stream, facts.actual, NULL, err);
}
