/* sink: a table of outlets and the few of them that are open. */
#include "cli/sink.h"

#include "base/alloc.h"
#include "base/table.h"
#include "cli/outlet.h"
#include "cli/place.h"

#include <poll.h>
#include <unistd.h>

#define READER_POLL_MS 10
#define KEY_MAX ((size_t)1 << 20)

struct sink {
	struct outlet outlet;
	bool keep;
	uint64_t used; /* time of the last line, in lines */
	size_t slot;   /* in set->open */
};

struct sink_set {
	struct sink_conf conf;
	int dir;
	struct table all;
	struct sink **open; /* OPEN and WAITING */
	size_t open_count, open_cap, file_count;
	size_t full;            /* a buffer's limit now */
	size_t loose, sweep_at; /* topics not kept, and how many of them start a sweep */
	uint64_t lines, lost;
	struct buf key;
};

int
sink_new(struct sink_set **out, const struct sink_conf *conf, struct err *err)
{
	struct sink_set *set;
	int dir = -1;

	assert(conf->max_open > 0 && conf->failed);
	if (conf->dir && (dir = place_open(conf->dir, err)) < 0)
		return -1;
	set = alloc_zero(sizeof *set);
	set->conf = *conf;
	set->dir = dir;
	set->full = SINK_FULL;
	set->sweep_at = 2 * conf->max_open;
	table_init(&set->all, sizeof(struct sink));
	buf_init(&set->key, KEY_MAX);
	*out = set;
	return 0;
}

/* --- the open ones ----------------------------------------------------------------------------- */

static void
note_open(struct sink_set *set, struct sink *s)
{
	if (set->open_count == set->open_cap) {
		set->open_cap = set->open_cap ? set->open_cap * 2 : 16;
		set->open = alloc_resize(set->open, set->open_cap * sizeof(struct sink *));
	}
	s->slot = set->open_count;
	set->open[set->open_count++] = s;
	set->file_count += !s->outlet.is_pipe;
	set->full = MAX(SINK_LOW, MIN(SINK_FULL, SINK_TOTAL / set->open_count));
}

/* Closes what is open of s; the bytes that wait are gone. */
static int
shut(struct sink_set *set, struct sink *s, enum outlet_state state, struct err *err)
{
	struct sink *last = set->open[--set->open_count];

	set->open[s->slot] = last;
	last->slot = s->slot;
	set->file_count -= !s->outlet.is_pipe;
	return outlet_shut(&s->outlet, state, err);
}

static bool
is_open(const struct sink *s)
{
	return s->outlet.state == OUTLET_OPEN || s->outlet.state == OUTLET_WAITING;
}

/* The sink is out of service; what the set's owner says about that. */
static int
fail(struct sink_set *set, struct sink *s, struct err *err)
{
	struct err ignored;

	if (is_open(s))
		shut(set, s, OUTLET_DEAD, &ignored);
	s->outlet.state = OUTLET_DEAD;
	return set->conf.failed(set->conf.ctx, err);
}

/* --- writing ----------------------------------------------------------------------------------- */

/* Opens the fifo if a reader has come. */
static int
try_reader(struct sink_set *set, struct sink *s, struct err *err)
{
	return outlet_retry(&s->outlet, set->dir, err) ? fail(set, s, err) : 0;
}

/* Writes for all others that would not block. */
static int
flush_others(struct sink_set *set, const struct sink *but, struct err *err)
{
	for (size_t i = set->open_count; i-- > 0;) {
		struct sink *s;

		if (i >= set->open_count)
			continue;
		s = set->open[i];
		if (s == but)
			continue;
		if (s->outlet.state == OUTLET_WAITING && try_reader(set, s, err))
			return -1;
		if (s->outlet.state == OUTLET_OPEN && s->outlet.out.b.n &&
			outlet_has_room(&s->outlet) && writer_flush(&s->outlet.out, err) &&
			fail(set, s, err))
			return -1;
	}
	return 0;
}

