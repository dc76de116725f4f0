/* merge: a heap of the inputs' next lines, and queues for those that are ahead. */
#include "event/merge.h"

#include <poll.h>

#include "base/alloc.h"

#define COUNT_EVERY 256  /* lines between two looks at the bytes read */
#define TURN_LINES 256   /* that arrived in one input before the next one is asked */
#define AHEAD_LINES 4096 /* read ahead of one pipe before the others are asked again */

enum state {
	EMPTY, /* its next line is not known: ask */
	READY, /* head is its next line; in the heap */
	QUIET, /* followed, and at its end of the start: its lines are taken as they arrive */
	ENDED,
};

struct input {
	struct source *source;
	enum state state;
	bool is_over; /* the source has ended; the queue may hold more */
	struct source_line head;
	int64_t time_ms;
	struct ahead ahead;
	bool is_queued; /* the head is the first of ahead */
};

struct merge {
	struct source source;
	struct input *inputs;
	size_t count, cap;
	size_t *heap, heap_n; /* numbers of READY inputs, the earliest first */
	size_t unsettled;     /* inputs that are EMPTY */
	size_t quiet;
	size_t given;   /* whose head next gave last; SIZE_MAX: none */
	size_t dropped; /* the one before that was given and is done with */
	unsigned until_count;
	size_t turn; /* QUIET inputs: which one is asked */
	unsigned turn_lines;
	struct ahead_pool pool;
	const struct timing *timing;
	struct merge_conf conf;
	bool is_stopped;
	int bad; /* -1: the line given last has no time */
	struct err why;
	int64_t given_ms;
	struct doc doc;
	struct event event;
	struct arena scratch;
};

/* --- the heap ---------------------------------------------------------------------------------- */

static bool
is_before(const struct merge *m, size_t a, size_t b)
{
	int64_t ta = m->inputs[a].time_ms, tb = m->inputs[b].time_ms;

	return ta < tb || (ta == tb && a < b);
}

static void
sift_down(struct merge *m)
{
	size_t at = 0, moved = m->heap[0];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= m->heap_n)
			break;
		if (child + 1 < m->heap_n && is_before(m, m->heap[child + 1], m->heap[child]))
			child++;
		if (!is_before(m, m->heap[child], moved))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = moved;
}

