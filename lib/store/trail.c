/* trail: a reader for one file, and what comes after it. */
#include "store/trail.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "io/roll.h"
#include "store/hunt.h"
#include "store/leaf.h"

#include <poll.h>
#include <sys/stat.h>

#define TRIES 16 /* files that vanish between listing and opening */

enum step { STEP_ERROR = -1, STEP_END = 0, STEP_ON = 1, STEP_WAIT = 2 };

struct trail {
	struct source source; /* first */
	struct trail_conf conf;
	char *path;
	struct arena names;
	struct leaf *leaf;
	const char *name; /* of the file that is open */
	bool is_placed;   /* mark is the end of the file read last */
	struct mark mark;
	struct mark previous; /* the end of the file before, if that had any bytes */
	int watch;
	uint64_t missed; /* changes of the tail, and 1, when no newer file was found */
	dev_t bound_dev;
	ino_t bound_inode;
	int64_t bound;           /* size of the newest file at the start; -1: passed, or none */
	struct source_line line; /* held back, or of one that dozes */
	bool is_waiting;         /* SOURCE_WAIT was answered last */
	bool is_held;            /* line is still to be given */
	bool is_dozing, has_dozed, is_last_look, is_cut, is_stopped, is_over, chains;
	struct mark first; /* of one that dozes: before its line */
	struct buf kept;   /* and the line */
};

static const char *
keep_name(struct trail *t, const char *path)
{
	if (strcmp(path, "-") == 0)
		return "stdin";
	return strcmp(path, t->path) == 0 ? t->path : arena_string(&t->names, span_str(path));
}

static void
close_file(struct trail *t)
{
	if (leaf_is_file(t->leaf)) {
		leaf_place(t->leaf, false, &t->mark);
		t->is_placed = true;
	}
	if (t->conf.follows)
		tail_forget(t->conf.tail, t->watch);
	t->watch = -1;
	leaf_close(t->leaf);
	t->leaf = NULL;
}

/* Opens at a place. STEP_WAIT: there is no such file. */
static enum step
open_file(
	struct trail *t, const char *path, const struct mark *at, bool is_archive, struct err *err)
{
	struct leaf_conf conf = t->conf.leaf;
	const char *name = keep_name(t, path);
	int r;

	conf.grows = t->conf.follows && !is_archive;
	if (t->conf.follows)
		t->watch = tail_file(t->conf.tail, path);
	r = leaf_open(&t->leaf, path, name, at, &conf, err);
	if (r <= 0)
		return r < 0 ? STEP_ERROR : STEP_WAIT;
	t->name = name;
	t->source.is_pipe = leaf_is_pipe(t->leaf);
	t->source.bytes_total = leaf_bytes_total(t->leaf);
	t->is_placed = leaf_is_file(t->leaf);
	t->is_last_look = t->is_cut = false;
	t->missed = 0;
	return STEP_ON;
}

/* --- which file -------------------------------------------------------------------------------- */

/* The one file of its log: what comes after it is not asked, as that takes a look at the whole directory. */
static bool
is_alone(const struct trail *t, const char *path)
{
	return t->conf.only && !t->conf.follows && strcmp(path, t->conf.only) == 0;
}

/* What hunt found is opened. STEP_WAIT: it found nothing, or that has vanished. */
static enum step
open_found(struct trail *t, int found, struct hunt *h, const struct mark *at, struct err *err)
{
	enum step step;

	if (found <= 0)
		return found < 0 ? STEP_ERROR : STEP_WAIT;
	t->chains = !is_alone(t, h->path);
	step = open_file(t, h->path, at, h->is_archive, err);
	alloc_free(h->path);
	return step;
}

/* At the place marked, else at the start of the oldest file. guess: where it may be. */
static enum step
open_marked(struct trail *t, const struct mark *m, const char *guess, struct err *err)
{
	char text[ERR_TEXT_MAX];
	struct mark at = *m;
	struct hunt h;
	int found = hunt_marked(t->path, &at, guess, &h, err);

	if (found <= 0 || !h.is_other)
		return open_found(t, found, &h, &at, err);
	snprintf(text, sizeof(text),
		"%.300s: the file of the position is gone; all that is there is read", t->path);
	if (t->conf.leaf.say)
		t->conf.leaf.say(t->conf.leaf.say_ctx, text);
	return open_found(t, found, &h, NULL, err);
}

static enum step
open_oldest(struct trail *t, struct err *err)
{
	enum step step = STEP_WAIT;
	int found = 1;

	t->chains = t->conf.follows;
	if (t->conf.only)
		step = open_file(t, t->conf.only, NULL, roll_is_archive(t->conf.only), err);
	for (int i = 0; i < TRIES && step == STEP_WAIT && found; i++) {
		struct hunt h;

		found = hunt_oldest(t->path, &h, err);
		step = open_found(t, found, &h, NULL, err);
	}
	return step;
}