/* Until the fifo has a reader, or the wait is given up. */
static int
await_reader(struct sink_set *set, struct sink *s, struct err *err)
{
	while (s->outlet.state == OUTLET_WAITING) {
		if (flush_others(set, s, err) || try_reader(set, s, err))
			return -1;
		if (s->outlet.state != OUTLET_WAITING)
			break;
		if (set->conf.stopping && set->conf.stopping(set->conf.ctx)) {
			err_set(err, ERR_SYSTEM, "fifo", -1, "%s: the fifo has no reader",
				s->outlet.name);
			return fail(set, s, err);
		}
		poll(NULL, 0, READER_POLL_MS);
	}
	return 0;
}

/* Writes out what s has, whatever it takes. */
static int
write_out(struct sink_set *set, struct sink *s, struct err *err)
{
	if (s->outlet.state == OUTLET_WAITING && await_reader(set, s, err))
		return -1;
	if (s->outlet.state != OUTLET_OPEN || !s->outlet.out.b.n)
		return 0;
	if (!outlet_has_room(&s->outlet) && flush_others(set, s, err))
		return -1;
	return writer_flush(&s->outlet.out, err) ? fail(set, s, err) : 0;
}

static int
write_and_shut(struct sink_set *set, struct sink *s, struct err *err)
{
	if (write_out(set, s, err))
		return -1;
	if (s->outlet.state == OUTLET_DEAD)
		return 0;
	return shut(set, s, OUTLET_CLOSED, err) ? fail(set, s, err) : 0;
}

/* --- opening ----------------------------------------------------------------------------------- */

static void
drop(struct sink_set *set, struct sink *s)
{
	outlet_release(&s->outlet);
	set->loose--;
	table_remove(&set->all, s);
}

/* Forgets the topics that are neither kept nor open. */
static void
sweep(struct sink_set *set)
{
	struct sink **idle = alloc_array(set->loose, sizeof(struct sink *)), *s;
	size_t n = 0;

	for (size_t at = 0; (s = table_next(&set->all, &at));)
		if (!s->keep && !is_open(s))
			idle[n++] = s;
	while (n)
		drop(set, idle[--n]);
	alloc_free(idle);
	set->sweep_at = 2 * MAX(set->conf.max_open, set->loose);
}

/* Makes room for one more file. */
static int
evict(struct sink_set *set, const struct sink *but, struct err *err)
{
	struct sink *oldest = NULL;

	for (size_t i = 0; i < set->open_count; i++) {
		struct sink *s = set->open[i];

		if (!s->outlet.is_pipe && s != but && (!oldest || s->used < oldest->used))
			oldest = s;
	}
	if (!oldest)
		return 0;
	if (write_and_shut(set, oldest, err))
		return -1;
	if (!oldest->keep && oldest->outlet.state == OUTLET_CLOSED)
		drop(set, oldest);
	return 0;
}

static int
open_sink(struct sink_set *set, struct sink *s, struct err *err)
{
	if (!s->outlet.command && set->file_count >= set->conf.max_open && evict(set, s, err))
		return -1;
	if (outlet_open(&s->outlet, set->dir, err))
		return fail(set, s, err);
	note_open(set, s);
	return 0;
}

/* The record of the key in set->key. */
static struct sink *
enter(struct sink_set *set, bool keep, bool *is_new)
{
	struct sink *s = table_put(&set->all, buf_view(&set->key), is_new);

	set->loose += *is_new && !keep;
	set->loose -= !*is_new && keep && !s->keep;
	s->keep |= keep;
	return s;
}

struct sink *
sink_topic(struct sink_set *set, struct span topic, int64_t partition, bool keep)
{
	struct sink *s;
	bool is_new;

	assert(set->dir >= 0 && topic.n);
	if (set->loose >= set->sweep_at)
		sweep(set);
	buf_clear(&set->key);
	buf_span(&set->key, topic);
	buf_putc(&set->key, '/');
	buf_put(&set->key, &partition, sizeof partition);
	s = enter(set, keep, &is_new);
	if (!is_new)
		return s;
	outlet_init_topic(&s->outlet, set->conf.dir, topic, partition);
	return s;
}