static void
push(struct merge *m, size_t number)
{
	size_t at = m->heap_n++;

	while (at > 0 && is_before(m, number, m->heap[(at - 1) / 2])) {
		m->heap[at] = m->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	m->heap[at] = number;
}

static size_t
pop(struct merge *m)
{
	size_t first = m->heap[0];

	m->heap[0] = m->heap[--m->heap_n];
	if (m->heap_n)
		sift_down(m);
	return first;
}

/* --- reading ahead ----------------------------------------------------------------------------- */

/* Reads on from a pipe whose head must wait for other inputs. The head moves into the queue. */
static int
read_ahead(struct input *in, struct err *err)
{
	if (!in->is_queued) {
		struct source_line head = in->head;

		if (ahead_put(&in->ahead, &head, true, err))
			return -1;
		in->is_queued = true;
	}
	for (int n = 0; n < AHEAD_LINES && !in->is_over && ahead_has_room(&in->ahead); n++) {
		struct source_line l;
		int r = in->source->next(in->source, &l, err);

		if (r == SOURCE_WAIT)
			break;
		if (r == SOURCE_END)
			in->is_over = true;
		else if (r == SOURCE_ERROR || ahead_put(&in->ahead, &l, false, err))
			return -1;
	}
	return ahead_front(&in->ahead, &in->head, err) < 0 ? -1 : 0; /* the queue may have moved */
}

static int
read_all_ahead(struct merge *m, struct err *err)
{
	for (size_t i = 0; i < m->heap_n; i++) {
		struct input *in = &m->inputs[m->heap[i]];

		if (in->source->is_pipe && !in->is_over && read_ahead(in, err))
			return -1;
	}
	return 0;
}

/* --- the next line of one input ---------------------------------------------------------------- */

/* Validates the head and reads its time. -1: it is bad, m->why says how. */
static int
read_time(struct merge *m, struct input *in)
{
	const struct source_line *l = &in->head;

	if (l->full_length > (int64_t)l->line.n)
		return err_data(&m->why, "too-long", -1, "line is too long");
	m->event.line = l->line;
	m->event.body = span_trim(l->line);
	m->event.input = l->input;
	m->event.line_no = l->line_no;
	m->event.offset = l->offset;
	event_reset(&m->event);
	arena_reset(&m->scratch);
	if (doc_parse(&m->doc, m->event.body, &m->why))
		return -1;
	return timing_ms(m->timing, &m->event, &in->time_ms, &m->why);
}

/* The next line, from the queue or the source, into the head. A blank one is bad, and skipped by the driver. */
static int
fetch(struct input *in, struct err *err)
{
	int r = ahead_front(&in->ahead, &in->head, err);

	if (r < 0)
		return SOURCE_ERROR;
	in->is_queued = r > 0;
	if (in->is_queued)
		return SOURCE_LINE;
	return in->is_over ? SOURCE_END : in->source->next(in->source, &in->head, err);
}

static void
set_state(struct merge *m, struct input *in, enum state state)
{
	m->unsettled += (state == EMPTY) - (in->state == EMPTY);
	m->quiet += (state == QUIET) - (in->state == QUIET);
	in->state = state;
}

static int
give(struct merge *m, size_t number, int bad, struct source_line *out)
{
	struct input *in = &m->inputs[number];

	m->given = number;
	m->bad = bad;
	m->given_ms = in->time_ms;
	*out = in->head;
	return SOURCE_LINE;
}

/*
 * Asks an input for its next line. SOURCE_LINE: it was bad and is in *out; SOURCE_WAIT: nothing yet; SOURCE_END:
 * settled, in the heap or over.
 */
static int
ask(struct merge *m, size_t number, struct source_line *out, struct err *err)
{
	struct input *in = &m->inputs[number];
	int r = fetch(in, err);

	if (r == SOURCE_ERROR)
		return r;
	if (r == SOURCE_WAIT) {
		set_state(m, in, m->conf.follows ? QUIET : EMPTY);
		return m->conf.follows ? SOURCE_END : SOURCE_WAIT;
	}
	if (r == SOURCE_END) {
		set_state(m, in, ENDED);
		return r;
	}
	m->source.is_pipe |= in->source->is_pipe;
	if (read_time(m, in)) {
		set_state(m, in, EMPTY);
		return give(m, number, -1, out);
	}
	set_state(m, in, READY);
	push(m, number);
	return SOURCE_END;
}

/* Asks every input that is EMPTY; as ask, SOURCE_END: all are settled. */
static int
ask_all(struct merge *m, struct source_line *out, struct err *err)
{
	int all = SOURCE_END;

	if (likely(m->unsettled == 1 && m->inputs[m->dropped].state == EMPTY))
		return ask(m, m->dropped, out, err);
	for (size_t i = 0; i < m->count; i++) {
		int r = m->inputs[i].state == EMPTY ? ask(m, i, out, err) : SOURCE_END;

		if (r == SOURCE_LINE || r == SOURCE_ERROR)
			return r;
		if (r == SOURCE_WAIT)
			all = SOURCE_WAIT;
	}
	return all;
}

/* --- what arrives ------------------------------------------------------------------------------ */

/* The next line of a QUIET input, if it has one; as next. */
static int
take_arrived(struct merge *m, size_t number, struct source_line *out, struct err *err)
{
	struct input *in = &m->inputs[number];
	int r;

	if (in->state != QUIET)
		return SOURCE_WAIT;
	r = fetch(in, err);
	if (r == SOURCE_END) {
		set_state(m, in, ENDED);
		return SOURCE_WAIT;
	}
	if (r != SOURCE_LINE)
		return r;
	m->source.is_pipe |= in->source->is_pipe;
	return give(m, number, read_time(m, in), out);
}

/* Goes round once, from the input whose turn it is; as next. */
static int
go_round(struct merge *m, struct source_line *out, struct err *err)
{
	for (size_t n = 0; n <= m->count; n++) {
		int r = SOURCE_WAIT;

		if (m->turn_lines < TURN_LINES && m->turn < m->count)
			r = take_arrived(m, m->turn, out, err);
		if (r == SOURCE_LINE)
			m->turn_lines++;
		if (r != SOURCE_WAIT)
			return r;
		m->turn = m->turn + 1 < m->count ? m->turn + 1 : 0;
		m->turn_lines = 0;
	}
	return SOURCE_WAIT;
}

static int
next_arrived(struct merge *m, struct source_line *out, struct err *err)
{
	int r;

	if (m->turn_lines) { /* go on where the last line came from, without asking what else there is */
		r = m->turn_lines < TURN_LINES ? take_arrived(m, m->turn, out, err) : SOURCE_WAIT;
		m->turn_lines += r == SOURCE_LINE;
		if (r != SOURCE_WAIT)
			return r;
		m->turn++;
		m->turn_lines = 0;
	}
	if (m->conf.more && m->conf.more(m->conf.ctx, &m->source, err))
		return SOURCE_ERROR;
	r = go_round(m, out, err);
	return r == SOURCE_WAIT && m->quiet == 0 && !m->conf.is_open ? SOURCE_END : r;
}

/* --- the source -------------------------------------------------------------------------------- */

static void
count_bytes(struct merge *m)
{
	m->source.bytes_done = 0;
	m->source.bytes_total = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct source *s = m->inputs[i].source;

		m->source.bytes_done += s->bytes_done;
		if (s->bytes_total < 0 || m->source.bytes_total < 0)
			m->source.bytes_total = -1;
		else
			m->source.bytes_total += s->bytes_total;
	}
}

