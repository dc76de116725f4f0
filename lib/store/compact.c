/* compact: merging sorted sections. */
#include "store/compact.h"

#include "base/alloc.h"
#include "store/runbuild.h"

#define WINDOW 16 /* blocks read at once */

/* The records of a section of one run, in order. */
struct feed {
	struct run *run;
	struct runform_part part;
	int64_t shift; /* from the run's positions to those of the output */
	char *window;
	int64_t next, loaded; /* record; the block after those in the window */
	const char *record;
	struct hash128 hash; /* of IDS and STREAMS */
};

struct merger {
	const struct compact *c;
	struct runbuild b;
	struct runform form; /* of the output */
	struct run_segment *segments;
	struct feed *feeds, *lists; /* one of each for a run */
	size_t count;               /* of feeds with records left */
	bool has_start, has_stop;   /* the sums at the ends of the output are known */
};

static void
feed_start(struct feed *f, struct run *run, enum runform_section section, int64_t first)
{
	*f = (struct feed){.run = run,
		.part = run->form.parts[section],
		.shift = run->form.first - first,
		.window = f->window};
	if (!f->window)
		f->window = alloc_get(WINDOW * RUNFORM_BLOCK);
	f->loaded = f->part.block;
}

/* The next record; 1, 0 at the end, -1. */
static int
feed_next(struct feed *f, struct err *err)
{
	const struct runform_part *p = &f->part;
	int64_t block, blocks;

	if (f->next == p->count)
		return 0;
	if (f->next % p->per_block) {
		f->record += p->width;
	} else {
		block = p->block + f->next / p->per_block;
		blocks = p->block + (p->count + p->per_block - 1) / p->per_block - block;
		if (block == f->loaded) {
			blocks = MIN(WINDOW, blocks);
			if (runfile_read(f->run, block, (size_t)blocks, f->window, err))
				return -1;
			f->loaded += blocks;
		}
		f->record = f->window + (block - p->block) % WINDOW * RUNFORM_BLOCK;
	}
	f->next++;
	return 1;
}

static int
nonsense(struct run *run, struct err *err)
{
	return runfile_bad(run, "contradicts itself", err);
}

/* A u32 position at p as one of the output: 1; 0 when it is not wanted; -1. */
static int
feed_delta(struct feed *f, const char *p, int64_t end, uint32_t *out, struct err *err)
{
	int64_t delta = runform_u32(p);

	if (delta >= f->run->form.end - f->run->form.first)
		return nonsense(f->run, err);
	delta += f->shift;
	if (delta < 0 || delta >= end)
		return 0;
	*out = (uint32_t)delta;
	return 1;
}

static int
feed_hash(struct feed *f, struct err *err)
{
	struct hash128 before = f->hash;
	int r = feed_next(f, err);

	if (r != 1)
		return r;
	f->hash =
		(struct hash128){.high = runform_u64(f->record), .low = runform_u64(f->record + 8)};
	return f->next > 1 && runform_compare(before, f->hash) > 0 ? nonsense(f->run, err) : 1;
}

/* Goes on in the i-th feed; one that has ended is taken out, the order of the others stays. 0, -1. */
static int
feed_on(struct merger *m, size_t i, struct err *err)
{
	int r = feed_hash(&m->feeds[i], err);
	struct feed ended;

	if (r)
		return r < 0 ? -1 : 0;
	ended = m->feeds[i];
	memmove(&m->feeds[i], &m->feeds[i + 1], (m->count - i - 1) * sizeof(*m->feeds));
	m->feeds[--m->count] = ended; /* for its window */
	return 0;
}

static int
start_feeds(struct merger *m, enum runform_section section, struct err *err)
{
	m->count = m->c->count;
	for (size_t i = 0; i < m->count; i++)
		feed_start(&m->feeds[i], m->c->runs[i], section, m->form.first);
	for (size_t i = m->count; i-- > 0;)
		if (feed_on(m, i, err))
			return -1;
	return 0;
}

/* The feed with the least hash, of equal ones the oldest. */
static size_t
least(const struct merger *m)
{
	size_t best = 0;

	for (size_t i = 1; i < m->count; i++)
		if (runform_compare(m->feeds[i].hash, m->feeds[best].hash) < 0)
			best = i;
	return best;
}

