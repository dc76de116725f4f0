/* ferry: in an order by which the other side is a backup at every moment. */
#include "store/ferry.h"

#include "base/num.h"
#include "store/assay.h"
#include "store/bearing.h"
#include "store/head.h"
#include "store/past.h"
#include "store/trove.h"
#include "store/visible.h"

#include <errno.h>

#define DIGITS 20

/* --- segments ---------------------------------------------------------------------------------- */

static int
unread(struct ferry *f, const char *name, struct err *err)
{
	bool is_gone = errno == ENOENT;

	err_system(err, "cannot read '%s/%s'", f->from->path, name);
	if (is_gone)
		err->code = "gone";
	return -1;
}

static bool
has(struct ferry *f, const char *name, int64_t bytes)
{
	return replica_size(f->to, name) == bytes ||
	       (f->to->stages && replica_staged(f->to, name) == bytes);
}

/* Damage must not take the place of what the backup has. */
static int
check(struct ferry *f, const struct segment *s, struct err *err)
{
	return assay(f->from, &f->list, (size_t)(s - f->list.items), &f->bound, err);
}

static int
copy(struct ferry *f, const struct segment *s, const char *name, int64_t bytes, struct err *err)
{
	if (has(f, name, bytes)) {
		f->out->kept++;
		return 0;
	}
	if (check(f, s, err))
		return -1;
	f->out->copied++;
	f->out->bytes += bytes;
	return replica_copy(f->to, f->from, name, bytes, err);
}

static int
link_sealed(
	struct ferry *f, const struct segment *s, const char *name, int64_t bytes, struct err *err)
{
	bool is_copy = f->is_copy;

	if (is_copy || has(f, name, bytes))
		return copy(f, s, name, bytes, err);
	if (check(f, s, err) || replica_link(f->to, f->from, name, bytes, &is_copy, err))
		return -1;
	f->out->linked += !is_copy;
	f->out->copied += is_copy;
	f->out->bytes += is_copy ? bytes : 0;
	return 0;
}

static int
take_sealed(struct ferry *f, const struct segment *s, struct err *err)
{
	char name[SEGFILE_NAME_MAX], plain[SEGFILE_NAME_MAX];
	int64_t bytes;

	snprintf(name, sizeof(name), SEGFILE_SEALED, (long long)s->first);
	snprintf(plain, sizeof(plain), SEGFILE_PLAIN, (long long)s->first);
	bytes = disk_size(&f->from->disk, name);
	if (bytes < 0)
		return unread(f, name, err);
	if (link_sealed(f, s, name, bytes, err))
		return -1;
	return replica_size(f->to, plain) < 0 ? 0 : replica_remove(f->to, plain, err);
}

static int
take_plain(struct ferry *f, const struct segment *s, struct err *err)
{
	char name[SEGFILE_NAME_MAX], sealed[SEGFILE_NAME_MAX];
	int64_t bytes = f->bound.offset;

	snprintf(name, sizeof(name), SEGFILE_PLAIN, (long long)s->first);
	snprintf(sealed, sizeof(sealed), SEGFILE_SEALED, (long long)s->first);
	if (s->first < f->bound.segment)
		bytes = disk_size(&f->from->disk, name);
	if (bytes < 0)
		return unread(f, name, err);
	if (replica_size(f->to, sealed) >= 0) {
		f->out->kept++;
		return 0;
	}
	return copy(f, s, name, bytes, err);
}

static bool
is_wanted(const struct ferry *f, const struct segment *s)
{
	return s->first >= f->first.segment && s->first <= f->bound.segment;
}

static int
take_segments(struct ferry *f, struct err *err)
{
	for (size_t i = 0; i < f->list.count; i++) {
		const struct segment *s = &f->list.items[i];

		if (!is_wanted(f, s))
			continue;
		f->out->segments++;
		if (s->is_plain ? take_plain(f, s, err) : take_sealed(f, s, err))
			return -1;
	}
	return 0;
}

/* All that was staged gets its names. */
static int
show_segments(struct ferry *f, struct err *err)
{
	char name[SEGFILE_NAME_MAX];

	for (size_t i = 0; i < f->list.count; i++) {
		const struct segment *s = &f->list.items[i];

		if (!is_wanted(f, s))
			continue;
		snprintf(name, sizeof(name), s->is_plain ? SEGFILE_PLAIN : SEGFILE_SEALED,
			(long long)s->first);
		if (replica_unstage(f->to, name, err))
			return -1;
	}
	return replica_sync(f->to, "seg", err);
}

/* Segments that were retired, also those that a backup that was broken off has left. */
static int
drop_segments(struct ferry *f, struct err *err)
{
	char name[SEGFILE_NAME_MAX];
	struct trove_names names;
	int64_t first;
	int r = 0;

	if (trove_list(&names, &f->to->disk, "seg"))
		return err_system(err, "cannot list '%s/seg'", f->to->path);
	for (size_t i = 0; i < names.count && r == 0; i++) {
		if (strlen(names.items[i]) < DIGITS ||
			num_i64(span_of(names.items[i], DIGITS), &first) ||
			(first >= f->first.segment &&
				!span_ends(span_str(names.items[i]), SPAN(REPLICA_STAGED))))
			continue;
		snprintf(name, sizeof(name), "seg/%.40s", names.items[i]);
		r = replica_remove(f->to, name, err);
	}
	trove_names_release(&names);
	return r;
}

