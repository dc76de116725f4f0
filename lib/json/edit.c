/* edit: a tree of changes shaped like the paths, written over the tokens in one walk. */
#include "json/edit.h"

#include "json/find.h"
#include "json/text.h"

enum action { THROUGH, SET, DELETE };

/* One step of one or more paths. */
struct edit_change {
	struct edit_step step; /* an index is never negative here */
	uint32_t value;        /* what is there; DOC_NONE: nothing yet */
	enum action action;
	struct span json;
	struct edit_change *children, *last, *next; /* in the order given */
};

static struct edit_change *
new_change(struct edit *e, struct edit_step step, uint32_t value)
{
	struct edit_change *c = arena_get(e->scratch, sizeof(*c));

	*c = (struct edit_change){.step = step, .value = value};
	return c;
}

static void
add_child(struct edit_change *parent, struct edit_change *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->children = child;
	parent->last = child;
}

void
edit_start(struct edit *e, const struct doc *d, struct arena *scratch)
{
	*e = (struct edit){.doc = d, .scratch = scratch};
	e->root = new_change(e, (struct edit_step){.name = SPAN("")}, 0);
}

static bool
same_step(struct edit_step a, struct edit_step b)
{
	if (!a.name.p || !b.name.p)
		return !a.name.p && !b.name.p && a.index == b.index;
	return span_equal(a.name, b.name);
}

static struct edit_change *
child_at(const struct edit_change *c, struct edit_step step)
{
	for (struct edit_change *k = c->children; k; k = k->next) {
		if (same_step(k->step, step))
			return k;
	}
	return NULL;
}

/* Items that an array has or will have. */
static int64_t
item_count(const struct edit *e, const struct edit_change *c)
{
	int64_t n = find_count(e->doc, c->value);

	for (const struct edit_change *k = c->children; k; k = k->next)
		n += k->value == DOC_NONE;
	return n;
}

static struct edit_step
from_the_front(const struct edit *e, const struct edit_change *c, struct edit_step step)
{
	if (!step.name.p && step.index < 0)
		step.index += find_count(e->doc, c->value);
	return step;
}

static uint32_t
existing(const struct edit *e, const struct edit_change *c, struct edit_step step)
{
	if (c->value == DOC_NONE)
		return DOC_NONE;
	if (step.name.p)
		return find_member(e->doc, c->value, step.name);
	return step.index < 0 ? DOC_NONE : find_item(e->doc, c->value, step.index);
}

/* Is c, or will it be, the kind of container that step goes into? */
static bool
takes(const struct edit *e, const struct edit_change *c, struct edit_step step)
{
	if (c->value != DOC_NONE)
		return doc_type(e->doc, c->value) == (step.name.p ? DOC_OBJECT : DOC_ARRAY);
	return !c->children || !c->children->step.name.p == !step.name.p;
}

static int
check_step(
	const struct edit *e, const struct edit_change *c, struct edit_step step, struct err *err)
{
	int64_t byte = c->value == DOC_NONE ? -1 : (int64_t)e->doc->at[c->value];

	if (c->action != THROUGH)
		return err_usage(err, "an edit inside a value that is %s",
			c->action == SET ? "set" : "deleted");
	if (!takes(e, c, step) && step.name.p)
		return err_data(err, "edit", byte, "no member '%.*s' in a value that is no object",
			(int)MIN(step.name.n, 100), step.name.p);
	if (!takes(e, c, step))
		return err_data(err, "edit", byte, "no item in a value that is no array");
	if (!step.name.p && (step.index < 0 || step.index > item_count(e, c)))
		return err_data(err, "edit", byte, "no item %lld in an array of %lld",
			(long long)step.index, (long long)item_count(e, c));
	return 0;
}

int
edit_set(struct edit *e, struct edit_path path, struct span json, struct err *err)
{
	struct edit_change *c = e->root, *grown = NULL, *branch = NULL;

	for (size_t i = 0; i < path.count; i++) {
		struct edit_step step = from_the_front(e, c, path.steps[i]);
		struct edit_change *next;

		if (check_step(e, c, step, err))
			return -1;
		next = child_at(c, step);
		if (!next) {
			next = new_change(e, step, existing(e, c, step));
			if (branch) {
				add_child(c, next);
			} else { /* grafted when all is well */
				branch = next;
				grown = c;
			}
		}
		c = next;
	}
	if (c->children)
		return err_usage(err, "a value is set that has edits inside");
	if (branch)
		add_child(grown, branch);
	c->action = SET;
	c->json = json;
	return 0;
}

static bool
only_deletes(const struct edit_change *c)
{
	for (const struct edit_change *k = c->children; k; k = k->next) {
		if (k->action == SET || !only_deletes(k))
			return false;
	}
	return true;
}