/* The file that is open, as the one after which another comes. */
static bool
describe_last(struct trail *t, struct hunt_last *last)
{
	*last = (struct hunt_last){
		.has_log_name = t->name == t->path, .log_name_next = t->conf.follows};
	leaf_place(t->leaf, false, &last->mark);
	return fstat(leaf_fd(t->leaf), &last->st) == 0;
}

/* Opens the file that came after the last one; STEP_WAIT when there is none yet. */
static enum step
open_newer(struct trail *t, const struct hunt_last *last, struct err *err)
{
	enum step step = STEP_WAIT;
	int found = 1;

	for (int i = 0; i < TRIES && step == STEP_WAIT && found; i++) {
		struct hunt h;

		found = hunt_newer(t->path, last, &h, err);
		step = open_found(t, found, &h, NULL, err);
	}
	return step;
}

/* The file of this name; that it is not there is an error, unless it is waited for. */
static enum step
open_named(struct trail *t, struct err *err)
{
	enum step step = open_file(t, t->path, NULL, false, err);

	return step == STEP_WAIT && !t->conf.follows ? STEP_ERROR : step;
}

static enum step
open_first(struct trail *t, struct err *err)
{
	const char *guess = t->conf.only ? t->conf.only : t->path;
	enum step step;

	if (t->conf.mark)
		step = open_marked(t, t->conf.mark, guess, err);
	else if (t->conf.is_whole)
		step = open_oldest(t, err);
	else
		return open_named(t, err);
	if (step != STEP_WAIT || t->conf.follows)
		return step;
	return t->conf.is_whole ? STEP_END : open_named(t, err);
}

/* --- at the end of a file ---------------------------------------------------------------------- */

/* What was open before the file that is open now. */
static void
close_old(struct trail *t, struct leaf *old, int watch)
{
	leaf_close(old);
	if (t->conf.follows && watch != t->watch)
		tail_forget(t->conf.tail, watch);
}

/* There is nothing newer; this is asked again when a name has appeared. */
static void
note_missed(struct trail *t)
{
	t->missed = t->conf.follows ? t->conf.tail->changes + 1 : 0;
}

/* The file is read: the next one, if there is one. Until that is open the old one is kept, and with it its inode. */
static enum step
leave(struct trail *t, struct err *err)
{
	bool is_known = t->conf.follows && !t->is_cut && t->missed == t->conf.tail->changes + 1;
	struct leaf *old = t->leaf;
	struct hunt_last last;
	int watch = t->watch;
	enum step step;

	if (!leaf_is_file(old) || (!t->chains && !t->conf.follows) || t->is_stopped ||
		!describe_last(t, &last))
		return STEP_END;
	if (is_known)
		return STEP_WAIT;
	step = t->is_cut ? open_file(t, t->path, NULL, false, err) : open_newer(t, &last, err);
	if (step == STEP_ON) {
		if (last.mark.head_n)
			t->previous = last.mark;
		close_old(t, old, watch);
		return step;
	}
	note_missed(t);
	t->leaf = old;
	t->watch = watch;
	return step;
}

/* A file that has not the log's name: is there a newer one? */
static bool
has_newer(struct trail *t)
{
	struct hunt_last last;
	struct err ignored;
	struct hunt h;

	if (t->missed == t->conf.tail->changes + 1 || !describe_last(t, &last))
		return false;
	note_missed(t);
	if (hunt_newer(t->path, &last, &h, &ignored) <= 0)
		return false;
	t->missed = 0;
	alloc_free(h.path);
	return true;
}

/* A followed file has no more for now. STEP_ON: read again. */
static enum step
look(struct trail *t)
{
	enum tail_state state = tail_look(t->path, leaf_fd(t->leaf), leaf_bytes_done(t->leaf));
	struct stat st;

	if (t->name != t->path || (state == TAIL_SAME && stat(t->path, &st) != 0))
		state = has_newer(t) ? TAIL_REPLACED : TAIL_SAME;
	if (state == TAIL_SAME) {
		t->is_last_look = false;
		return STEP_WAIT;
	}
	if (state == TAIL_REPLACED && !t->is_last_look) {
		t->is_last_look = true; /* what was written between our last read and the rename */
		return STEP_ON;
	}
	t->is_cut = state == TAIL_CUT;
	leaf_finish(t->leaf);
	return STEP_ON;
}

static enum step
at_end(struct trail *t, int got, struct err *err)
{
	enum step step;

	if (got == SOURCE_WAIT)
		return leaf_is_file(t->leaf) ? look(t) : STEP_WAIT;
	step = leave(t, err);
	if (step == STEP_WAIT && !t->conf.follows)
		step = STEP_END;
	if (step == STEP_END) {
		t->is_over = true;
		close_file(t);
	}
	return step;
}

/* --- the source -------------------------------------------------------------------------------- */

static bool
is_past_bound(const struct trail *t)
{
	struct stat st;

	return leaf_offset(t->leaf, false) > t->bound && leaf_is_plain(t->leaf) &&
	       fstat(leaf_fd(t->leaf), &st) == 0 && st.st_dev == t->bound_dev &&
	       st.st_ino == t->bound_inode;
}

