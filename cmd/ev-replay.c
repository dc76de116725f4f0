/*
 * ev-replay: turn archived logs back into a stream, paced.
 *
 * Reads stores, directories of logs and logs with a time in each line, one alone or several merged by it; writes the
 * lines as they came, at the speed they happened, faster, or at a fixed rate. Keeps one line of each input, and of
 * pipes that are ahead of others at most --max-buffer, then a temporary file; with --position a file that says how
 * far each input has been written.
 */
#include "base/clock.h"
#include "base/num.h"
#include "cli/cmd.h"
#include "cli/parallel.h"
#include "event/merge.h"
#include "op/pace.h"
#include "store/replay.h"

#define SAVE_NS 1000000000

struct ev_replay {
	int64_t from_ms, to_ms, max_gap_ms;
	uint64_t max_buffer;
	const char *speed, *rate, *position;
	bool follow;

	struct replay *replay;
	struct source *merge; /* NULL: one input */
	struct pace pace;
	bool has_from, has_to, is_paced, needs_time;
	int64_t saved_ns;    /* when the positions were written last */
	int64_t held_passed; /* lines passed before the one that waits for its time; -1: none waits */
};

#define ROW(letter, name, kind, member, arg, value, help) \
	OPT_ROW(letter, name, kind, struct ev_replay, member, arg, value, help)

static const struct opt options[] = {
	ROW(0, "from", OPT_TIME, from_ms, "TIME", NULL, "only events at or after TIME"),
	ROW(0, "to", OPT_TIME, to_ms, "TIME", NULL, "only events before TIME"),
	ROW(0, "speed", OPT_STRING, speed, "N|max", "max",
		"N times as fast as it happened; max: as fast as possible"),
	ROW(0, "rate", OPT_STRING, rate, "N/s", NULL, "at most N events a second (or /m, /h)"),
	ROW(0, "max-gap", OPT_DURATION, max_gap_ms, "D", NULL,
		"never wait longer than D for the next"),
	ROW('F', "follow", OPT_FLAG, follow, NULL, NULL,
		"follow by name, through rotation; new logs of directories too"),
	ROW(0, "position", OPT_STRING, position, "FILE", NULL,
		"begin where FILE says, keep it up to date"),
	ROW(0, "max-buffer", OPT_SIZE, max_buffer, "SIZE", "256M",
		"most memory for pipes that are ahead of others; then disk"),
	OPT_END};

/* --- options ----------------------------------------------------------------------------------- */

static int
read_speed(const char *text, double *speed, struct err *err)
{
	*speed = 0;
	if (strcmp(text, "max") == 0)
		return 0;
	if (num_double(span_str(text), speed) || *speed <= 0)
		return err_usage(err, "--speed: '%.60s' is neither max nor a number above 0", text);
	return 0;
}

/* Events a second; 0 without the option. */
static int
read_rate(const char *text, double *rate, struct err *err)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}};
	struct span number, unit;

	*rate = 0;
	if (!text)
		return 0;
	span_cut(span_str(text), '/', &number, &unit);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!span_is(unit, units[i].unit))
			continue;
		if (num_double(number, rate) || *rate <= 0)
			break;
		*rate /= units[i].seconds;
		return 0;
	}
	return err_usage(err, "--rate: '%.60s' is not N/s, N/m or N/h with N above 0", text);
}

static int
read_options(struct cmd_run *run, struct ev_replay *s, struct err *err)
{
	double speed, rate;

	if (read_speed(s->speed, &speed, err) || read_rate(s->rate, &rate, err))
		return -1;
	if (cmd_given(run, "max-gap") && speed == 0)
		return err_usage(
			err, "--max-gap needs --speed N: without it nothing is waited for");
	s->has_from = cmd_given(run, "from");
	s->has_to = cmd_given(run, "to");
	if (s->has_from && s->has_to && s->from_ms > s->to_ms)
		return err_usage(err, "--from is after --to");
	s->is_paced = speed > 0 || rate > 0;
	s->needs_time = speed > 0 || s->has_from || s->has_to || cmd_given(run, "time");
	s->held_passed = -1;
	pace_init(&s->pace, speed, rate, cmd_given(run, "max-gap") ? s->max_gap_ms : INT64_MAX);
	return 0;
}

