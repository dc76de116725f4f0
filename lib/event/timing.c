/* timing: the event's time, asked for once and then remembered. */
#include "event/timing.h"

#include "event/moment.h"

int
timing_ms(const struct timing *t, struct event *ev, int64_t *ms, struct err *err)
{
	static const int shift[] = {
		[TIMING_MS] = 0, [TIMING_S] = 3, [TIMING_US] = -3, [TIMING_NS] = -6};
	struct value v;

	if (!t->expr && t->unit == TIMING_MS)
		return event_time(ev, ms, err);
	if (!ev->has_time) {
		v = event_get(ev, EVENT_TIME);
		if (t->expr && expr_value(t->expr, ev, &v, err)) {
			err->code = "time";
			return err_prefix(err, "--time");
		}
		if (v.type == DOC_ABSENT || v.type == DOC_NULL)
			return err_data(err, "time", -1, "no time: %s is missing",
				t->expr ? expr_text(t->expr)
					: event_member_name(ev->dialect, EVENT_TIME));
		if (moment_read(v, shift[t->unit], ev->scratch, &ev->time_ms))
			return err_data(err, "time", -1, "unreadable time %.*s",
				(int)MIN(v.json.n, 64), v.json.p);
		ev->has_time = true;
	}
	*ms = ev->time_ms;
	return 0;
}