/* The line that was read last is kept, the file closed until the next is asked for. */
static void
doze(struct trail *t, struct source_line *line)
{
	buf_clear(&t->kept);
	buf_span(&t->kept, line->line);
	buf_room(&t->kept, BUF_PAD);
	line->line = buf_view(&t->kept);
	leaf_place(t->leaf, true, &t->first);
	close_file(t);
	t->first.head = t->mark.head;
	t->first.head_n = t->mark.head_n;
	t->is_dozing = t->has_dozed = true;
}

static enum step
wake(struct trail *t, struct err *err)
{
	struct mark at = t->mark;
	enum step step = open_marked(t, &at, t->name, err);

	t->is_dozing = false;
	buf_release(&t->kept);
	return step == STEP_WAIT ? STEP_END : step;
}

static int
give(struct trail *t, struct source_line *line)
{
	t->source.bytes_done = leaf_bytes_done(t->leaf);
	if (unlikely(t->bound >= 0) && is_past_bound(t)) {
		t->line = *line;
		t->bound = -1;
		t->is_held = true;
		return SOURCE_WAIT;
	}
	if (unlikely(t->conf.dozes && !t->has_dozed) && leaf_is_file(t->leaf))
		doze(t, line);
	return SOURCE_LINE;
}

/* What comes before a file is read on, after something other than a line was answered. */
static enum step
resume(struct trail *t, struct err *err)
{
	if (t->is_waiting && t->conf.drains)
		tail_drain(t->conf.tail);
	t->is_waiting = false;
	if (t->is_dozing)
		return wake(t, err);
	return t->leaf ? STEP_ON : open_first(t, err);
}

static int
trail_next(struct source *s, struct source_line *out, struct err *err)
{
	struct trail *t = (struct trail *)s;
	enum step step = STEP_ON;

	if (unlikely(t->is_held)) {
		t->is_held = false;
		*out = t->line;
		return SOURCE_LINE;
	}
	if (unlikely(t->is_over))
		return SOURCE_END;
	if (unlikely(!t->leaf || t->is_waiting))
		step = resume(t, err);
	while (step == STEP_ON) {
		int got = leaf_next(t->leaf, out, err);

		if (likely(got == SOURCE_LINE))
			return give(t, out);
		step = got == SOURCE_ERROR ? STEP_ERROR : at_end(t, got, err);
	}
	t->is_waiting = step == STEP_WAIT;
	t->is_over |= step == STEP_END;
	if (step == STEP_WAIT)
		t->bound = -1;
	return (int)step;
}

static size_t
trail_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct trail *t = (struct trail *)s;

	bool has_own = t->leaf && !leaf_is_file(t->leaf);

	if (max == 0 || (!has_own && !t->conf.drains))
		return 0;
	fds[0] = (struct pollfd){
		.fd = has_own ? leaf_fd(t->leaf) : t->conf.tail->fd, .events = POLLIN};
	return 1;
}

static void
trail_stop(struct source *s)
{
	struct trail *t = (struct trail *)s;

	t->is_stopped = true;
	if (t->leaf)
		leaf_stop(t->leaf);
	else
		t->is_over = true;
}

static void
trail_close(struct source *s)
{
	struct trail *t = (struct trail *)s;

	if (t->leaf)
		leaf_close(t->leaf);
	buf_release(&t->kept);
	arena_release(&t->names);
	alloc_free(t->path);
	alloc_free(t);
}

/* Where the newest file ends now. */
static void
set_bound(struct trail *t)
{
	struct stat st;

	if (t->conf.is_new || stat(t->path, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	t->bound = st.st_size;
	t->bound_dev = st.st_dev;
	t->bound_inode = st.st_ino;
}

struct trail *
trail_new(const char *path, const struct trail_conf *conf, struct err *err)
{
	struct trail *t;

	if (conf->follows && strcmp(path, "-") == 0) {
		err_usage(err, "'-' has no name to be followed by");
		return NULL;
	}
	if (conf->follows && tail_directory_of(conf->tail, path, err))
		return NULL;
	t = alloc_zero(sizeof(*t));
	t->source = (struct source){.next = trail_next,
		.fds = trail_fds,
		.stop = trail_stop,
		.close = trail_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	t->conf = *conf;
	t->path = alloc_string(path);
	t->watch = -1;
	t->bound = -1;
	arena_init(&t->names);
	buf_init(&t->kept, SIZE_MAX / 2);
	if (conf->mark) {
		t->mark = *conf->mark;
		t->conf.mark = &t->mark;
		t->is_placed = true;
	}
	if (conf->follows)
		set_bound(t);
	return t;
}

struct source *
trail_source(struct trail *t)
{
	return &t->source;
}

bool
trail_place(struct trail *t, bool before, struct mark *m)
{
	if (!t->is_placed)
		return false;
	before |= t->is_held;
	if (!t->leaf)
		*m = before && t->is_dozing ? t->first : t->mark;
	else if (leaf_offset(t->leaf, before) == 0 && t->previous.head_n)
		*m = t->previous; /* more of it to know it by than of the file that begins */
	else
		leaf_place(t->leaf, before, m);
	return true;
}
