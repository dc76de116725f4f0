/* pane: which windows an event is in, which are due, what they hold. */
#include "op/pane.h"

#include "op/slide.h"

static int64_t
gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* --- numbers of panes and windows ------------------------------------------------------------ */

static int64_t
times(int64_t a, int64_t b)
{
	int64_t product;

	if (likely(!__builtin_mul_overflow(a, b, &product)))
		return product;
	return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

int64_t
pane_window_start(const struct window *w, int64_t k)
{
	return watermark_plus(times(k, w->conf.slide_ms), w->conf.offset_ms);
}

int64_t
pane_window_end(const struct window *w, int64_t k)
{
	return watermark_plus(pane_window_start(w, k), w->conf.size_ms);
}

int64_t
pane_first(const struct pane *p, int64_t k)
{
	return times(k, p->slide);
}

/* The first and the last window that pane number p is in; none: the first is after the last. */
static int64_t
first_window(const struct pane *p, int64_t number)
{
	return cell_floor_div(watermark_minus(number, p->size), p->slide) + 1;
}

static int64_t
last_window(const struct pane *p, int64_t number)
{
	return cell_floor_div(number, p->slide);
}

/* The last window with end - 1 <= watermark - lateness. */
static int64_t
last_due(const struct window *w, int64_t lateness_ms)
{
	int64_t t = watermark_minus(w->watermark_ms, lateness_ms);

	if (w->watermark_ms == WATERMARK_END)
		return lateness_ms ? INT64_MIN : INT64_MAX - 1;
	if (w->watermark_ms == WATERMARK_NONE)
		return INT64_MIN;
	t = watermark_minus(watermark_plus(t, 1), w->conf.offset_ms);
	return cell_floor_div(watermark_minus(t, w->conf.size_ms), w->conf.slide_ms);
}

/* --- the deque of panes ---------------------------------------------------------------------- */

/* Index from head of the first pane with a number >= number; n when there is none. */
static size_t
find(const struct pane *p, int64_t number)
{
	const struct pane_item *items = p->items + p->head;
	size_t low = 0, high = p->n;

	if (p->n && items[p->n - 1].number < number)
		return p->n;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (items[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct pane_item *
pane_from(struct pane *p, int64_t number)
{
	size_t i = find(p, number);

	return i < p->n ? &p->items[p->head + i] : NULL;
}

static void
make_room(struct pane *p)
{
	if (p->head + p->n < p->cap)
		return;
	if (p->head > p->n) {
		memmove(p->items, p->items + p->head, p->n * sizeof(*p->items));
		p->head = 0;
		return;
	}
	p->cap = MAX(p->cap * 2, (size_t)16);
	p->items = alloc_resize(p->items, p->cap * sizeof(*p->items));
}

static struct pane_item *
pane_get(struct pane *p, int64_t number)
{
	size_t i = find(p, number);
	struct pane_item *item;

	if (i < p->n && p->items[p->head + i].number == number)
		return &p->items[p->head + i];
	make_room(p);
	item = &p->items[p->head + i];
	memmove(item + 1, item, (p->n - i) * sizeof(*item));
	*item = (struct pane_item){.number = number};
	p->n++;
	return item;
}

/* Frees the first pane and its cells; keys without cells go too. */
static void
drop_first(struct window *w)
{
	struct pane *p = w->panes;
	struct pane_item *item = &p->items[p->head];

	if (w->slide)
		slide_unfold(w, item);
	for (size_t i = 0; i < item->count; i++) {
		struct cell_key *k = item->cells[i]->key;

		cell_free(w, item->cells[i]);
		cell_key_drop(w, k);
	}
	alloc_free(item->cells);
	p->head++;
	p->n--;
}

void
pane_start(struct window *w)
{
	struct pane *p = w->panes = alloc_zero(sizeof(*p));
	const struct window_conf *c = &w->conf;

	p->width_ms = gcd(c->size_ms, c->slide_ms);
	p->size = c->size_ms / p->width_ms;
	p->slide = c->slide_ms / p->width_ms;
	p->next = INT64_MIN;
	if (p->size > 1 && c->lateness_ms == 0)
		slide_start(w);
}

void
pane_stop(struct window *w)
{
	struct pane *p = w->panes;

	if (w->slide)
		slide_stop(w);
	for (size_t i = 0; i < p->n; i++)
		alloc_free(p->items[p->head + i].cells);
	alloc_free(p->items);
	alloc_free(p);
}

/* --- giving out ------------------------------------------------------------------------------ */

static int
compare_cells(const void *a, const void *b)
{
	return cell_key_compare((*(struct cell *const *)a)->key, (*(struct cell *const *)b)->key);
}

static int
compare_keys(const void *a, const void *b)
{
	return cell_key_compare(*(struct cell_key *const *)a, *(struct cell_key *const *)b);
}

static void
give_cell(struct window *w, struct cell *c, int64_t k, enum window_pane label)
{
	if (c->events == 0)
		return; /* discarded, nothing since */
	cell_emit(w, c, pane_window_start(w, k), pane_window_end(w, k), label, c->n++);
	if (w->conf.discard)
		cell_clear(w, c);
}

/* A window that is one pane: its cells are its results. */
static void
give_pane(struct window *w, int64_t k, enum window_pane label)
{
	struct pane_item *item = pane_from(w->panes, pane_first(w->panes, k));

	qsort(item->cells, item->count, sizeof(*item->cells), compare_cells);
	for (size_t i = 0; i < item->count; i++)
		give_cell(w, item->cells[i], k, label);
}

/* How often has window k of this key been given out before? Counts this time. */
static uint32_t
count_fire(struct window *w, struct cell_key *key, int64_t k, uint32_t before)
{
	int64_t over = last_due(w, w->conf.lateness_ms);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < key->fire_count; i++)
		if (key->fires[i].window > over)
			key->fires[kept++] = key->fires[i];
	key->fire_count = kept;
	for (uint32_t i = 0; i < kept; i++)
		if (key->fires[i].window == k)
			return key->fires[i].n++;
	if (kept == key->fire_cap) {
		key->fire_cap = MAX(key->fire_cap * 2, 4u);
		key->fires = alloc_resize(key->fires, key->fire_cap * sizeof(*key->fires));
	}
	key->fires[key->fire_count++] = (struct cell_fire){k, before + 1};
	return before;
}

/* Merges the key's cells that window k has, and gives the result out. */
static void
give_merged(
	struct window *w, struct cell_key *key, int64_t k, enum window_pane label, uint32_t before)
{
	int64_t low = pane_first(w->panes, k), high = watermark_plus(low, w->panes->size);
	struct cell *sum = w->sum;

	cell_clear(w, sum);
	for (struct cell *c = key->oldest; c; c = c->newer)
		if (c->at >= low && c->at < high)
			cell_merge(w, sum, c);
	sum->key = key;
	cell_emit(w, sum, pane_window_start(w, k), pane_window_end(w, k), label,
		count_fire(w, key, k, before));
	sum->key = NULL;
}

static void
gather_key(struct window *w, struct cell_key *key, size_t *n)
{
	if (key->stamp == w->panes->pass)
		return;
	key->stamp = w->panes->pass;
	if (*n == w->gather_cap) {
		w->gather_cap = MAX(w->gather_cap * 2, (size_t)64);
		w->gather = alloc_resize(w->gather, w->gather_cap * sizeof(*w->gather));
	}
	w->gather[(*n)++] = key;
}

static void
give_keys(struct window *w, int64_t k, enum window_pane label)
{
	struct pane *p = w->panes;
	int64_t low = pane_first(p, k), high = watermark_plus(low, p->size);
	size_t n = 0;

	p->pass++;
	for (size_t i = find(p, low); i < p->n && p->items[p->head + i].number < high; i++) {
		const struct pane_item *item = &p->items[p->head + i];

		for (size_t j = 0; j < item->count; j++)
			gather_key(w, item->cells[j]->key, &n);
	}
	if (n)
		qsort(w->gather, n, sizeof(*w->gather), compare_keys);
	for (size_t i = 0; i < n; i++)
		give_merged(w, w->gather[i], k, label, 0);
}

static void
give_empty(struct window *w, int64_t k, enum window_pane label)
{
	cell_clear(w, w->sum);
	cell_emit(w, w->sum, pane_window_start(w, k), pane_window_end(w, k), label, 0);
}

static bool
has_cells(struct pane *p, int64_t k)
{
	int64_t low = pane_first(p, k);
	struct pane_item *item = pane_from(p, low);

	return item && item->number < watermark_plus(low, p->size);
}

static void
give_window(struct window *w, int64_t k, enum window_pane label)
{
	if (!has_cells(w->panes, k))
		give_empty(w, k, label);
	else if (w->panes->size == 1)
		give_pane(w, k, label);
	else if (w->slide)
		slide_give(w, k, label);
	else
		give_keys(w, k, label);
}

/* --- the watermark --------------------------------------------------------------------------- */

/* The next window to give out, at most `due`; false when there is none. */
static bool
next_window(struct window *w, int64_t due, enum window_pane label, int64_t *k)
{
	struct pane *p = w->panes;
	int64_t low = p->next == INT64_MIN ? INT64_MIN : times(p->next, p->slide);
	struct pane_item *item = pane_from(p, low);

	if (p->next > due)
		return false;
	if (w->conf.empty && p->started && (item || label != WINDOW_EOF)) {
		*k = p->next;
		return true;
	}
	if (!item)
		return false;
	*k = MAX(p->next, first_window(p, item->number));
	return *k <= due;
}

/* Panes that no window to come, and none that may still be late, will read. */
static void
drop_panes(struct window *w)
{
	struct pane *p = w->panes;
	int64_t over = w->conf.lateness_ms ? last_due(w, w->conf.lateness_ms) : p->next - 1;

	while (p->n && last_window(p, p->items[p->head].number) <= over)
		drop_first(w);
}

void
pane_advance(struct window *w, enum window_pane label)
{
	struct pane *p = w->panes;
	int64_t due = last_due(w, 0), k;

	if (due < p->next && w->conf.lateness_ms == 0)
		return;
	if (p->n == 0 && !(w->conf.empty && p->started)) {
		p->next = due == INT64_MIN ? due : MAX(p->next, due + 1);
		return;
	}
	while (!w->failed && next_window(w, due, label, &k)) {
		give_window(w, k, label);
		if (!p->started)
			p->given_from = k;
		p->started = true;
		p->next = k + 1;
		if (w->conf.lateness_ms == 0)
			drop_panes(w);
	}
	if (due > INT64_MIN)
		p->next = MAX(p->next, due + 1);
	drop_panes(w);
}

/* --- an event -------------------------------------------------------------------------------- */

/* Gives the windows of this pane out again that are due already. */
static void
give_again(struct window *w, struct cell *c)
{
	struct pane *p = w->panes;
	int64_t over = last_due(w, w->conf.lateness_ms);
	int64_t k = MAX(first_window(p, c->at), over == INT64_MIN ? over : over + 1);
	int64_t last = MIN(last_window(p, c->at), last_due(w, 0));

	for (; k <= last && !w->failed; k++) {
		/* An empty window was given out before its first event came. */
		uint32_t before = w->conf.empty && p->started && k >= p->given_from;

		if (p->size > 1) {
			give_merged(w, c->key, k, WINDOW_LATE, before);
			continue;
		}
		if (c->n == 0)
			c->n = before;
		give_cell(w, c, k, WINDOW_LATE);
	}
}

static struct cell *
cell_at(struct window *w, struct cell_key *key, int64_t number)
{
	struct pane_item *item;
	struct cell *c = key->newest;

	while (c && c->at > number)
		c = c->older;
	if (c && c->at == number)
		return c;
	c = cell_new(w, key, number);
	item = pane_get(w->panes, number);
	if (item->count == item->cap) {
		item->cap = MAX(item->cap * 2, (size_t)4);
		item->cells = alloc_resize(item->cells, item->cap * sizeof(struct cell *));
	}
	item->cells[item->count++] = c;
	if (w->slide)
		slide_enter(w, c);
	return c;
}

enum window_verdict
pane_add(struct window *w, const struct window_event *ev)
{
	struct pane *p = w->panes;
	int64_t number =
		cell_floor_div(watermark_minus(ev->time_ms, w->conf.offset_ms), p->width_ms);
	int64_t last = last_window(p, number);
	struct cell_key *key;
	struct cell *c;
	bool is_new;

	if (first_window(p, number) > last)
		return WINDOW_OUTSIDE;
	if (w->watermark_ms != WATERMARK_NONE && last <= last_due(w, w->conf.lateness_ms))
		return WINDOW_TOO_LATE;
	key = cell_key(w, ev->key, &is_new);
	if (!key)
		return WINDOW_LIMIT;
	c = cell_at(w, key, number);
	cell_take(w, c, ev);
	if (w->slide)
		slide_take(w, c, ev);
	else if (w->conf.lateness_ms && last_due(w, 0) > INT64_MIN)
		give_again(w, c);
	return WINDOW_TAKEN;
}
