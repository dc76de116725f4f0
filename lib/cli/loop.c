/* loop: one line after another, and what happens between them. */
#include "cli/loop.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/glob.h"
#include "cli/bad.h"
#include "cli/diag.h"
#include "cli/sigs.h"
#include "io/durable.h"

#define CHECK_EVERY 1024 /* lines between looks at the clock and at memory */
#define METRICS_NS 1000000000
#define PROGRESS_NS 200000000

void
loop_metrics(struct driver *d)
{
	struct err err;
	struct buf b;

	d->tally.bytes_out = d->out.written;
	buf_init(&b, 1 << 20);
	tally_metrics(&d->tally, span_str(d->run.name), alloc_used(), &b);
	if (durable_replace(d->common.metrics, buf_view(&b), false, &err)) {
		diag_warn("%s", err.text);
		d->common.metrics = NULL; /* said once */
	}
	buf_release(&b);
}

int
loop_flush(struct driver *d, struct err *err)
{
	int64_t now;

	if (d->cmd->idle && d->cmd->idle(&d->run, d->state, err))
		return -1;
	if (writer_flush(&d->out, err)) {
		d->closed_pipe = strcmp(err->code, "epipe") == 0;
		return -1;
	}
	if (bad_flush(d, err))
		return -1;
	if (!driver_wants_metrics(d))
		return 0;
	now = clock_mono_ns();
	if (d->read_ns) {
		if (d->tally.in > d->in_told)
			tally_latency(&d->tally, now - d->read_ns);
		d->in_told = d->tally.in;
		d->read_ns = 0;
	}
	if (now >= d->metrics_ns) {
		loop_metrics(d);
		d->metrics_ns = now + METRICS_NS;
	}
	return 0;
}

static int hold(struct driver *d, struct err *err);

/* --- one line ---------------------------------------------------------------------------------- */

/* Body of the line; false when it is blank. */
static bool
set_line(struct driver *d, struct span line)
{
	d->ev.line = line;
	if (likely(line.n >= 2 && (unsigned char)line.p[0] > ' ' &&
		    (unsigned char)line.p[line.n - 1] > ' '))
		d->ev.body = line;
	else
		d->ev.body = span_trim(line);
	return d->ev.body.n > 0;
}

/* --redrive: puts what a dead letter holds in its place. */
static int
unwrap(struct driver *d, struct err *err)
{
	int r = dead_open(&d->doc, &d->scratch, &d->letter, err);

	d->has_letter = r > 0;
	if (r <= 0)
		return r;
	if (!set_line(d, d->letter.raw))
		return err_data(err, "dead", -1, "dead letter holds a blank line");
	event_reset(&d->ev);
	return doc_parse(&d->doc, d->ev.body, err);
}

static int
parse_line(struct driver *d, struct err *err)
{
	if (doc_parse(&d->doc, d->ev.body, err))
		return -1;
	if (unlikely(d->common.redrive) && unwrap(d, err))
		return -1;
	if ((d->cmd->features & CMD_OBJECTS) && doc_type(&d->doc, 0) != DOC_OBJECT)
		return err_data(err, "object", 0, "not a JSON object");
	return 0;
}

/* -t and -w: 1 selected, 0 not, -1 bad. */
static int
is_selected(struct driver *d, struct err *err)
{
	if (d->common.type) {
		struct span type = event_text(&d->ev, EVENT_TYPE);

		if (!type.p || !glob_match_list(span_str(d->common.type), type))
			return 0;
	}
	if (!d->common.where)
		return 1;
	if (d->common.time) { /* $ts is the time of --time; a line without one may still be left out here */
		struct err ignored;
		int64_t ms;

		timing_ms(&d->run.timing, &d->ev, &ms, &ignored);
	}
	return expr_test(d->common.where, &d->ev, err);
}

static enum cmd_verdict
judge(struct driver *d, struct err *err)
{
	bool selects = d->common.type || d->common.where;

	event_reset(&d->ev);
	d->has_letter = false;
	if (unlikely(d->run.raw && !selects && !d->common.redrive)) {
		d->doc.count = 0;
		return d->cmd->event ? d->cmd->event(&d->run, d->state, &d->ev, err) : CMD_PASS;
	}
	if (parse_line(d, err))
		return CMD_BAD;
	if (unlikely(selects)) {
		int r = is_selected(d, err);

		if (r <= 0)
			return r < 0 ? CMD_BAD : CMD_DROP;
	}
	return d->cmd->event ? d->cmd->event(&d->run, d->state, &d->ev, err) : CMD_PASS;
}

