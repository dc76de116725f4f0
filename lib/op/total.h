/*
 * total: an exact sum of JSON numbers and how many there were, for sum and avg.
 *
 * Small integers are added apart from the rest, because they are nearly all of what comes. The sum is exact as
 * long as a struct dec can hold it; then it goes on in double, and is_rough says so. A zeroed total is empty.
 */
#ifndef OP_TOTAL_H
#define OP_TOTAL_H

#include "event/value.h"

struct total {
	struct dec rest;
	double rough; /* the whole sum, when is_rough */
	int64_t whole;
	uint64_t n;
	bool is_rough;
};

/* v is a number. */
void total_take(struct total *s, struct value v);
void total_merge(struct total *into, const struct total *from);
/* Takes back what was merged before; both exact. */
void total_subtract(struct total *s, const struct total *part);
void total_put(const struct total *s, struct buf *out);
/* sum / n: the decimal where it ends within 17 places, else the nearest double; null of nothing. */
void total_put_average(const struct total *s, struct buf *out);

/* Integers of up to 18 digits without going through dec. */
bool total_small(struct span s, int64_t *out);

#endif
