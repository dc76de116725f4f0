/* tree: names, and the operations on directories that are not durable yet. */
#include "sim/inner.h"

#include "base/alloc.h"

static void
copy(char out[SIM_NAME], const char *name)
{
	snprintf(out, SIM_NAME, "%s", name);
}

struct sim_entry *
tree_find(struct sim_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i].name, name) == 0)
			return &names->items[i];
	return NULL;
}

static void
set(struct sim_names *names, const char *name, struct sim_file *file)
{
	struct sim_entry *e = tree_find(names, name);

	if (!e) {
		if (names->count == names->room) {
			names->room = names->room ? names->room * 2 : 16;
			names->items =
				alloc_resize(names->items, names->room * sizeof(*names->items));
		}
		e = &names->items[names->count++];
		copy(e->name, name);
	}
	e->file = file;
}

static void
unset(struct sim_names *names, const char *name)
{
	struct sim_entry *e = tree_find(names, name);

	if (e)
		*e = names->items[--names->count];
}

static void
apply(struct sim_names *names, const struct sim_move *m)
{
	if (m->is_gone) {
		unset(names, m->name);
		return;
	}
	if (*m->from)
		unset(names, m->from);
	set(names, m->name, m->file);
}

static void
change(struct sim_tree *t, struct sim_move m)
{
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		t->moves = alloc_resize(t->moves, t->room * sizeof(*t->moves));
	}
	t->moves[t->count++] = m;
	apply(&t->live, &m);
}

void
tree_put(struct sim_tree *t, const char *name, struct sim_file *file)
{
	struct sim_move m = {.file = file};

	copy(m.name, name);
	change(t, m);
}

void
tree_drop(struct sim_tree *t, const char *name)
{
	struct sim_move m = {.is_gone = true};

	copy(m.name, name);
	change(t, m);
}

void
tree_rename(struct sim_tree *t, const char *from, const char *to)
{
	struct sim_move m = {.file = tree_find(&t->live, from)->file};

	copy(m.name, to);
	copy(m.from, from);
	change(t, m);
}

bool
tree_in(const char *name, const char *dir)
{
	const char *slash = strchr(name, '/');
	size_t n = strlen(dir);

	if (strcmp(dir, ".") == 0)
		return !slash;
	return slash && (size_t)(slash - name) == n && memcmp(name, dir, n) == 0;
}

static bool
share(const struct sim_move *a, const struct sim_move *b)
{
	return strcmp(a->name, b->name) == 0 || strcmp(a->from, b->name) == 0 ||
	       strcmp(a->name, b->from) == 0 || (*a->from && strcmp(a->from, b->from) == 0);
}

/* The moves in dir, and those before them that they rest on. */
void
tree_sync(struct sim_tree *t, const char *dir)
{
	bool *due = alloc_zero(t->count + 1);
	size_t kept = 0;

	for (size_t i = t->count; i-- > 0;) {
		const struct sim_move *m = &t->moves[i];

		due[i] = due[i] || tree_in(m->name, dir) || (*m->from && tree_in(m->from, dir));
		for (size_t j = 0; due[i] && j < i; j++)
			due[j] = due[j] || share(&t->moves[j], m);
	}
	for (size_t i = 0; i < t->count; i++) {
		if (due[i])
			apply(&t->durable, &t->moves[i]);
		else
			t->moves[kept++] = t->moves[i];
	}
	t->count = kept;
	alloc_free(due);
}

void
tree_sync_all(struct sim_tree *t)
{
	for (size_t i = 0; i < t->count; i++)
		apply(&t->durable, &t->moves[i]);
	t->count = 0;
}

/* Files in a directory that is not there are gone. */
static void
prune(struct sim_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		char dir[SIM_NAME];
		char *slash;

		copy(dir, names->items[i].name);
		slash = strchr(dir, '/');
		if (!slash)
			continue;
		*slash = '\0';
		if (!tree_find(names, dir))
			names->items[i--] = names->items[--names->count];
	}
}

void
tree_crash(struct sim_tree *t, struct sim_rng *r, unsigned keep)
{
	bool *lost = alloc_zero(t->count + 1);

	/* A lost one takes those after it that share a name with it along. */
	for (size_t i = 0; i < t->count; i++) {
		lost[i] = !sim_chance(r, keep);
		for (size_t j = 0; !lost[i] && j < i; j++)
			lost[i] = lost[j] && share(&t->moves[j], &t->moves[i]);
		if (!lost[i])
			apply(&t->durable, &t->moves[i]);
	}
	alloc_free(lost);
	t->count = 0;
	prune(&t->durable);
	t->live.count = 0;
	for (size_t i = 0; i < t->durable.count; i++)
		set(&t->live, t->durable.items[i].name, t->durable.items[i].file);
}

void
tree_free(struct sim_tree *t)
{
	alloc_free(t->live.items);
	alloc_free(t->durable.items);
	alloc_free(t->moves);
}