static int
merge_ids(struct merger *m, struct err *err)
{
	int64_t end = m->form.end - m->form.first;

	if (start_feeds(m, RUNFORM_IDS, err))
		return -1;
	while (m->count) {
		size_t i = least(m);
		struct feed *f = &m->feeds[i];
		uint32_t delta;
		int r = feed_delta(f, f->record + 16, end, &delta, err);

		if (r == 1)
			runbuild_id(&m->b, f->hash, delta);
		if (r < 0 || feed_on(m, i, err))
			return -1;
	}
	return 0;
}

/* Copies the list of a stream out of one run, as far as it is wanted; *ver becomes that of the first line taken. */
static int
copy_list(struct merger *m, struct feed *list, uint32_t count, uint32_t *taken, int64_t *ver,
	struct err *err)
{
	int64_t end = m->form.end - m->form.first;
	uint32_t delta;

	for (*taken = 0; count > 0; count--) {
		int r = feed_next(list, err);

		if (r == 0)
			return nonsense(list->run, err);
		r = r < 0 ? r : feed_delta(list, list->record, end, &delta, err);
		if (r < 0)
			return -1;
		if (r == 0) {
			*ver += *taken == 0;
			continue;
		}
		runbuild_u32(&m->b, RUNFORM_LIST, delta);
		++*taken;
	}
	return 0;
}

static struct feed *
list_of(struct merger *m, const struct run *run)
{
	struct feed *f = m->lists;

	while (f->run != run)
		f++;
	return f;
}

/* One stream out of all runs that have it. */
static int
merge_stream(struct merger *m, struct err *err)
{
	size_t i = least(m);
	struct hash128 name = m->feeds[i].hash;
	int64_t first_ver = 0;
	uint32_t count = 0;

	while (i < m->count) {
		struct feed *f = &m->feeds[i];
		struct feed *list = list_of(m, f->run);
		int64_t ver = (int64_t)runform_u64(f->record + 16);
		uint32_t start = runform_u32(f->record + 28), taken;
		size_t left = m->count;

		if (runform_compare(f->hash, name) != 0) {
			i++;
			continue;
		}
		if (start != list->next)
			return nonsense(f->run, err);
		if (count && ver != first_ver + count)
			return err_set(err, ERR_SYSTEM, "index", -1,
				"runs contradict each other about a stream");
		if (copy_list(m, list, runform_u32(f->record + 24), &taken, &ver, err) ||
			feed_on(m, i, err))
			return -1;
		first_ver = count ? first_ver : ver;
		count += taken;
		i += m->count == left;
	}
	if (count)
		runbuild_stream(&m->b, name, first_ver, count);
	return 0;
}

static int
merge_streams(struct merger *m, struct err *err)
{
	for (size_t i = 0; i < m->c->count; i++)
		feed_start(&m->lists[i], m->c->runs[i], RUNFORM_LIST, m->form.first);
	if (start_feeds(m, RUNFORM_STREAMS, err))
		return -1;
	while (m->count)
		if (merge_stream(m, err))
			return -1;
	return 0;
}

/* Records of OFFSETS or TIMES before the output's first line. */
static int64_t
skipped(const struct merger *m, const struct run *run, enum runform_section section)
{
	int64_t first = run->form.first, wanted = m->form.first;

	if (first >= wanted)
		return 0;
	if (section == RUNFORM_OFFSETS)
		return wanted - first;
	return (wanted + RUNFORM_STRIDE - 1) / RUNFORM_STRIDE -
	       (first + RUNFORM_STRIDE - 1) / RUNFORM_STRIDE;
}

/* OFFSETS and TIMES follow each other as the runs do. */
static int
copy_section(struct merger *m, enum runform_section section, struct err *err)
{
	bool is_time = section == RUNFORM_TIMES;

	for (size_t i = 0; i < m->c->count; i++) {
		struct feed *f = &m->feeds[0];
		int64_t skip = skipped(m, m->c->runs[i], section);
		int64_t left = m->form.parts[section].count - m->b.parts[section].count;
		int r = 1;

		feed_start(f, m->c->runs[i], section, m->form.first);
		while (skip-- > 0 && r == 1)
			r = feed_next(f, err);
		for (; r == 1 && left > 0 && (r = feed_next(f, err)) == 1; left--)
			if (is_time)
				runbuild_u64(&m->b, section, runform_u64(f->record));
			else
				runbuild_u32(&m->b, section, runform_u32(f->record));
		if (r < 0)
			return -1;
	}
	return 0;
}