static int
pass_line(struct driver *d, struct err *err)
{
	struct buf *b = &d->out.b;
	struct span line = d->ev.line;

	d->tally.passed++;
	if (buf_room(b, line.n + 1)) {
		memcpy(b->p + b->n, line.p, line.n);
		b->p[b->n + line.n] = '\n';
		b->n += line.n + 1;
	}
	if (d->common.limit && d->tally.passed >= d->common.limit)
		d->ended_by_stop = true;
	return likely(b->n < WRITER_FULL) ? 0 : loop_flush(d, err);
}

/* How far the event at hand is behind the watermark; at the ends of the range, as far as can be said. */
static int64_t
lateness_ms(const struct driver *d)
{
	int64_t ms;

	if (!d->ev.has_time)
		return 0;
	return __builtin_sub_overflow(d->tally.watermark_ms, d->ev.time_ms, &ms) ? INT64_MAX : ms;
}

/* Counts the verdict and acts on it. why is also where the end of the run is reported. */
static int
act(struct driver *d, enum cmd_verdict verdict, struct err *why)
{
	struct err reason;

	switch (verdict) {
	case CMD_PASS:
		if (unlikely(d->hold_ns > d->clock_ns)) {
			int r = hold(d, why);

			if (r < 0)
				return -1;
			if (r > 0) {
				d->tally.dropped++;
				break;
			}
		}
		return pass_line(d, why);
	case CMD_USED: d->tally.used++; break;
	case CMD_DROP: d->tally.dropped++; break;
	case CMD_LATE: return bad_late(d, lateness_ms(d), why);
	case CMD_BAD: reason = *why; return bad_line(d, &reason, 0, why);
	case CMD_STOP:
		d->tally.used++;
		d->ended_by_stop = true;
		break;
	case CMD_FAIL: return -1;
	}
	return likely(d->out.b.n < WRITER_FULL) ? 0 : loop_flush(d, why);
}

static int
too_long(struct driver *d, const struct source_line *l, struct err *err)
{
	struct err why;

	d->doc.count = 0;
	event_reset(&d->ev);
	d->has_letter = false;
	err_set(&why, ERR_DATA, "too-long", -1, "line of %lld bytes is over --max-line %llu",
		(long long)l->full_length, (unsigned long long)d->common.max_line);
	return bad_line(d, &why, l->full_length, err);
}

static int
take_line(struct driver *d, const struct source_line *l, struct err *err)
{
	int r;

	if (!set_line(d, l->line))
		return 0;
	d->ev.input = l->input;
	d->ev.line_no = l->line_no;
	d->ev.offset = l->offset;
	d->tally.in++;
	d->tally.bytes_in += MAX(l->full_length, (int64_t)l->line.n) + l->ends_in_newline;
	if (unlikely(l->full_length > (int64_t)l->line.n))
		r = too_long(d, l, err);
	else
		r = act(d, judge(d, err), err);
	arena_reset(&d->scratch);
	return r;
}

/* --- between lines ----------------------------------------------------------------------------- */

static int
run_tick(struct driver *d, int64_t now, struct err *err)
{
	if (now < d->wake_ns)
		return 0;
	d->wake_ns = INT64_MAX;
	if (d->cmd->tick && d->cmd->tick(&d->run, d->state, err))
		return -1;
	arena_reset(&d->scratch);
	return 0;
}

static void
show_progress(struct driver *d, int64_t now)
{
	struct buf b;

	if (!d->common.progress || now < d->progress_ns)
		return;
	d->progress_ns = now + PROGRESS_NS;
	buf_init(&b, 4096);
	/* Against a known total count the bytes of the file, which may be compressed. */
	tally_progress(&d->tally,
		d->source->bytes_total >= 0 ? d->source->bytes_done : d->tally.bytes_in,
		d->source->bytes_total, now, &b);
	diag_raw(buf_view(&b));
	buf_release(&b);
}

/* Every CHECK_EVERY lines and after each wait. */
static int
check(struct driver *d, struct err *err)
{
	int64_t now;

	if (alloc_used() > d->common.max_memory)
		return err_set(err, ERR_SYSTEM, "memory", -1,
			"more than --max-memory %llu bytes would be needed",
			(unsigned long long)d->common.max_memory);
	if (d->wake_ns == INT64_MAX && d->grace_ns == INT64_MAX && !d->common.progress &&
		!driver_wants_metrics(d))
		return 0;
	now = clock_mono_ns();
	if (now >= d->grace_ns)
		d->source_ended = true;
	if (driver_wants_metrics(d) && !d->read_ns)
		d->read_ns = now;
	show_progress(d, now);
	return run_tick(d, now, err);
}

