/*
 * anomaly: how unusual is this number for this key? A robust score, computed online.
 *
 * The modified z-score of Iglewicz and Hoaglin ("How to Detect and Handle Outliers", 1993) over the
 * last `history` numbers of the same key:
 *
 *	score = (x - median) / scale,   scale = max(MAD / 0.6745, share * |median|, floor)
 *
 * MAD is the median of |x_i - median|; 0.6745, the 0.75 quantile of the normal distribution, makes MAD / 0.6745
 * an estimate of the standard deviation. Their advice is to call |score| > 3.5 an outlier. Half of the history
 * may be wild without moving median or MAD, so a spike neither hides itself nor the next one. The two lower
 * bounds of the scale are ours: in a quiet series MAD is 0, and without a bound every blip would be infinite.
 *
 * The number is scored against what was before it, then joins the history: a new level that lasts is normal
 * after half a history. Before `warm_up` numbers nothing is scored.
 *
 * Memory is two doubles for each number of the history of a key; at max_keys the key not seen for the longest
 * is forgotten (evicted counts them).
 */
#ifndef OP_ANOMALY_H
#define OP_ANOMALY_H

#include "base/table.h"

#define ANOMALY_HISTORY_MAX 10000

struct anomaly_conf {
	size_t history; /* 2 … ANOMALY_HISTORY_MAX */
	size_t warm_up; /* 2 … history */
	double share, floor;
	size_t max_keys; /* at least 1 */
};

struct anomaly_key;

struct anomaly {
	struct anomaly_conf conf;
	struct table keys;
	struct anomaly_key *oldest, *newest; /* by last use */
	uint64_t evicted;
};

struct anomaly_result {
	double score, median, scale;
	size_t windows; /* numbers in the history it was held against */
};

void anomaly_init(struct anomaly *a, const struct anomaly_conf *conf);
void anomaly_release(struct anomaly *a);
/*
 * Scores x at time_ms and takes it into the history of key. False, *out untouched: the key is warming up. Times of
 * one key may not go back; anomaly_is_old says whether this one would.
 */
bool anomaly_put(
	struct anomaly *a, struct span key, int64_t time_ms, double x, struct anomaly_result *out);
bool anomaly_is_old(const struct anomaly *a, struct span key, int64_t time_ms);
/* Bytes that one key takes, its name not counted. */
size_t anomaly_key_bytes(const struct anomaly_conf *conf);

#endif