/* --- where the log begins and ends ------------------------------------------------------------- */

/* What the backup has is durable: when a line of it does not hold one day, that is damage. */
static int
put_head(struct ferry *f, struct err *err)
{
	struct disk *d = &f->to->disk;
	int fd = head_open(f->view, true), r;
	struct head h;

	if (fd < 0)
		return err_system(err, "cannot open '%s/head'", f->to->path);
	d->calls->chmod(d, fd, f->to->file_mode);
	r = head_read(f->view, fd, &h, err);
	if (r == 0)
		r = head_put_both(f->view, fd, &f->bound, &f->bound,
			h.end.is_valid ? h.end.epoch : 0, 0, err);
	if (r == 0 && d->calls->fsync(d, fd))
		r = err_system(err, "cannot write '%s/head'", f->to->path);
	d->calls->close(d, fd);
	return r;
}

/* 1: what the backup has reaches what it will begin with; 0: there is a gap between, or it does not hold; -1. */
static int
reaches(struct ferry *f, struct err *err)
{
	struct place end;

	if (f->there.count == 0)
		return 1;
	if (visible_peek(f->view, &end, err) == 0)
		return end.pos >= f->first.pos;
	return err->kind == ERR_SYSTEM && (!err->code || strcmp(err->code, "gone") != 0) ? -1 : 0;
}

/* What was retired, which moves the front. */
static int
take_retired(struct ferry *f, bool is_last_first, struct err *err)
{
	const struct trove_set set = {"retired", f->first.pos, f->first.pos, is_last_first};

	return trove_copy(f->from, f->to, &set, err);
}

/* What the backup has goes on in what comes, or it has nothing: the log ends later, then it begins later. */
static int
prolong(struct ferry *f, struct err *err)
{
	/* The account that moves the front may be of one that was broken off, and the mark must not be durable before it. */
	if (f->there.front.pos && replica_sync(f->to, "retired", err))
		return -1;
	/*
	 * Else the new segments would seem to lack those before them; account by account, as nothing bridges a gap between
	 * them.
	 */
	if (f->there.count == 0 && take_retired(f, false, err))
		return -1;
	return take_segments(f, err) || put_head(f, err) || take_retired(f, true, err) ? -1 : 0;
}

/* The name of the account that goes on where those of the backup end. */
static int
find_account(struct ferry *f, char name[PAST_NAME_MAX], struct err *err)
{
	struct past past;
	int r = -1;

	if (past_open(&past, f->from, err))
		return -1;
	for (size_t i = 0; i < past.count && r; i++) {
		past_name(name, past.sets[i], ".ndjson");
		r = past.sets[i].first == f->there.front.pos ? 0 : -1;
	}
	past_close(&past);
	return r ? err_usage(err, "'%s' has retired other events than '%s': use another directory",
			   f->to->path, f->from->path)
		 : 0;
}

/* All that was staged of what was retired gets its names, the account by which the front moves last of all. */
static int
show_retired(struct ferry *f, const struct trove_names *names, const char *account, struct err *err)
{
	char name[PAST_NAME_MAX];

	for (size_t i = 0; i < names->count; i++) {
		snprintf(name, sizeof(name), "retired/%.50s", names->items[i]);
		if (strcmp(name, account) != 0 && replica_unstage(f->to, name, err))
			return -1;
	}
	if (replica_sync(f->to, "retired", err) || replica_unstage(f->to, account, err))
		return -1;
	return replica_sync(f->to, "retired", err);
}

/*
 * There is a gap: what comes is staged (replica.h), and then everything gets its name at once: the directory changes from
 * the earlier backup to the new one.
 */
static int
exchange(struct ferry *f, struct err *err)
{
	char account[PAST_NAME_MAX];
	struct trove_names names;
	int r;

	f->to->stages = true;
	if (take_segments(f, err) || take_retired(f, true, err) || find_account(f, account, err))
		return -1;
	f->to->stages = false;
	if (trove_list(&names, &f->from->disk, "retired"))
		return err_system(err, "cannot list '%s/retired'", f->from->path);
	r = show_segments(f, err) || show_retired(f, &names, account, err) ? -1 : put_head(f, err);
	trove_names_release(&names);
	return r;
}

int
ferry(struct ferry *f, struct err *err)
{
	struct trove_set retired = {.dir = "retired"};
	int r = reaches(f, err);

	f->to->stages = false;
	if (r < 0 || (r ? prolong(f, err) : exchange(f, err)))
		return -1;
	if (bearing_copy(f->from, f->to, &f->bound, err) || drop_segments(f, err))
		return -1;
	retired.most = f->first.pos;
	retired.most_run = f->bound.pos;
	return trove_mirror(f->from, f->to, &retired, err);
}