struct sink *
sink_command(struct sink_set *set, struct span command, struct span topic)
{
	struct sink *s;
	bool is_new;

	buf_clear(&set->key);
	buf_putc(&set->key, '|');
	buf_span(&set->key, topic);
	buf_putc(&set->key, '|');
	buf_span(&set->key, command);
	s = enter(set, true, &is_new);
	if (!is_new)
		return s;
	outlet_init_command(&s->outlet, command, topic);
	return s;
}

/* --- the set ----------------------------------------------------------------------------------- */

/* A line longer than a buffer leaves at once, and its memory with it. */
static int
write_through(struct sink_set *set, struct sink *s, struct err *err)
{
	size_t max = s->outlet.out.b.max;

	if (write_out(set, s, err))
		return -1;
	buf_release(&s->outlet.out.b);
	buf_init(&s->outlet.out.b, max);
	return 0;
}

int
sink_write(struct sink_set *set, struct sink *s, struct span line, struct err *err)
{
	struct buf *b = &s->outlet.out.b;

	s->used = ++set->lines;
	if (unlikely(s->outlet.state == OUTLET_CLOSED) && open_sink(set, s, err))
		return -1;
	if (unlikely(b->n + line.n + 1 > set->full) && write_out(set, s, err))
		return -1;
	if (unlikely(s->outlet.state == OUTLET_DEAD)) {
		set->lost++;
		return 0;
	}
	buf_span(b, line);
	buf_putc(b, '\n');
	return likely(b->n <= set->full) ? 0 : write_through(set, s, err);
}

int
sink_flush(struct sink_set *set, struct err *err)
{
	for (size_t i = set->open_count; i-- > 0;) {
		struct sink *s;

		if (i >= set->open_count)
			continue;
		s = set->open[i];
		if (s->outlet.state == OUTLET_WAITING && try_reader(set, s, err))
			return -1;
		if (s->outlet.state == OUTLET_OPEN && write_out(set, s, err))
			return -1;
	}
	return 0;
}

int
sink_reopen(struct sink_set *set, struct err *err)
{
	struct sink *s;

	for (size_t i = set->open_count; i-- > 0;) {
		if (i >= set->open_count || set->open[i]->outlet.is_pipe)
			continue;
		if (write_and_shut(set, set->open[i], err))
			return -1;
	}
	for (size_t at = 0; (s = table_next(&set->all, &at));)
		if (s->outlet.state == OUTLET_DEAD && !s->outlet.command)
			s->outlet.state = OUTLET_CLOSED;
	return 0;
}

/* What is left to do for one that is closed. */
static int
finish(struct sink_set *set, struct sink *s, struct err *err)
{
	if (s->outlet.command)
		return outlet_wait(&s->outlet, err) ? set->conf.failed(set->conf.ctx, err) : 0;
	if (s->outlet.state == OUTLET_CLOSED && !s->used)
		outlet_end_reader(&s->outlet, set->dir);
	return 0;
}

int
sink_end(struct sink_set *set, struct err *err)
{
	struct err other, *e = err;
	struct sink *s;
	int r = 0;

	while (set->open_count)
		if (write_and_shut(set, set->open[set->open_count - 1], e))
			r = -1, e = &other;
	for (size_t at = 0; (s = table_next(&set->all, &at));)
		if (finish(set, s, e))
			r = -1, e = &other;
	return r;
}

void
sink_free(struct sink_set *set)
{
	struct sink *s;

	if (!set)
		return;
	for (size_t at = 0; (s = table_next(&set->all, &at));)
		outlet_release(&s->outlet);
	table_release(&set->all);
	alloc_free(set->open);
	buf_release(&set->key);
	if (set->dir >= 0)
		close(set->dir);
	alloc_free(set);
}

uint64_t
sink_lost(const struct sink_set *set)
{
	return set->lost;
}

size_t
sink_open_count(const struct sink_set *set)
{
	return set->open_count;
}

bool
sink_is_waiting(const struct sink_set *set)
{
	for (size_t i = 0; i < set->open_count; i++)
		if (set->open[i]->outlet.state == OUTLET_WAITING)
			return true;
	return false;
}
