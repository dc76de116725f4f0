/* ev-window: its state, and the two halves of it: options (ev-window-conf.c) and results (ev-window-put.c). */
#ifndef CMD_EV_WINDOW_H
#define CMD_EV_WINDOW_H

#include "base/when.h"
#include "cli/cmd.h"
#include "op/window.h"

#define EV_WINDOW_KEYS 16

struct ev_window_key {
	struct span member; /* ,"NAME":  or empty */
	struct expr *expr;
};

struct ev_window_aggregate {
	struct span member; /* ,"NAME": */
	struct expr *expr;  /* NULL: count() */
};

struct ev_window {
	int64_t tumbling_ms, session_ms, ooo_ms, lateness_ms, max_ahead_ms, max_jump_ms, idle_ms;
	int64_t collect_max;
	const char *sliding, *every, *offset;
	struct opt_list keys, aggregates;
	int on_eof;
	bool discards, shows_empty, is_strict;

	struct window_conf conf;
	struct agg_list aggs;
	struct window *window;
	struct watermark watermark;
	struct ev_window_key key[EV_WINDOW_KEYS];
	struct ev_window_aggregate aggregate[AGG_MAX_COUNT];
	size_t key_count;
	struct arena names; /* members as they are written */
	struct buf text;    /* the key of several expressions */

	struct cmd_run *run;
	struct err *err; /* where emit reports */
	struct buf identity, id;
	struct buf span; /* windowStart and windowEnd, as long as they stay the same */
	int64_t span_start_ms, span_end_ms;
	int64_t day_ms; /* whose date is at the front of date */
	char date[WHEN_MAX];
	int64_t lines, last_line_ns; /* --idle */
};

enum { EV_WINDOW_FLUSH, EV_WINDOW_HOLD }; /* on_eof */

extern const struct opt ev_window_conf_options[];
/* From the options to conf, aggs, key and aggregate. */
int ev_window_conf(struct cmd_run *run, struct ev_window *s, struct err *err);
/* A window_emit_fn: one window.closed event; ctx is the struct ev_window. */
int ev_window_put(void *ctx, const struct window_result *r);

#endif