/* The line given last is done with. */
static void
drop_given(struct merge *m)
{
	struct input *in;

	if (m->given == SIZE_MAX)
		return;
	in = &m->inputs[m->given];
	if (in->is_queued)
		ahead_drop(&in->ahead);
	in->is_queued = false;
	if (in->state == READY)
		set_state(m, in, EMPTY);
	m->dropped = m->given;
	m->given = SIZE_MAX;
}

static int
nothing_yet(struct merge *m, struct err *err)
{
	count_bytes(m);
	return read_all_ahead(m, err) ? SOURCE_ERROR : SOURCE_WAIT;
}

static int
merge_next(struct source *s, struct source_line *out, struct err *err)
{
	struct merge *m = (struct merge *)s;

	drop_given(m);
	if (m->is_stopped)
		return SOURCE_END;
	if (m->unsettled) {
		int r = ask_all(m, out, err);

		if (r == SOURCE_WAIT)
			return nothing_yet(m, err);
		if (r != SOURCE_END)
			return r;
	}
	if (unlikely(--m->until_count == 0)) {
		m->until_count = COUNT_EVERY;
		count_bytes(m);
	}
	if (likely(m->heap_n))
		return give(m, pop(m), 0, out);
	count_bytes(m);
	return m->conf.follows ? next_arrived(m, out, err) : SOURCE_END;
}

static size_t
merge_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct merge *m = (struct merge *)s;
	size_t n = 0;

	if (m->conf.more_fds)
		n = m->conf.more_fds(m->conf.ctx, fds, max);
	for (size_t i = 0; i < m->count; i++) {
		struct input *in = &m->inputs[i];
		bool ahead = in->state == READY && in->source->is_pipe && !in->is_over &&
			     ahead_has_room(&in->ahead);

		if ((in->state == EMPTY || in->state == QUIET || ahead) && in->source->fds)
			n += in->source->fds(in->source, fds + n, max - n);
	}
	return n;
}

static void
merge_stop(struct source *s)
{
	((struct merge *)s)->is_stopped = true;
}

static void
merge_close(struct source *s)
{
	struct merge *m = (struct merge *)s;

	for (size_t i = 0; i < m->count; i++) {
		m->inputs[i].source->close(m->inputs[i].source);
		ahead_release(&m->inputs[i].ahead);
	}
	doc_release(&m->doc);
	arena_release(&m->scratch);
	alloc_free(m->inputs);
	alloc_free(m->heap);
	alloc_free(m);
}

void
merge_add(struct source *s, struct source *input)
{
	struct merge *m = (struct merge *)s;

	if (m->count == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 8;
		m->inputs = alloc_resize(m->inputs, m->cap * sizeof(*m->inputs));
		m->heap = alloc_resize(m->heap, m->cap * sizeof(*m->heap));
	}
	m->inputs[m->count] = (struct input){.source = input, .state = QUIET};
	ahead_init(&m->inputs[m->count].ahead, &m->pool);
	m->count++;
	m->quiet++;
}

struct source *
merge_new(struct source *const *inputs, size_t count, const struct merge_conf *conf)
{
	struct merge *m = alloc_zero(sizeof(*m));

	m->source = (struct source){.next = merge_next,
		.fds = merge_fds,
		.stop = merge_stop,
		.close = merge_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	m->until_count = 1;
	m->given = SIZE_MAX;
	m->timing = conf->timing;
	m->pool = (struct ahead_pool){.disk = conf->disk, .max = conf->max_buffer};
	m->conf = *conf;
	for (size_t i = 0; i < count; i++) {
		merge_add(&m->source, inputs[i]);
		set_state(m, &m->inputs[i], EMPTY);
	}
	doc_init(&m->doc, DOC_KERNEL_BEST);
	arena_init(&m->scratch);
	m->event = (struct event){.doc = &m->doc, .scratch = &m->scratch};
	return &m->source;
}

bool
merge_holds(const struct source *s, size_t input)
{
	const struct merge *m = (const struct merge *)s;

	return m->inputs[input].state == READY && input != m->given;
}

size_t
merge_given(const struct source *s)
{
	return ((const struct merge *)s)->given;
}

int
merge_time(const struct source *s, int64_t *ms, struct err *err)
{
	const struct merge *m = (const struct merge *)s;

	if (m->bad) {
		*err = m->why;
		return -1;
	}
	*ms = m->given_ms;
	return 0;
}
