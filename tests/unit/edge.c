#include "op/edge.h"

#include "base/buf.h"
#include "tap.h"

/* What fell by absence, as "key@time/since(note) ". */
struct log {
	struct buf b;
	int fail_after; /* -1: never */
};

static int
fallen(void *ctx, const struct edge_fall *f, struct err *err)
{
	struct log *l = ctx;

	if (l->fail_after >= 0 && l->fail_after-- == 0)
		return err_data(err, "test", 0, "stop");
	buf_print(&l->b, "%.*s@%d/%d(%.*s) ", (int)f->key.n, f->key.p, (int)f->time_ms,
		(int)f->since_ms, (int)f->note.n, f->note.p);
	return 0;
}

static struct edge e;
static struct log out;
static struct err err;
static int64_t since;

static void
setup(double up, double clear, size_t max_keys)
{
	edge_init(&e, up, clear, max_keys);
	buf_init(&out.b, 1 << 16);
	out.fail_after = -1;
	since = -1;
}

static void
teardown(void)
{
	edge_release(&e);
	buf_release(&out.b);
}

static int
put(const char *key, double score)
{
	return edge_put(&e, span_str(key), score, SPAN("w"), &since);
}

static int
at(int64_t ms)
{
	return edge_advance(&e, ms, fallen, &out, &err);
}

#define says(text, name) is_mem(out.b.n ? out.b.p : "", out.b.n, (text), (name))

TEST(crossing)
{
	setup(0.7, 0.7, 10);
	at(1);
	is_int(put("a", 0.7), EDGE_SAME, "at the threshold: not over it");
	at(2);
	is_int(put("a", 0.71), EDGE_UP, "over it: up");
	at(3);
	is_int(put("a", 0.9), EDGE_SAME, "still over it: nothing");
	at(4);
	is_int(put("a", 0.7), EDGE_DOWN, "at clear: down");
	is_int(since, 2, "since it rose");
	at(5);
	is_int(put("a", 0.8), EDGE_UP, "up again");
	says("", "nothing fell by absence");
	teardown();
}

TEST(hysteresis)
{
	setup(0.7, 0.5, 10);
	at(1);
	is_int(put("a", 0.6), EDGE_SAME, "between, from below: nothing");
	at(2);
	put("a", 0.8);
	at(3);
	is_int(put("a", 0.6), EDGE_SAME, "between, from above: nothing");
	at(4);
	is_int(put("a", 0.8), EDGE_SAME, "no second rise without a fall");
	at(5);
	is_int(put("a", 0.5), EDGE_DOWN, "down at clear");
	teardown();
}

TEST(absence)
{
	setup(0.7, 0.5, 10);
	at(1);
	put("c", 1);
	put("a", 1);
	put("b", 1);
	at(2);
	put("b", 1);
	says("", "not before the batch is over");
	at(3);
	says("a@2/1(w) c@2/1(w) ",
		"the absent fall in the order of keys, at the batch they missed");
	put("z", 0);
	is_int(edge_end(&e, fallen, &out, &err), 0, "the end");
	says("a@2/1(w) c@2/1(w) b@3/1(w) ", "completes the last batch");
	is_int((int64_t)e.risen.count, 0, "nothing is held any more");
	is_int(put("a", 1), EDGE_UP, "and a key may rise again");
	teardown();
}

TEST(same_batch)
{
	setup(0.7, 0.5, 10);
	at(1);
	put("a", 1);
	is_int(put("a", 0.6), EDGE_SAME, "two scores in one batch");
	is_int(put("a", 0.1), EDGE_DOWN, "the second may fall");
	at(1);
	at(2);
	says("", "and it is not absent as well");
	teardown();
}

TEST(full)
{
	setup(0.7, 0.5, 2);
	at(1);
	is_int(put("a", 1), EDGE_UP, "one key");
	is_int(put("b", 1), EDGE_UP, "two: at the limit");
	is_int(put("c", 1), EDGE_FULL, "three: risen, not remembered");
	is_int(put("b", 0), EDGE_DOWN, "room");
	is_int(put("c", 1), EDGE_UP, "is used");
	teardown();
}

TEST(failure)
{
	setup(0.7, 0.5, 10);
	at(1);
	put("a", 1);
	put("b", 1);
	at(2);
	out.fail_after = 1;
	is_int(at(3), -1, "a failing callback ends the advance");
	says("a@2/1(w) ", "after what it took");
	is_int((int64_t)e.risen.count, 1, "the rest is still held");
	teardown();
}

int
main(void)
{
	RUN(crossing);
	RUN(hysteresis);
	RUN(absence);
	RUN(same_batch);
	RUN(full);
	RUN(failure);
	return tap_done();
}
