/* common: one table for all programs. */
#include "cli/common.h"

/* When a row belongs to a program: its input reads lines, or it has the feature; 0: always. */
enum { ALWAYS = 0, READS = 1 << 30 };

#define ROW(letter, name, kind, member, arg, value, help) \
	OPT_ROW(letter, name, kind, struct common, member, arg, value, help)
#define RANGE(name, kind, member, arg, value, min, max, help) \
	OPT_RANGE(0, name, kind, struct common, member, arg, value, min, max, help)

static const struct {
	unsigned when;
	struct opt row;
} table[] = {
	{CMD_SELECTS, ROW('t', "type", OPT_STRING, type, "GLOB[,GLOB]", NULL,
			      "only events whose type matches")},
	{CMD_SELECTS, ROW('w', "where", OPT_EXPR, where, "EXPR", NULL,
			      "only events for which EXPR is true")},
	{CMD_LIMITS_N, OPT_RANGE('n', "limit", OPT_INT, struct common, limit, "N", NULL, 0, 9e18,
			       "stop after N events have been written")},
	{CMD_TIMES, ROW(0, "time", OPT_EXPR, time, "EXPR", NULL,
			    "the event's time [the envelope's timestamp]")},
	{CMD_TIMES, ROW(0, "time-unit", OPT_CHOICE, time_unit, "ms|s|us|ns", "ms",
			    "unit of a time that is a number")},
	{CMD_LATES, ROW(0, "on-late", OPT_POLICY, on_late, "drop|divert=FILE", "drop",
			    "what becomes of late events")},
	{CMD_DERIVES, ROW(0, "flat", OPT_FLAG, flat, NULL, NULL,
			      "write the members of data alone, without an envelope")},
	{CMD_DERIVES, ROW(0, "cloudevents", OPT_FLAG, cloudevents, NULL, NULL,
			      "write CloudEvents 1.0 envelopes")},
	{CMD_MERGES, ROW(0, "merge", OPT_FLAG, merge, NULL, NULL,
			     "merge the files by event time instead of reading one after another")},
	{READS, ROW(0, "on-bad", OPT_POLICY, on_bad, "skip|fail|divert=FILE", "skip",
			"what becomes of lines that cannot be handled")},
	{READS, ROW(0, "redrive", OPT_FLAG, redrive, NULL, NULL,
			"unwrap dead letters and handle what is inside")},
	{READS, RANGE("max-attempts", OPT_INT, max_attempts, "N", "5", 1, 1000000,
			"park a dead letter that has failed N times")},
	{READS, RANGE("max-line", OPT_SIZE, max_line, "SIZE", "4M", 64, 1073741824,
			"longest line; a longer one is bad")},
	{READS, RANGE("max-keys", OPT_INT, max_keys, "N", "10000000", 1, 9e18,
			"most keys, rows or ids held at once")},
	{ALWAYS, ROW(0, "max-memory", OPT_SIZE, max_memory, "SIZE", NULL,
			 "most memory to use [a quarter of what there is]")},
	{READS, ROW(0, "grace", OPT_DURATION, grace_ms, "D", "5s",
			"after INT or TERM read a pipe to its end for at most D")},
	{ALWAYS, ROW(0, "arg", OPT_PAIR, args, "NAME VALUE", NULL,
			 "bind $NAME to a string in every EXPR")},
	{ALWAYS, ROW(0, "argjson", OPT_PAIR, json_args, "NAME JSON", NULL,
			 "bind $NAME to a JSON value in every EXPR")},
	{ALWAYS, ROW(0, "explain", OPT_FLAG, explain, NULL, NULL,
			 "say which engine runs each expression, and end")},
	{ALWAYS, ROW(0, "tz", OPT_STRING, tz, "ZONE", NULL,
			 "zone of times given without one [UTC]")},
	{ALWAYS, ROW(0, "name", OPT_STRING, name, "NAME", NULL,
			 "name of this stage [the program's name]")},
	{ALWAYS, ROW(0, "stats", OPT_FLAG, stats, NULL, NULL, "print counters at the end")},
	{READS, ROW(0, "progress", OPT_FLAG, progress, NULL, NULL,
			"show a live progress bar on a terminal")},
	{ALWAYS, ROW(0, "metrics", OPT_STRING, metrics, "FILE", NULL,
			 "keep FILE up to date with Prometheus metrics")},
	{ALWAYS, ROW(0, "describe", OPT_FLAG, describe, NULL, NULL,
			 "print the options as NDJSON, and end")},
	{ALWAYS, ROW('h', "help", OPT_FLAG, help, NULL, NULL, "print this help, and end")},
	{ALWAYS, ROW('V', "version", OPT_FLAG, version, NULL, NULL, "print the version, and end")},
};

void
common_rows(const struct cmd *cmd, struct opt rows[COMMON_ROWS_MAX])
{
	unsigned has = cmd->features | (cmd->input != CMD_NONE ? (unsigned)READS : 0);
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].when == ALWAYS || (table[i].when & has))
			rows[n++] = table[i].row;
	rows[n] = (struct opt)OPT_END;
}
