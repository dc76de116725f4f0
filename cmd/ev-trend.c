/*
 * ev-trend: scores over window results.
 *
 * Reads window.closed events; writes trend.detected, trend.ended, engagement.scored or anomaly.detected
 * events. What is kept is said in the file of each subcommand.
 */
#include "ev-trend.h"

int
ev_trend_names(struct closed_name *names, const struct ev_trend_need *needs, size_t count,
	const struct opt_list *use, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		names[i] = (struct closed_name){needs[i].name, span_str(needs[i].name)};
	for (size_t i = 0; i < use->count; i++)
		if (closed_use(names, count, span_str(use->items[i].text), err))
			return -1;
	return 0;
}

int
ev_trend_print(struct cmd_run *run, const char *head, const struct ev_trend_need *needs,
	const struct closed_name *names, size_t count, struct err *err)
{
	buf_puts(run->out, head);
	for (size_t i = 0; i < count; i++) {
		if (!needs[i].option)
			continue;
		buf_print(run->out, "%s ", needs[i].option);
		buf_span(run->out, names[i].member);
		buf_print(run->out, "=%s\n", needs[i].expr);
	}
	cmd_source(run, cmd_open(run, "/dev/null"));
	return cmd_line(run, err);
}

int
ev_trend_write(struct cmd_run *run, struct build_event *ev, const struct buf *data, struct err *err)
{
	ev->data = buf_view(data);
	build_put(&run->stage, ev, run->out);
	return cmd_line(run, err);
}

static const struct cmd *const subs[] = {
	&ev_trend_trending, &ev_trend_engagement, &ev_trend_anomaly, NULL};

static const struct cmd ev_trend = {
	.name = "ev-trend",
	.purpose = "score windows: trending titles, engaged users, anomalous volumes",
	.usage = "trending|engagement|anomaly [options] [file ...]",
	.subs = subs,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_trend, argc, argv);
}
