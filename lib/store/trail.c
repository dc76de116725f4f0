/* trail: a reader for one file, and what comes after it. */
#include "store/trail.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "store/hop.h"

#include <poll.h>
#include <sys/stat.h>

struct trail {
	struct source source; /* first */
	struct trail_conf conf;
	char *path;
	struct hop hop;
	bool is_placed; /* mark is the end of the file read last */
	struct mark mark;
	/* Where a followed file ended when it was looked at last; head_n 0: not known. */
	struct mark seen;
	uint64_t missed; /* changes of the tail, and 1, when no newer file was found */
	dev_t bound_dev;
	ino_t bound_inode;
	int64_t bound;           /* size of the newest file at the start; -1: passed, or none */
	struct source_line line; /* held back, or of one that dozes */
	bool is_waiting;         /* SOURCE_WAIT was answered last */
	bool is_held;            /* line is still to be given */
	bool has_told;           /* that the archive at hand is not whole */
	bool is_dozing, has_dozed, is_last_look, is_cut, is_stopped, is_over;
	struct mark first; /* of one that dozes: before its line */
	struct buf kept;   /* and the line */
};

/* In the file that is open. */
static bool
place(struct trail *t, bool before, struct mark *m)
{
	bool is_seen = t->seen.head_n && t->seen.offset == leaf_offset(t->hop.leaf, before);

	if (!is_seen)
		return leaf_place(t->hop.leaf, before, m);
	*m = t->seen; /* by now it may have been cut short */
	return true;
}

static void
close_file(struct trail *t)
{
	if (leaf_is_file(t->hop.leaf))
		t->is_placed = place(t, false, &t->mark);
	hop_close(&t->hop);
}

/* What holds of the file that was open before holds no more. */
static enum hop_step
begin_file(struct trail *t, enum hop_step step)
{
	if (step != HOP_ON)
		return step;
	t->source.is_pipe = leaf_is_pipe(t->hop.leaf);
	t->source.bytes_total = leaf_bytes_total(t->hop.leaf);
	t->is_placed = leaf_is_file(t->hop.leaf);
	t->is_last_look = t->is_cut = t->has_told = false;
	t->seen = (struct mark){0};
	t->missed = 0;
	return step;
}

/* The file of this name; that it is not there is an error, unless it is waited for. */
static enum hop_step
open_named(struct trail *t, struct err *err)
{
	enum hop_step step = hop_named(&t->hop, err);

	return step == HOP_WAIT && !t->conf.follows ? HOP_ERROR : step;
}

static enum hop_step
open_first(struct trail *t, struct err *err)
{
	const char *guess = t->conf.only ? t->conf.only : t->path;
	enum hop_step step;

	if (t->conf.mark)
		step = hop_marked(&t->hop, t->conf.mark, guess, err);
	else if (t->conf.is_whole)
		step = hop_oldest(&t->hop, err);
	else
		return open_named(t, err);
	if (step != HOP_WAIT || t->conf.follows)
		return step;
	return t->conf.is_whole ? HOP_END : open_named(t, err);
}

/* --- at the end of a file ---------------------------------------------------------------------- */

/* There is nothing newer; this is asked again when a name has appeared. */
static void
note_missed(struct trail *t)
{
	t->missed = t->conf.follows ? t->conf.tail->changes + 1 : 0;
}

/* Nothing newer was there, and no name has appeared since. */
static bool
is_known(const struct trail *t)
{
	return t->conf.follows && t->missed == t->conf.tail->changes + 1;
}

/* The file is read: the next one, if there is one. */
static enum hop_step
leave(struct trail *t, struct err *err)
{
	enum hop_step step;

	if (!leaf_is_file(t->hop.leaf) || (!t->hop.chains && !t->conf.follows) || t->is_stopped)
		return HOP_END;
	if (is_known(t) && !t->is_cut)
		return HOP_WAIT;
	step = t->is_cut ? hop_again(&t->hop, err) : hop_newer(&t->hop, err);
	if (step != HOP_ON)
		note_missed(t);
	return begin_file(t, step);
}

/* A file that has not the log's name: is there a newer one? */
static bool
has_newer(struct trail *t)
{
	if (is_known(t))
		return false;
	note_missed(t);
	if (!hop_has_newer(&t->hop))
		return false;
	t->missed = 0;
	return true;
}

/*
 * The file was cut short. Where it was copied before, what is left of it is read from the copy; else lines that nobody
 * has read may be lost.
 */
static enum hop_step
cut(struct trail *t, struct err *err)
{
	enum hop_step step = hop_copy(&t->hop, &t->seen, err);
	bool is_newest = t->hop.name == t->path;
	char text[ERR_TEXT_MAX];

	if (step != HOP_WAIT)
		return begin_file(t, step);
	snprintf(text, sizeof(text),
		"%.300s: was cut short after line %lld; what came after that may be lost%s",
		t->hop.name, (long long)leaf_line_no(t->hop.leaf),
		is_newest ? "; it is read again from its start" : "");
	if (t->conf.leaf.say)
		t->conf.leaf.say(t->conf.leaf.say_ctx, text);
	t->is_cut = is_newest;
	t->seen = (struct mark){0};
	leaf_cut(t->hop.leaf);
	return HOP_ON;
}

/* Notes the end of the file, by which a copy of it is known when it was cut short. */
static void
see(struct trail *t)
{
	bool is_new = t->seen.offset != leaf_offset(t->hop.leaf, false);

	if (is_new && leaf_is_plain(t->hop.leaf) && !leaf_place(t->hop.leaf, false, &t->seen))
		t->seen = (struct mark){0};
}