/* Of two parts of one segment one is made. */
static void
add_segment(struct merger *m, const struct run_segment *s)
{
	struct run_segment *last = m->segments + m->form.segments - 1;

	if (m->form.segments && last->first == s->first)
		last->end = s->end;
	else
		m->segments[m->form.segments++] = *s;
}

static int
read_segments(struct merger *m, struct err *err)
{
	size_t room = 0;

	for (size_t i = 0; i < m->c->count; i++)
		room += m->c->runs[i]->form.segments;
	m->segments = alloc_get(room * sizeof(*m->segments));
	m->form.segments = 0;
	for (size_t i = 0; i < m->c->count; i++) {
		struct feed *f = &m->feeds[0];
		int r;

		feed_start(f, m->c->runs[i], RUNFORM_SEGMENTS, m->form.first);
		while ((r = feed_next(f, err)) == 1) {
			struct run_segment s = {.first = (int64_t)runform_u64(f->record),
				.end = (int64_t)runform_u64(f->record + 8),
				.sum = runform_u64(f->record + 16)};

			if (s.first == m->form.end) {
				m->form.stop.sum = s.sum;
				m->has_stop = true;
			}
			if (!m->has_start && s.first == m->form.first) {
				m->form.start = (struct place){s.first, s.first, 0, s.sum};
				m->has_start = true;
			}
			if (m->has_start && s.first < m->form.end)
				add_segment(m, &s);
		}
		if (r < 0)
			return -1;
	}
	return 0;
}

/* The footer of the output, as far as it is known. */
static int
prepare(struct merger *m, struct err *err)
{
	const struct compact *c = m->c;
	struct runform *f = &m->form, *last = &c->runs[c->count - 1]->form;

	*f = c->runs[0]->form;
	m->has_start = c->begin <= f->first;
	f->first = MAX(c->begin, f->first);
	f->end = MIN(c->end, last->end);
	f->stop = last->stop;
	m->has_stop = f->end == last->end;
	f->last_ms = last->last_ms;
	f->streams = 0;
	f->bytes = 0;
	for (size_t i = 0; i < c->count; i++)
		f->streams += c->runs[i]->form.streams;
	f->streams = (uint32_t)MIN((int64_t)f->streams, f->end - f->first);
	if (read_segments(m, err))
		return -1;
	if (f->segments == 0 || !m->has_start || !m->has_stop)
		return nonsense(c->runs[0], err);
	f->stop.pos = f->end;
	f->stop.segment = m->segments[f->segments - 1].first;
	f->stop.offset = m->segments[f->segments - 1].end;
	for (uint32_t i = 0; i < f->segments; i++)
		f->bytes += m->segments[i].end;
	if (f->start.segment == m->segments[0].first)
		f->bytes -= f->start.offset;
	return 0;
}

static int
merge_all(struct merger *m, struct err *err)
{
	if (merge_ids(m, err) || merge_streams(m, err) || copy_section(m, RUNFORM_OFFSETS, err) ||
		copy_section(m, RUNFORM_TIMES, err))
		return -1;
	for (uint32_t i = 0; i < m->form.segments; i++)
		runbuild_segment(
			&m->b, m->segments[i].first, m->segments[i].end, m->segments[i].sum);
	return 0;
}

int
compact(struct root *root, const struct compact *c, struct err *err)
{
	struct merger m = {.c = c};
	int r;

	assert(c->count);
	m.feeds = alloc_array(c->count, sizeof(*m.feeds));
	m.lists = alloc_array(c->count, sizeof(*m.lists));
	r = prepare(&m, err) || runbuild_start(&m.b, root, c->name, &m.form, err) ? -1 : 0;
	if (r == 0) {
		m.form = m.b.form; /* with the layout */
		r = merge_all(&m, err);
		if (r)
			runbuild_drop(&m.b);
		else
			r = runbuild_finish(&m.b, c->dir, c->is_durable, err);
	}
	for (size_t i = 0; i < c->count; i++) {
		alloc_free(m.feeds[i].window);
		alloc_free(m.lists[i].window);
	}
	alloc_free(m.feeds);
	alloc_free(m.lists);
	alloc_free(m.segments);
	return r;
}
