/*
 * tally: what the driver counts, and the three ways to see it: --stats, --metrics, --progress.
 *
 * in = passed + used + dropped + late + bad, always. Latency is measured from the read after a wait to the flush
 * that answers it, once a flush, only when metrics are wanted.
 */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include "base/buf.h"
#include "base/err.h"

#define TALLY_BUCKETS 12

struct tally {
	int64_t in, passed, used, dropped, late, bad, parked;
	int64_t bytes_in, bytes_out;
	int64_t start_ns;
	int64_t watermark_ms, newest_ms; /* INT64_MIN: none */
	int64_t worst_late_ms;
	uint64_t keys;
	int64_t latency[TALLY_BUCKETS + 1]; /* counts; the last one is +Inf */
	int64_t latency_ns, latency_count;
};

void tally_start(struct tally *t, int64_t now_ns);
void tally_latency(struct tally *t, int64_t ns);
/* "in 10 = passed 3 + used 0 + dropped 6 + late 0 + bad 1; 5230 bytes in, 1200 out, 0.012 s". */
void tally_line(const struct tally *t, int64_t now_ns, struct buf *b);
/* Prometheus text format 0.0.4; label stage="NAME". */
void tally_metrics(const struct tally *t, struct span stage, size_t memory, struct buf *b);
/* One line that redraws itself: percentage where the total is known, rate, time left. */
void tally_progress(
	const struct tally *t, int64_t done, int64_t total, int64_t now_ns, struct buf *b);

#endif
