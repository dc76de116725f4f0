/* hunt: roll's list, by inode and by content. */
#include "store/hunt.h"

#include "base/alloc.h"
#include "io/roll.h"

static size_t
find_mark(const struct roll *r, const struct mark *m)
{
	char **paths = alloc_array(r->count, sizeof(*paths));
	size_t i;

	for (i = 0; i < r->count; i++)
		paths[i] = r->items[i].path;
	i = mark_find(m, paths, r->count);
	alloc_free(paths);
	return i;
}

static size_t
find_inode(const struct roll *r, const struct stat *file)
{
	struct stat st;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (stat(r->items[i].path, &st) == 0 && st.st_dev == file->st_dev &&
			st.st_ino == file->st_ino)
			break;
	return i;
}

/* The item of this number, if there is one; the list is released. */
static int
take(struct roll *r, size_t i, bool is_other, struct hunt *out)
{
	bool has = i < r->count;

	if (has)
		*out = (struct hunt){
			alloc_string(r->items[i].path), r->items[i].is_archive, is_other};
	roll_release(r);
	return has;
}

/* The file of the log's name, when that is not the one that is known. */
static int
take_named(const char *log, const struct stat *known, bool is_other, struct hunt *out)
{
	struct stat st;

	if (stat(log, &st) != 0 || !S_ISREG(st.st_mode) ||
		(known && st.st_dev == known->st_dev && st.st_ino == known->st_ino))
		return 0;
	*out = (struct hunt){alloc_string(log), false, is_other};
	return 1;
}

int
hunt_oldest(const char *log, struct hunt *out, struct err *err)
{
	struct roll r;

	return roll_list(&r, log, err) ? -1 : take(&r, 0, false, out);
}

int
hunt_marked(
	const char *log, const struct mark *m, const char *guess, struct hunt *out, struct err *err)
{
	char *paths[] = {(char *)(uintptr_t)guess};
	struct roll r;
	size_t i;

	if (guess && m->head_n && mark_find(m, paths, 1) == 0) {
		*out = (struct hunt){alloc_string(guess), roll_is_archive(guess), false};
		return 1;
	}
	if (roll_list(&r, log, err))
		return -1;
	if (r.count == 0)
		return take_named(log, NULL, true, out);
	i = find_mark(&r, m);
	return i < r.count ? take(&r, i, false, out) : take(&r, 0, true, out);
}

/* Its number; count when there is none yet. */
static size_t
find_newer(const struct roll *r, const char *log, const struct hunt_last *last)
{
	size_t i = find_inode(r, &last->st);

	if (i == r->count) /* compressed meanwhile, or removed */
		i = find_mark(r, &last->mark);
	if (i == r->count && last->mark.head_n == 0 && last->before.head_n)
		i = find_mark(r, &last->before); /* it had no line; what comes next may be itself */
	if (i < r->count)
		return i + 1;
	if (!last->has_log_name)
		return 0; /* the oldest was removed: those left are newer */
	if (last->log_name_next && r->count && strcmp(r->items[r->count - 1].path, log) == 0)
		return r->count - 1;
	return r->count;
}

int
hunt_newer(const char *log, const struct hunt_last *last, struct hunt *out, struct err *err)
{
	struct roll r;

	if (roll_list(&r, log, err))
		return -1;
	if (take(&r, find_newer(&r, log, last), false, out))
		return 1;
	return last->has_log_name && last->log_name_next ? take_named(log, &last->st, false, out)
							 : 0;
}