/* --- the run ----------------------------------------------------------------------------------- */

static void
say(void *ctx, const char *text)
{
	cmd_warn(ctx, "%s", text);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_replay *s = state;
	char **files;
	size_t n = cmd_files(run, &files);

	if (read_options(run, s, err))
		return -1;
	s->replay = replay_open(&(struct replay_conf){.paths = files,
					.count = n,
					.timing = &run->timing,
					.max_line = run->max_line,
					.max_buffer = s->max_buffer,
					.disk = parallel_disk(),
					.follows = s->follow,
					.from_ms = s->has_from ? s->from_ms : INT64_MIN,
					.to_ms = s->has_to ? s->to_ms : INT64_MAX,
					.position = s->position,
					.say = say,
					.say_ctx = run},
		err);
	if (!s->replay)
		return -1;
	s->merge = replay_is_merge(s->replay) ? replay_source(s->replay) : NULL;
	run->raw = s->merge || !s->needs_time; /* a merge validates each line itself */
	cmd_source(run, replay_source(s->replay));
	return 0;
}

static int
read_time(struct cmd_run *run, struct ev_replay *s, struct event *ev, int64_t *ms, struct err *err)
{
	*ms = 0;
	if (ev->doc->count == 0) /* not parsed by the driver */
		return s->merge ? merge_time(s->merge, ms, err) : 0;
	return s->needs_time || s->merge ? timing_ms(&run->timing, ev, ms, err) : 0;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct ev_replay *s = state;
	int64_t ms;

	s->held_passed = -1;
	if (read_time(run, s, ev, &ms, err))
		return CMD_BAD;
	if ((s->has_from && ms < s->from_ms) || (s->has_to && ms >= s->to_ms))
		return CMD_DROP;
	if (s->is_paced) {
		cmd_hold(run, pace_due(&s->pace, ms, clock_mono_ns()));
		s->held_passed = cmd_counts(run)->passed;
	}
	return CMD_PASS;
}

/* What was passed is written out, then noted as written. */
static int
save(struct cmd_run *run, struct ev_replay *s, struct err *err)
{
	bool is_pending = s->held_passed >= 0 && cmd_counts(run)->passed == s->held_passed;

	if (cmd_flush(run, err) || replay_save(s->replay, is_pending, err))
		return -1;
	s->saved_ns = clock_mono_ns();
	cmd_wake(run, INT64_MAX);
	return 0;
}

/* At most once a second; when nothing more comes, tick is the last. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_replay *s = state;

	if (!s->position)
		return 0;
	if (clock_mono_ns() - s->saved_ns >= SAVE_NS)
		return save(run, s, err);
	cmd_wake(run, s->saved_ns + SAVE_NS);
	return 0;
}

static int
tick(struct cmd_run *run, void *state, struct err *err)
{
	return save(run, state, err);
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_replay *s = state;

	return s->position ? save(run, s, err) : 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct ev_replay *s = state;

	(void)run;
	if (s->replay)
		replay_free(s->replay);
}

static const struct cmd ev_replay = {
	.name = "ev-replay",
	.purpose = "turn archived logs back into a stream, merged by event time and paced",
	.usage = "[options] [file | directory ...]",
	.options = options,
	.input = CMD_OWN,
	.features = CMD_SELECTS | CMD_TIMES | CMD_LIMITS_N,
	.state_size = sizeof(struct ev_replay),
	.start = start,
	.event = event,
	.idle = idle,
	.tick = tick,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_replay, argc, argv);
}
