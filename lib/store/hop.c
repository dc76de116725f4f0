/* hop: what hunt finds, opened. */
#include "store/hop.h"

#include "base/alloc.h"
#include "io/roll.h"
#include "store/hunt.h"

#define TRIES 16 /* files that vanish between listing and opening */

void
hop_init(struct hop *h, const char *path, const struct leaf_conf *conf)
{
	*h = (struct hop){.conf = *conf, .path = path, .watch = -1};
	arena_init(&h->names);
}

static void
forget(struct hop *h, int watch)
{
	if (h->tail)
		tail_forget(h->tail, watch);
}

void
hop_close(struct hop *h)
{
	forget(h, h->watch);
	h->watch = -1;
	leaf_close(h->leaf);
	h->leaf = NULL;
}

void
hop_release(struct hop *h)
{
	if (h->leaf)
		leaf_close(h->leaf);
	arena_release(&h->names);
}

/* --- opening ----------------------------------------------------------------------------------- */

static const char *
keep_name(struct hop *h, const char *path)
{
	if (strcmp(path, "-") == 0)
		return "stdin";
	return strcmp(path, h->path) == 0 ? h->path : arena_string(&h->names, span_str(path));
}

/* Opens at a place. HOP_WAIT: there is no such file. */
static enum hop_step
open_file(struct hop *h, const char *path, const struct mark *at, bool is_archive, struct err *err)
{
	struct leaf_conf conf = h->conf;
	const char *name = keep_name(h, path);
	int r;

	conf.grows = h->tail && !is_archive;
	if (h->tail)
		h->watch = tail_file(h->tail, path);
	r = leaf_open(&h->leaf, path, name, at, &conf, err);
	if (r <= 0)
		return r < 0 ? HOP_ERROR : HOP_WAIT;
	h->name = name;
	return HOP_ON;
}

/* The one file of its log: what comes after it is not asked, as that takes a look at the whole directory. */
static bool
is_alone(const struct hop *h, const char *path)
{
	return h->only && !h->tail && strcmp(path, h->only) == 0;
}

/* What hunt found is opened. HOP_WAIT: it found nothing, or that has vanished. */
static enum hop_step
open_found(struct hop *h, int found, struct hunt *file, const struct mark *at, struct err *err)
{
	enum hop_step step;

	if (found <= 0)
		return found < 0 ? HOP_ERROR : HOP_WAIT;
	h->chains = !is_alone(h, file->path);
	step = open_file(h, file->path, at, file->is_archive, err);
	alloc_free(file->path);
	return step;
}

/* --- the first one ----------------------------------------------------------------------------- */

enum hop_step
hop_named(struct hop *h, struct err *err)
{
	return open_file(h, h->path, NULL, false, err);
}

enum hop_step
hop_oldest(struct hop *h, struct err *err)
{
	enum hop_step step = HOP_WAIT;
	int found = 1;

	h->chains = h->tail != NULL;
	if (h->only)
		step = open_file(h, h->only, NULL, roll_is_archive(h->only), err);
	for (int i = 0; i < TRIES && step == HOP_WAIT && found; i++) {
		struct hunt file;

		found = hunt_oldest(h->path, &file, err);
		step = open_found(h, found, &file, NULL, err);
	}
	return step;
}

enum hop_step
hop_marked(struct hop *h, const struct mark *m, const char *guess, struct err *err)
{
	char text[ERR_TEXT_MAX];
	struct mark at = *m;
	struct hunt file;
	int found = hunt_marked(h->path, &at, guess, &file, err);

	if (found <= 0 || !file.is_other)
		return open_found(h, found, &file, &at, err);
	snprintf(text, sizeof(text),
		"%.300s: the file of the position is gone; all that is there is read", h->path);
	if (h->conf.say)
		h->conf.say(h->conf.say_ctx, text);
	return open_found(h, found, &file, NULL, err);
}

/* --- the next one ------------------------------------------------------------------------------ */

/* The file that is open, as the one after which another comes. */
static bool
describe_last(struct hop *h, struct hunt_last *last)
{
	*last = (struct hunt_last){.has_log_name = h->name == h->path,
		.log_name_next = h->tail != NULL,
		.before = h->previous};
	if (!leaf_place(h->leaf, false, &last->mark))
		last->mark.head_n = 0; /* cut short: only the inode is left to know it by */
	return fstat(leaf_fd(h->leaf), &last->st) == 0;
}

/* What was open before is closed when another file is now, else it is taken up again. */
static enum hop_step
settle(struct hop *h, enum hop_step step, struct leaf *old, int watch)
{
	if (step != HOP_ON) {
		h->leaf = old;
		h->watch = watch;
		return step;
	}
	leaf_close(old);
	if (watch != h->watch)
		forget(h, watch);
	return step;
}

enum hop_step
hop_newer(struct hop *h, struct err *err)
{
	enum hop_step step = HOP_WAIT;
	struct leaf *old = h->leaf;
	struct hunt_last last;
	int watch = h->watch, found = 1;

	if (!describe_last(h, &last))
		return HOP_END;
	for (int i = 0; i < TRIES && step == HOP_WAIT && found; i++) {
		struct hunt file;

		found = hunt_newer(h->path, &last, &file, err);
		step = open_found(h, found, &file, NULL, err);
	}
	if (step == HOP_ON && last.mark.head_n)
		h->previous = last.mark;
	return settle(h, step, old, watch);
}

enum hop_step
hop_copy(struct hop *h, const struct mark *seen, struct err *err)
{
	struct leaf *old = h->leaf;
	int watch = h->watch, found;
	struct hunt file;
	struct mark at;

	leaf_recall(old, false, &at);
	found = seen->head_n || at.head_n
			? hunt_marked(h->path, seen->head_n ? seen : &at, NULL, &file, err)
			: 0;
	if (found > 0 && file.is_other) {
		alloc_free(file.path);
		found = 0;
	}
	return settle(h, open_found(h, found, &file, &at, err), old, watch);
}

enum hop_step
hop_again(struct hop *h, struct err *err)
{
	struct leaf *old = h->leaf;
	int watch = h->watch;

	return settle(h, hop_named(h, err), old, watch);
}

bool
hop_has_newer(struct hop *h)
{
	struct hunt_last last;
	struct err ignored;
	struct hunt file;

	if (!describe_last(h, &last) || hunt_newer(h->path, &last, &file, &ignored) <= 0)
		return false;
	alloc_free(file.path);
	return true;
}