/* Half an archive gives nothing for as long as the other half is not there, which may be for ever. */
static void
tell_half(struct trail *t)
{
	char text[ERR_TEXT_MAX];

	if (t->has_told || leaf_is_whole(t->hop.leaf) || !t->conf.leaf.say)
		return;
	t->has_told = true;
	snprintf(text, sizeof(text), "%.300s: the archive ends in the middle; waiting for the rest",
		t->hop.name);
	t->conf.leaf.say(t->conf.leaf.say_ctx, text);
}

/* A followed file has no more for now. HOP_ON: read again. */
static enum hop_step
look(struct trail *t, struct err *err)
{
	enum tail_state state =
		tail_look(t->path, leaf_fd(t->hop.leaf), leaf_bytes_done(t->hop.leaf));
	struct stat st;

	if (leaf_is_cut(t->hop.leaf))
		return cut(t, err);
	if (t->hop.name != t->path || (state == TAIL_SAME && stat(t->path, &st) != 0))
		state = has_newer(t) ? TAIL_REPLACED : TAIL_SAME;
	if (state == TAIL_SAME) {
		t->is_last_look = false;
		see(t);
		tell_half(t);
		return HOP_WAIT;
	}
	if (state == TAIL_REPLACED && !t->is_last_look) {
		t->is_last_look = true; /* what was written between our last read and the rename */
		return HOP_ON;
	}
	if (state == TAIL_CUT)
		return cut(t, err);
	leaf_finish(t->hop.leaf);
	return HOP_ON;
}

static enum hop_step
at_end(struct trail *t, int got, struct err *err)
{
	enum hop_step step;

	if (got == SOURCE_WAIT)
		return leaf_is_file(t->hop.leaf) ? look(t, err) : HOP_WAIT;
	step = leave(t, err);
	if (step == HOP_WAIT && !t->conf.follows)
		step = HOP_END;
	if (step == HOP_END) {
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

	return leaf_offset(t->hop.leaf, false) > t->bound && leaf_is_plain(t->hop.leaf) &&
	       fstat(leaf_fd(t->hop.leaf), &st) == 0 && st.st_dev == t->bound_dev &&
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
	leaf_place(t->hop.leaf, true, &t->first);
	close_file(t);
	t->first.head = t->mark.head;
	t->first.head_n = t->mark.head_n;
	t->is_dozing = t->has_dozed = true;
}

static enum hop_step
wake(struct trail *t, struct err *err)
{
	struct mark at = t->mark;
	enum hop_step step = begin_file(t, hop_marked(&t->hop, &at, t->hop.name, err));

	t->is_dozing = false;
	buf_release(&t->kept);
	return step == HOP_WAIT ? HOP_END : step;
}

static int
give(struct trail *t, struct source_line *line)
{
	t->source.bytes_done = leaf_bytes_done(t->hop.leaf);
	if (unlikely(t->bound >= 0) && is_past_bound(t)) {
		t->line = *line;
		t->bound = -1;
		t->is_held = true;
		return SOURCE_WAIT;
	}
	if (unlikely(t->conf.dozes && !t->has_dozed) && leaf_is_file(t->hop.leaf))
		doze(t, line);
	return SOURCE_LINE;
}

/* What comes before a file is read on, after something other than a line was answered. */
static enum hop_step
resume(struct trail *t, struct err *err)
{
	if (t->is_waiting && t->conf.drains)
		tail_drain(t->conf.tail);
	t->is_waiting = false;
	if (t->is_dozing)
		return wake(t, err);
	return t->hop.leaf ? HOP_ON : begin_file(t, open_first(t, err));
}

static int
trail_next(struct source *s, struct source_line *out, struct err *err)
{
	struct trail *t = (struct trail *)s;
	enum hop_step step = HOP_ON;

	if (unlikely(t->is_held)) {
		t->is_held = false;
		*out = t->line;
		return SOURCE_LINE;
	}
	if (unlikely(t->is_over))
		return SOURCE_END;
	if (unlikely(!t->hop.leaf || t->is_waiting))
		step = resume(t, err);
	while (step == HOP_ON) {
		int got = leaf_next(t->hop.leaf, out, err);

		if (likely(got == SOURCE_LINE))
			return give(t, out);
		step = got == SOURCE_ERROR ? HOP_ERROR : at_end(t, got, err);
	}
	t->is_waiting = step == HOP_WAIT;
	t->is_over |= step == HOP_END;
	if (step == HOP_WAIT)
		t->bound = -1;
	return (int)step;
}

static size_t
trail_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct trail *t = (struct trail *)s;

	bool has_own = t->hop.leaf && !leaf_is_file(t->hop.leaf);

	if (max == 0 || (!has_own && !t->conf.drains))
		return 0;
	fds[0] = (struct pollfd){
		.fd = has_own ? leaf_fd(t->hop.leaf) : t->conf.tail->fd, .events = POLLIN};
	return 1;
}

static void
trail_stop(struct source *s)
{
	struct trail *t = (struct trail *)s;

	t->is_stopped = true;
	if (t->hop.leaf)
		leaf_stop(t->hop.leaf);
	else
		t->is_over = true;
}

static void
trail_close(struct source *s)
{
	struct trail *t = (struct trail *)s;

	hop_release(&t->hop);
	buf_release(&t->kept);
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
	t->bound = -1;
	hop_init(&t->hop, t->path, &conf->leaf);
	t->hop.only = conf->only;
	t->hop.tail = conf->follows ? conf->tail : NULL;
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
	if (!t->hop.leaf)
		*m = before && t->is_dozing ? t->first : t->mark;
	else if (leaf_offset(t->hop.leaf, before) == 0 && t->hop.previous.head_n)
		*m = t->hop.previous; /* more of it to know it by than of the file that begins */
	else
		return place(t, before, m);
	return true;
}