static int
take_signals(struct driver *d, struct err *err)
{
	unsigned flags = sigs_take();
	struct buf b;

	if (flags & SIGS_REPORT) {
		d->tally.bytes_out = d->out.written;
		buf_init(&b, 4096);
		tally_line(&d->tally, clock_mono_ns(), &b);
		diag_say("%.*s", (int)b.n, b.p);
		buf_release(&b);
	}
	if (flags & SIGS_RELOAD) {
		if (loop_flush(d, err) || bad_open(d, err))
			return -1;
		if (d->cmd->reload && d->cmd->reload(&d->run, d->state, err))
			return -1;
	}
	if (flags & SIGS_AGAIN) {
		d->source_ended = true;
	} else if (flags & SIGS_STOP) {
		if (d->source->is_pipe)
			d->grace_ns = clock_deadline_ns(d->common.grace_ms);
		else if (d->source->stop)
			d->source->stop(d->source);
		else
			d->source_ended = true;
	}
	return 0;
}

static int
timeout_ms(const struct driver *d, int64_t deadline)
{
	int64_t left;

	deadline = MIN(MIN(d->wake_ns, d->grace_ns), deadline);
	if (deadline == INT64_MAX)
		return -1;
	left = deadline - clock_mono_ns();
	return left <= 0 ? 0 : (int)MIN((left + 999999) / 1000000, 3600000);
}

/*
 * Who waits for a file or a store to grow, or for a line to be due, may wait long. Once he has written something into a pipe he
 * also learns that nobody reads it any more, and ends as at the end of his input. Where the input is a pipe it ends by itself,
 * and who writes elsewhere is not to end for stdout.
 */
static bool
minds_reader(const struct driver *d)
{
	return d->out.is_pipe && d->out.written && !d->source->is_pipe;
}

/* The program blocks here and nowhere else: until deadline, a signal, a watch or, when reads, input. */
static int
wait_for(struct driver *d, bool reads, int64_t deadline, struct err *err)
{
	struct pollfd fds[2 + 2 * DRIVER_WATCHES];
	struct driver_watch watches[DRIVER_WATCHES];
	size_t n = 2, first, watch_count = d->watch_count;

	fds[0] = (struct pollfd){.fd = sigs_fd(), .events = POLLIN};
	fds[1] = (struct pollfd){.fd = minds_reader(d) ? d->out.fd : -1};
	memcpy(watches, d->watches, sizeof(watches));
	for (size_t i = 0; i < watch_count; i++)
		fds[n++] = (struct pollfd){.fd = watches[i].fd, .events = POLLIN};
	first = n;
	if (reads && d->source->fds)
		n += d->source->fds(d->source, fds + n, ARRAY_LEN(fds) - n);
	if (poll(fds, n, timeout_ms(d, deadline)) < 0) {
		if (errno != EINTR)
			return err_system(err, "poll");
		return check(d, err);
	}
	if (fds[1].revents && !sigs_pending())
		d->source_ended = d->lost_reader = true;
	for (size_t i = 0; i < watch_count; i++)
		if (fds[2 + i].revents &&
			watches[i].fn(&d->run, watches[i].ctx, watches[i].fd, err))
			return -1;
	if (n == first + 1 && fds[first].revents && d->source->ready)
		d->source->ready(d->source);
	return check(d, err);
}

/* Until the line at hand is due. 1: the run was stopped before. */
static int
hold(struct driver *d, struct err *err)
{
	int64_t due = d->hold_ns;

	d->hold_ns = INT64_MIN;
	d->clock_ns = clock_mono_ns();
	if (due <= d->clock_ns)
		return 0;
	if (loop_flush(d, err))
		return -1;
	while (due > d->clock_ns) {
		if (sigs_pending() && take_signals(d, err))
			return -1;
		if (sigs_number() || d->source_ended) {
			d->source_ended = true;
			return 1;
		}
		if (wait_for(d, false, due, err))
			return -1;
		d->clock_ns = clock_mono_ns();
	}
	return 0;
}

int
loop_run(struct driver *d, struct err *err)
{
	struct source_line line;
	unsigned until_check = CHECK_EVERY;

	if (check(d, err))
		return -1;
	while (!d->source_ended && !d->ended_by_stop) {
		int r;

		if (unlikely(sigs_pending())) {
			if (take_signals(d, err))
				return -1;
			continue;
		}
		r = d->source->next(d->source, &line, err);
		if (likely(r == SOURCE_LINE)) {
			if (take_line(d, &line, err))
				return -1;
			if (unlikely(--until_check == 0)) {
				until_check = CHECK_EVERY;
				if (check(d, err))
					return -1;
			}
		} else if (r == SOURCE_WAIT) {
			if (loop_flush(d, err) || wait_for(d, true, d->source->deadline_ns, err))
				return -1;
		} else if (r == SOURCE_END) {
			break;
		} else {
			return -1;
		}
	}
	return 0;
}
