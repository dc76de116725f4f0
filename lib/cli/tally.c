/* tally: counters as text. */
#include "cli/tally.h"

#include "base/num.h"

/* Upper bounds in nanoseconds: 50 us to 10 s, about 1, 2.5, 5 a decade. */
static const int64_t bounds[TALLY_BUCKETS] = {50000, 100000, 250000, 500000, 1000000, 2500000,
	5000000, 10000000, 50000000, 100000000, 1000000000, 10000000000};

void
tally_start(struct tally *t, int64_t now_ns)
{
	*t = (struct tally){.start_ns = now_ns, .watermark_ms = INT64_MIN, .newest_ms = INT64_MIN};
}

void
tally_latency(struct tally *t, int64_t ns)
{
	size_t i = 0;

	while (i < TALLY_BUCKETS && ns > bounds[i])
		i++;
	t->latency[i]++;
	t->latency_ns += ns;
	t->latency_count++;
}

void
tally_line(const struct tally *t, int64_t now_ns, struct buf *b)
{
	buf_print(b, "in %lld = passed %lld + used %lld + dropped %lld + late %lld + bad %lld",
		(long long)t->in, (long long)t->passed, (long long)t->used, (long long)t->dropped,
		(long long)t->late, (long long)t->bad);
	buf_print(b, "; %lld bytes in, %lld out, %.3f s", (long long)t->bytes_in,
		(long long)t->bytes_out, (double)(now_ns - t->start_ns) / 1e9);
}

static void
put_label(struct buf *b, struct span stage)
{
	buf_puts(b, "{stage=\"");
	for (size_t i = 0; i < stage.n; i++) {
		char c = stage.p[i];

		if (c == '\\' || c == '"')
			buf_putc(b, '\\');
		if (c == '\n')
			buf_puts(b, "\\n");
		else
			buf_putc(b, c);
	}
	buf_putc(b, '"');
}

static void
put_metric(struct buf *b, struct span stage, const char *name, const char *type, const char *help,
	double v)
{
	buf_print(b, "# HELP %s %s\n# TYPE %s %s\n%s", name, help, name, type, name);
	put_label(b, stage);
	buf_print(b, "} %.17g\n", v);
}

static void
put_latency(const struct tally *t, struct span stage, struct buf *b)
{
	static const char name[] = "ev_latency_seconds";
	int64_t sum = 0;

	buf_print(b,
		"# HELP %s time from reading a line to writing what it caused\n# TYPE %s "
		"histogram\n",
		name, name);
	for (size_t i = 0; i <= TALLY_BUCKETS; i++) {
		sum += t->latency[i];
		buf_print(b, "%s_bucket", name);
		put_label(b, stage);
		if (i < TALLY_BUCKETS)
			buf_print(b, ",le=\"%g\"} %lld\n", (double)bounds[i] / 1e9, (long long)sum);
		else
			buf_print(b, ",le=\"+Inf\"} %lld\n", (long long)sum);
	}
	buf_print(b, "%s_sum", name);
	put_label(b, stage);
	buf_print(b, "} %.9g\n%s_count", (double)t->latency_ns / 1e9, name);
	put_label(b, stage);
	buf_print(b, "} %lld\n", (long long)t->latency_count);
}

void
tally_metrics(const struct tally *t, struct span stage, size_t memory, struct buf *b)
{
	const struct {
		const char *name, *help;
		int64_t value;
	} counters[] = {
		{"ev_events_in_total", "events read", t->in},
		{"ev_events_passed_total", "events passed as they came", t->passed},
		{"ev_events_used_total", "events taken into state or answered", t->used},
		{"ev_events_filtered_total", "events left out on purpose", t->dropped},
		{"ev_events_late_total", "events that came too late", t->late},
		{"ev_events_rejected_total", "lines that could not be handled", t->bad},
		{"ev_bytes_in_total", "bytes of the lines read", t->bytes_in},
		{"ev_bytes_out_total", "bytes written to standard output", t->bytes_out},
	};

	for (size_t i = 0; i < ARRAY_LEN(counters); i++)
		put_metric(b, stage, counters[i].name, "counter", counters[i].help,
			(double)counters[i].value);
	put_metric(b, stage, "ev_keys", "gauge", "keys held", (double)t->keys);
	put_metric(b, stage, "ev_memory_bytes", "gauge", "memory in use", (double)memory);
	if (t->watermark_ms != INT64_MIN && t->newest_ms != INT64_MIN)
		put_metric(b, stage, "ev_watermark_lag_seconds", "gauge",
			"newest event time less the watermark",
			(double)(t->newest_ms - t->watermark_ms) / 1e3);
	put_latency(t, stage, b);
}

void
tally_progress(const struct tally *t, int64_t done, int64_t total, int64_t now_ns, struct buf *b)
{
	double seconds = (double)(now_ns - t->start_ns) / 1e9;
	double rate = seconds > 0 ? (double)done / seconds : 0;
	char left[32];

	buf_print(b, "\r\033[K%lld events, %.1f MB, %.1f MB/s", (long long)t->in,
		(double)done / 1e6, rate / 1e6);
	if (total > 0 && rate > 0) {
		num_put_duration(left, (int64_t)((double)(total - done) / rate) * 1000);
		buf_print(b, ", %d %%, %s left", (int)(100.0 * (double)done / (double)total), left);
	}
}
