/* bad: --on-bad, --on-late, and the dead letters they write. */
#include "cli/bad.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/diag.h"
#include "io/durable.h"

static int
open_one(struct writer *w, const char *path, struct err *err)
{
	int fd;

	if (w->name) {
		if (writer_release(w, err))
			return -1;
		close(w->fd);
	}
	fd = durable_open_append(path, err);
	if (fd < 0)
		return -1;
	writer_init(w, fd, path);
	return 0;
}

int
bad_open(struct driver *d, struct err *err)
{
	if (d->common.on_bad.choice == COMMON_BAD_DIVERT &&
		open_one(&d->bad_out, d->common.on_bad.text, err))
		return -1;
	if (d->common.on_late.choice == COMMON_LATE_DIVERT &&
		open_one(&d->late_out, d->common.on_late.text, err))
		return -1;
	return 0;
}

int
bad_flush(struct driver *d, struct err *err)
{
	if (d->bad_out.name && writer_flush(&d->bad_out, err))
		return -1;
	return d->late_out.name ? writer_flush(&d->late_out, err) : 0;
}

/* The member's text where the line could be read at all. */
static struct span
known(struct driver *d, enum event_member which)
{
	return d->doc.count && !d->run.raw ? event_text(&d->ev, which) : SPAN_NONE;
}

/* Writes the line at hand as a dead letter; raw is the line before any unwrapping. */
static int
put_letter(struct driver *d, struct writer *w, const struct err *why, int64_t byte,
	int64_t full_length, struct err *err)
{
	struct dead dead = {.reason = why->text,
		.code = why->code,
		.program = d->run.name,
		.input = d->ev.input,
		.id = known(d, EVENT_ID),
		.type = known(d, EVENT_TYPE),
		.line_no = d->ev.line_no,
		.byte = byte,
		.attempts = d->has_letter ? d->letter.attempts + 1 : 1,
		.first = d->has_letter ? d->letter.first : SPAN_NONE,
		.now_ms = clock_wall_ms()};

	if (full_length > 0) {
		dead.length = full_length;
		dead.offset = d->ev.offset;
	}
	dead.parked = d->has_letter && dead.attempts > d->common.max_attempts;
	d->tally.parked += dead.parked;
	dead_put(&w->b, &dead, d->ev.line);
	return writer_end(w, err);
}

int
bad_line(struct driver *d, const struct err *why, int64_t full_length, struct err *err)
{
	int64_t byte = why->byte < 0 ? 0 : why->byte + 1 + (d->ev.body.p - d->ev.line.p);

	d->tally.bad++;
	if (d->common.on_bad.choice == COMMON_BAD_DIVERT)
		return put_letter(d, &d->bad_out, why, byte, full_length, err);
	if (d->common.on_bad.choice == COMMON_BAD_FAIL) {
		if (byte > 0)
			return err_set(err, ERR_DATA, why->code, -1,
				"%s: line %lld, byte %lld: %.400s", d->ev.input,
				(long long)d->ev.line_no, (long long)byte, why->text);
		return err_set(err, ERR_DATA, why->code, -1, "%s: line %lld: %.400s", d->ev.input,
			(long long)d->ev.line_no, why->text);
	}
	d->status = err_worse(d->status, 1);
	if (d->tally.bad <= DRIVER_REPORTS && !d->run.quiet)
		diag_at(d->ev.input, d->ev.line_no, byte, why->text);
	return 0;
}

struct cmd_spot
bad_keep(struct driver *d, struct arena *kept)
{
	const struct event *ev = &d->ev;
	struct cmd_spot spot = {.input = ev->input,
		.line_no = ev->line_no,
		.offset = ev->offset,
		.line = arena_copy(kept, ev->line)};

	spot.body = span_of(spot.line.p + (ev->body.p - ev->line.p), ev->body.n);
	if (d->has_letter) {
		spot.attempts = d->letter.attempts;
		spot.first = d->letter.first.p ? arena_copy(kept, d->letter.first) : SPAN_NONE;
	}
	return spot;
}

int
bad_spot(struct driver *d, const struct cmd_spot *spot, const struct err *why, struct err *err)
{
	struct err ignored;

	d->ev.input = spot->input;
	d->ev.line_no = spot->line_no;
	d->ev.offset = spot->offset;
	d->ev.line = spot->line;
	d->ev.body = spot->body;
	event_reset(&d->ev);
	if (doc_parse(&d->doc, spot->body, &ignored))
		d->doc.count = 0;
	d->has_letter = spot->attempts > 0;
	d->letter.attempts = spot->attempts;
	d->letter.first = spot->first;
	d->tally.used--;
	return bad_line(d, why, 0, err);
}

int
bad_late(struct driver *d, int64_t lateness_ms, struct err *err)
{
	struct err why;
	char text[32];

	d->tally.late++;
	d->tally.worst_late_ms = MAX(d->tally.worst_late_ms, lateness_ms);
	if (d->common.on_late.choice != COMMON_LATE_DIVERT)
		return 0;
	num_put_duration(text, lateness_ms);
	err_set(&why, ERR_DATA, "late", -1, "%s behind the watermark", text);
	return put_letter(d, &d->late_out, &why, 0, 0, err);
}

void
bad_close(struct driver *d)
{
	char text[32];

	if (d->common.on_bad.choice == COMMON_BAD_SKIP && d->tally.bad > DRIVER_REPORTS &&
		!d->run.quiet)
		diag_error("%lld more bad lines, %lld in all",
			(long long)d->tally.bad - DRIVER_REPORTS, (long long)d->tally.bad);
	if (d->tally.parked)
		diag_warn("%lld dead letters parked after %lld attempts",
			(long long)d->tally.parked, (long long)d->common.max_attempts);
	if (d->tally.late && d->common.on_late.choice == COMMON_LATE_DROP) {
		num_put_duration(text, d->tally.worst_late_ms);
		diag_warn("%lld late events dropped, the worst %s behind the watermark",
			(long long)d->tally.late, text);
	}
}
