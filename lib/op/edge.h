/*
 * edge: from a score per key and window to the moments at which a key rises and falls.
 *
 * A key rises when its score passes up (score > up), and falls when it is at or below clear (score <= clear,
 * clear <= up): between the two it stays what it was, so a score that trembles around the threshold gives one
 * signal and not twenty. Only risen keys are held.
 *
 * Scores come in batches of one time each, times not going back: the windows that close at one watermark. A
 * key that has no score in a batch had nothing in that window, and falls with a score of 0; this is known when
 * the next batch begins, or at the end. Falls by absence come in the order of the key's bytes, with the time of
 * the batch that lacked them.
 *
 * At max_keys risen keys a further rise is told to the caller (EDGE_FULL) but not remembered.
 *
 *	if (edge_advance(&e, time_ms, fallen, ctx, err))
 *		return -1;
 *	change = edge_put(&e, key, time_ms, score, window_id, &since_ms);
 */
#ifndef OP_EDGE_H
#define OP_EDGE_H

#include "base/err.h"
#include "base/table.h"

enum edge_change {
	EDGE_SAME,
	EDGE_UP,
	EDGE_DOWN,
	EDGE_FULL, /* it rose, and there is no room to remember it */
};

struct edge {
	double up, clear;
	size_t max_keys;

	struct table risen;
	size_t seen;      /* risen keys that have a score in the batch */
	int64_t batch_ms; /* INT64_MIN before the first batch */
};

/* A key that fell because a batch had no score of it. Spans live until the function returns. */
struct edge_fall {
	struct span key, note;
	int64_t since_ms; /* the batch it rose in */
	int64_t time_ms;  /* the batch it was missing from */
};

/* 0, or -1 with err filled, which ends the advance. */
typedef int edge_fn(void *ctx, const struct edge_fall *fall, struct err *err);

void edge_init(struct edge *e, double up, double clear, size_t max_keys);
void edge_release(struct edge *e);
/* Begins the batch of time_ms; nothing happens when it is the current one. Never goes back (asserted). */
int edge_advance(struct edge *e, int64_t time_ms, edge_fn *fn, void *ctx, struct err *err);
/* The last batch is complete. */
int edge_end(struct edge *e, edge_fn *fn, void *ctx, struct err *err);
/*
 * One score of the current batch. note is copied when the key rises, and is what a fall by absence carries.
 * *since_ms is set for EDGE_DOWN: the batch the key rose in.
 */
enum edge_change edge_put(
	struct edge *e, struct span key, double score, struct span note, int64_t *since_ms);

#endif
