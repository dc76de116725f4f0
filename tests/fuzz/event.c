/*
 * Fuzz target event: any bytes as a line. The line survives in a dead letter; of a JSON text the envelope is asked for,
 * judged, and said in the other dialect, where it must be valid and say the same.
 */
#include "cli/dead.h"
#include "event/cloud.h"
#include "event/envelope.h"
#include "event/lookup.h"
#include "json/find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct envelope_rules rules = {
	.max_data_bytes = 100, .latest_ms = INT64_MAX, .any_name = true};

static void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void
view(struct event *ev, struct doc *d, struct span line, struct arena *a)
{
	*ev = (struct event){.line = line, .body = span_trim(line), .doc = d, .scratch = a};
	event_reset(ev);
}

static void
ask(struct event *ev)
{
	struct err err;
	int64_t ms;

	for (int m = 0; m < EVENT_MEMBERS; m++) {
		struct value v = event_get(ev, (enum event_member)m);
		struct span text = event_text(ev, (enum event_member)m);

		must(!text.p || v.type == DOC_STRING);
		if (v.type != DOC_ABSENT)
			must(value_identity(v, ev->scratch).n > 0);
	}
	must(event_identity(ev).p);
	if (event_time(ev, &ms, &err))
		must(err.text[0]);
	err_clear(&err);
	if (envelope_check(ev, &rules, &err))
		must(err.kind == ERR_DATA && err.text[0]);
}

static void
use_cloud(struct event *ev)
{
	struct envelope_rules any = {.latest_ms = INT64_MAX, .any_name = true};
	struct span line, again;
	struct event result;
	struct cloud c, twice;
	struct doc d;
	struct err err;

	cloud_init(&c, 1 << 20);
	cloud_init(&twice, 1 << 20);
	doc_init(&d, DOC_KERNEL_BEST);
	err_clear(&err);
	if (cloud_line(&c, ev, &line, &err) == 0 && ev->dialect == EVENT_OURS) {
		view(&result, &d, line, ev->scratch);
		must(doc_parse(&d, result.body, &err) == 0);
		must(envelope_check(&result, &any, &err) == 0);
		must(result.dialect == EVENT_CLOUDEVENTS);
		must(span_equal(
			event_get(&result, EVENT_DATA).json, event_get(ev, EVENT_DATA).json));
		must(cloud_line(&twice, &result, &again, &err) == 0 && again.p == line.p);
	}
	doc_release(&d);
	cloud_release(&c);
	cloud_release(&twice);
}

/* Wrapped and unwrapped, the line has its bytes. */
static void
use_dead(struct span line, struct arena *a)
{
	struct dead dead = {
		.reason = "r", .code = "c", .program = "p", .input = "i", .attempts = 1};
	struct dead_opened opened;
	struct span rest;
	struct doc d;
	struct buf b;
	struct err err;

	span_cut(line, '\n', &line, &rest);
	buf_init(&b, 1 << 20);
	doc_init(&d, DOC_KERNEL_BEST);
	dead_put(&b, &dead, line);
	must(!b.over && doc_parse(&d, span_of(b.p, b.n - 1), &err) == 0);
	must(dead_open(&d, a, &opened, &err) == 1);
	must(span_equal(opened.raw, line) && opened.attempts == 1);
	doc_release(&d);
	buf_release(&b);
}

static void
use_lookup(struct span text, struct arena *a)
{
	struct lookup l;
	struct err err;

	if (lookup_init(&l, text, &err)) {
		must(err.text[0]);
		return;
	}
	(void)lookup_get(&l, (struct value){DOC_STRING, SPAN("\"a\"")}, a);
	lookup_release(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dead_opened opened;
	struct arena scratch;
	struct span line;
	struct event ev;
	struct doc d;
	struct err err;

	if (size > 20000)
		return 0;
	arena_init(&scratch);
	line = arena_copy(&scratch, span_of((const char *)data, size));
	use_dead(line, &scratch);
	use_lookup(line, &scratch);
	doc_init(&d, DOC_KERNEL_BEST);
	view(&ev, &d, line, &scratch);
	if (doc_parse(&d, ev.body, &err) == 0) {
		ask(&ev);
		use_cloud(&ev);
		(void)dead_open(&d, &scratch, &opened, &err);
	}
	doc_release(&d);
	arena_release(&scratch);
	return 0;
}