int
edit_delete(struct edit *e, struct edit_path path, struct err *err)
{
	struct edit_change *c = e->root;

	if (path.count == 0)
		return err_usage(err, "the whole value cannot be deleted");
	for (size_t i = 0; i < path.count; i++) {
		struct edit_step step = from_the_front(e, c, path.steps[i]);
		struct edit_change *next = child_at(c, step);

		if (c->action == SET)
			return err_usage(err, "an edit inside a value that is set");
		if (c->action == DELETE)
			return 0;
		if (!next) {
			uint32_t value = existing(e, c, step);

			if (value == DOC_NONE)
				return 0;
			next = new_change(e, step, value);
			add_child(c, next);
		}
		c = next;
	}
	if (!only_deletes(c))
		return err_usage(err, "a value is deleted that has edits inside");
	c->action = DELETE;
	c->children = c->last = NULL;
	return 0;
}

struct writer {
	const struct doc *doc;
	struct buf *out;
	const char *at; /* all before it is written */
};

static void
copy_to(struct writer *w, const char *p)
{
	buf_put(w->out, w->at, (size_t)(p - w->at));
	w->at = p;
}

static void write_value(struct writer *w, const struct edit_change *c);

/* The members and items that are new. some: there is one before them. */
static void
write_new(struct writer *w, const struct edit_change *c, bool some)
{
	for (const struct edit_change *k = c->children; k; k = k->next) {
		if (k->value != DOC_NONE || k->action == DELETE)
			continue;
		if (some)
			buf_putc(w->out, ',');
		some = true;
		if (k->step.name.p) {
			text_put(w->out, k->step.name);
			buf_putc(w->out, ':');
		}
		write_value(w, k);
	}
}

/* A deletion matches every member of its name, others the one value they found. */
static const struct edit_change *
change_of(const struct edit_change *c, const struct find_iter *it)
{
	for (const struct edit_change *k = c->children; k; k = k->next) {
		if (k->value == DOC_NONE)
			continue;
		if (k->value == it->value)
			return k;
		if (k->action == DELETE && it->is_object &&
			text_equals(doc_span(it->doc, it->name), k->step.name))
			return k;
	}
	return NULL;
}

static const char *
end_of(struct span s)
{
	return s.p + s.n;
}

/*
 * A deleted value goes with all bytes up to the next one, so the separator before it stays and serves
 * that one; mark is where out is cut when no next one was kept.
 */
static void
write_container(struct writer *w, const struct edit_change *c)
{
	struct find_iter it;
	const char *end = w->doc->text.p + w->doc->at[c->value] + 1; /* of what was kept last */
	size_t mark = 0;
	bool some = false, cut = false;

	copy_to(w, end);
	for (find_start(&it, w->doc, c->value); find_next(&it);) {
		const struct edit_change *k = change_of(c, &it);
		struct span value = doc_span(w->doc, it.value);
		const char *start = it.is_object ? w->doc->text.p + w->doc->at[it.name] : value.p;

		if (k && k->action == DELETE) {
			if (!cut) {
				copy_to(w, end);
				mark = w->out->n;
				copy_to(w, start);
				cut = true;
			}
			w->at = end = end_of(value);
			continue;
		}
		if (cut)
			w->at = start;
		cut = false;
		some = true;
		end = end_of(value);
		if (k) {
			copy_to(w, value.p);
			write_value(w, k);
			w->at = end;
		}
	}
	if (cut)
		w->out->n = mark;
	else
		copy_to(w, end);
	write_new(w, c, some);
	copy_to(w, end_of(doc_span(w->doc, c->value)));
}

static void
write_value(struct writer *w, const struct edit_change *c)
{
	bool is_array;

	if (c->action == SET) {
		buf_span(w->out, c->json);
	} else if (c->value != DOC_NONE) {
		if (c->children) {
			w->at = doc_span(w->doc, c->value).p;
			write_container(w, c);
		} else {
			buf_span(w->out, doc_span(w->doc, c->value));
		}
	} else {
		is_array = c->children && !c->children->step.name.p;
		buf_putc(w->out, is_array ? '[' : '{');
		write_new(w, c, false);
		buf_putc(w->out, is_array ? ']' : '}');
	}
}

int
edit_write(struct edit *e, struct buf *out, struct err *err)
{
	struct writer w = {e->doc, out, e->doc->text.p};
	size_t before = out->n;
	bool was_over = out->over;
	struct span value = doc_span(e->doc, 0);

	copy_to(&w, value.p);
	write_value(&w, e->root);
	w.at = end_of(value);
	copy_to(&w, end_of(e->doc->text));
	if (!out->over)
		return 0;
	out->n = before;
	out->over = was_over;
	return err_data(err, "size", -1, "the edited text has more than %zu bytes", out->max);
}
