/* every: what count windows hold; what they give is in window.c. */
#include "tap.h"

#include "base/alloc.h"
#include "op/window.h"

static int
no_results(void *ctx, const struct window_result *r)
{
	(void)ctx;
	(void)r;
	return 0;
}

TEST(rare_counts_keep_only_what_they_give)
{
	struct window_conf c = {.kind = WINDOW_EVERY, .every = 3, .step = 1000000};
	struct agg_list aggs;
	struct span unused;
	struct window *w;
	struct err err;
	size_t before;

	agg_list_init(&aggs);
	agg_list_add(&aggs, SPAN("count()"), &unused, &err);
	window_new(&w, &c, &aggs, no_results, NULL, &err);
	before = alloc_used();
	for (int i = 0; i < 10000; i++) {
		window_clear(w);
		window_add(w, &(struct window_event){.time_ms = i});
	}
	ok(alloc_used() - before < 10000, "the last 3 of 10,000 events are held, not all");
	window_free(w);
	agg_list_release(&aggs);
}

int
main(void)
{
	RUN(rare_counts_keep_only_what_they_give);
	return tap_done();
}
