/* replay: operands to inputs, inputs to one source. */
#include "store/replay.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "event/merge.h"
#include "io/roll.h"
#include "store/position.h"
#include "store/shelf.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define THREADS 4 /* more inputs than this: archives are decoded in line */
#define MANY 64   /* more than this: smaller windows, and inputs that doze */
#define MANY_WINDOW ((size_t)64 << 10)
#define SPARE_DESCRIPTORS 64

struct input {
	char *path;
	char *only; /* the one file of a log that was found in a directory */
	bool is_store, is_found;
	struct trail *trail; /* or */
	struct shelf *shelf;
};

struct replay {
	struct replay_conf conf;
	struct input *inputs;
	size_t count, cap;
	struct position position;
	struct tail tail;
	bool has_tail, has_directories;
	bool has_told; /* of an archive without index */
	struct source *merge, *source;
};

static void
add(struct replay *r, const char *path, const char *only, bool is_store, bool is_found)
{
	if (r->count == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 8;
		r->inputs = alloc_resize(r->inputs, r->cap * sizeof(*r->inputs));
	}
	r->inputs[r->count++] = (struct input){.path = alloc_string(path),
		.only = alloc_string(only),
		.is_store = is_store,
		.is_found = is_found};
}

/* --- operands ---------------------------------------------------------------------------------- */

static bool
is_known(const struct replay *r, const char *path)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->inputs[i].path, path) == 0)
			return true;
	return false;
}

/* Directories are watched before they are listed, so that nothing that appears is missed. */
static int
list_directory(struct replay *r, const char *dir, struct roll *logs, struct err *err)
{
	struct err ignored;

	if (r->conf.follows && tail_directory(&r->tail, dir, err))
		return -1;
	if (roll_logs(logs, dir, err))
		return -1;
	if (!r->conf.follows)
		return 0;
	for (size_t i = 0; i < logs->count; i++)
		if (logs->items[i].rank == ROLL_DIRECTORY)
			tail_directory(&r->tail, logs->items[i].path, &ignored);
	roll_release(logs);
	return roll_logs(logs, dir, err);
}

/* A path that JSON cannot say cannot be found again. */
static int
check_path(const struct replay *r, const char *path, struct err *err)
{
	size_t n = strlen(path);

	if (!r->conf.position || utf8_check(span_of(path, n)) == n)
		return 0;
	return err_usage(err, "--position: '%.200s' is not valid UTF-8", path);
}

/* What this replay writes itself must not be read: it would never end. */
static bool
is_own(const struct replay *r, const struct roll_item *log)
{
	const char *position = r->conf.position;
	struct stat st, out;

	if (position && log->only && strcmp(log->only, position) == 0)
		return true;
	return log->only && stat(log->only, &st) == 0 && fstat(1, &out) == 0 &&
	       st.st_dev == out.st_dev && st.st_ino == out.st_ino;
}

static int
add_directory(struct replay *r, const char *dir, struct err *err)
{
	size_t before = r->count;
	struct roll logs;
	int result = 0;

	if (list_directory(r, dir, &logs, err))
		return -1;
	for (size_t i = 0; i < logs.count && result == 0; i++) {
		const struct roll_item *l = &logs.items[i];

		result = check_path(r, l->path, err);
		if (l->rank != ROLL_DIRECTORY && !is_own(r, l) &&
			(before == 0 || !is_known(r, l->path)))
			add(r, l->path, l->only, l->rank == ROLL_STORE, true);
	}
	roll_release(&logs);
	r->has_directories = true;
	return result;
}

static int
add_operand(struct replay *r, const char *path, struct err *err)
{
	struct stat st;
	bool is_stdin = strcmp(path, "-") == 0, is_there = !is_stdin && stat(path, &st) == 0;

	if (is_there && S_ISDIR(st.st_mode) && !shelf_is_store(path))
		return add_directory(r, path, err);
	if (r->conf.position &&
		(is_stdin || (is_there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))))
		return err_usage(err, "--position: '%.200s' cannot be taken up again", path);
	if (check_path(r, path, err))
		return -1;
	add(r, path, NULL, is_there && S_ISDIR(st.st_mode), false);
	return 0;
}

/* --- inputs ------------------------------------------------------------------------------------ */

static int
open_store(struct replay *r, struct input *in, struct err *err)
{
	const struct position_entry *at = position_get(&r->position, in->path);
	bool is_known = at && at->is_store;
	struct consumer_mark mark = {is_known ? at->pos : 0, is_known ? at->sum : 0};

	in->shelf = shelf_open(in->path,
		&(struct shelf_conf){.from = is_known ? &mark : NULL,
			.has_no_sum = is_known && !at->has_sum,
			.keeps = r->conf.position != NULL,
			.from_ms = r->conf.from_ms,
			.to_ms = r->conf.to_ms,
			.timing = r->conf.timing,
			.follows = r->conf.follows},
		err);
	return in->shelf ? 0 : -1;
}

static int
open_log(struct replay *r, struct input *in, bool is_new, struct err *err)
{
	const struct position_entry *at = position_get(&r->position, in->path);
	bool many = r->count > MANY;
	struct trail_conf conf = {.leaf = {.max_line = r->conf.max_line,
					  .window = many ? MANY_WINDOW : 0,
					  .may_thread = r->count <= THREADS,
					  .from_ms = r->conf.from_ms,
					  .to_ms = r->conf.to_ms,
					  .timing = r->conf.timing,
					  .say = r->conf.say,
					  .say_ctx = r->conf.say_ctx,
					  .has_told = &r->has_told},
		.is_whole = in->is_found,
		.follows = r->conf.follows,
		.dozes = many,
		.is_new = is_new,
		.drains = r->conf.follows && r->count == 1 && !r->has_directories,
		.tail = r->has_tail ? &r->tail : NULL,
		.mark = at && !at->is_store ? &at->mark : NULL,
		.only = in->only};

	in->trail = trail_new(in->path, &conf, err);
	return in->trail ? 0 : -1;
}

static int
open_input(struct replay *r, struct input *in, bool is_new, struct err *err)
{
	return in->is_store ? open_store(r, in, err) : open_log(r, in, is_new, err);
}

static struct source *
source_of(const struct input *in)
{
	return in->is_store ? shelf_source(in->shelf) : trail_source(in->trail);
}

/* --- following --------------------------------------------------------------------------------- */

/* Logs that were not there before. */
static int
look_again(struct replay *r, struct err *err)
{
	for (size_t i = 0; i < r->conf.count; i++) {
		size_t before = r->count;
		struct stat st;

		if (stat(r->conf.paths[i], &st) != 0 || !S_ISDIR(st.st_mode) ||
			shelf_is_store(r->conf.paths[i]))
			continue;
		if (add_directory(r, r->conf.paths[i], err))
			return -1;
		for (size_t k = before; k < r->count; k++) {
			if (open_input(r, &r->inputs[k], true, err))
				return -1;
			merge_add(r->merge, source_of(&r->inputs[k]));
		}
	}
	return 0;
}

static int
more(void *ctx, struct source *merge, struct err *err)
{
	struct replay *r = ctx;

	(void)merge;
	return tail_drain(&r->tail) && r->has_directories ? look_again(r, err) : 0;
}

static size_t
more_fds(void *ctx, struct pollfd *fds, size_t max)
{
	struct replay *r = ctx;

	if (max)
		fds[0] = (struct pollfd){.fd = r->tail.fd, .events = POLLIN};
	return max ? 1 : 0;
}

/* --- the whole --------------------------------------------------------------------------------- */

/* The soft limit of descriptors, as far as the hard one allows. */
static void
allow_descriptors(size_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		limit.rlim_cur >= (rlim_t)count + SPARE_DESCRIPTORS)
		return;
	limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)count + SPARE_DESCRIPTORS);
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* what cannot be opened then is told by open */
}

static struct source *
merge_all(struct replay *r)
{
	struct source **sources = alloc_array(r->count, sizeof(struct source *)), *merge;

	for (size_t i = 0; i < r->count; i++)
		sources[i] = source_of(&r->inputs[i]);
	merge = merge_new(sources, r->count,
		&(struct merge_conf){.timing = r->conf.timing,
			.max_buffer = r->conf.max_buffer,
			.disk = r->conf.disk,
			.follows = r->conf.follows,
			.more = r->conf.follows ? more : NULL,
			.more_fds = r->conf.follows ? more_fds : NULL,
			.ctx = r,
			.is_open = r->has_directories});
	alloc_free(sources);
	return merge;
}

static int
start(struct replay *r, struct err *err)
{
	if (r->conf.position && position_load(&r->position, r->conf.position, err))
		return -1;
	if (r->conf.follows && tail_init(&r->tail, err))
		return -1;
	r->has_tail = r->conf.follows;
	for (size_t i = 0; i < r->conf.count; i++)
		if (add_operand(r, r->conf.paths[i], err))
			return -1;
	allow_descriptors(r->count);
	for (size_t i = 0; i < r->count; i++)
		if (open_input(r, &r->inputs[i], false, err))
			return -1;
	if (r->count == 1 && !(r->conf.follows && r->has_directories)) {
		r->source = source_of(&r->inputs[0]);
		return 0;
	}
	r->source = r->merge = merge_all(r);
	return 0;
}

struct replay *
replay_open(const struct replay_conf *conf, struct err *err)
{
	struct replay *r = alloc_zero(sizeof(*r));

	r->conf = *conf;
	r->tail.fd = -1;
	if (start(r, err) == 0)
		return r;
	for (size_t i = 0; i < r->count; i++)
		if (r->inputs[i].trail || r->inputs[i].shelf)
			source_of(&r->inputs[i])->close(source_of(&r->inputs[i]));
	replay_free(r);
	return NULL;
}

struct source *
replay_source(struct replay *r)
{
	return r->source;
}

bool
replay_is_merge(const struct replay *r)
{
	return r->merge != NULL;
}

/* Is the line that this input gave last still to be written? */
static bool
is_before(const struct replay *r, size_t i, bool is_pending)
{
	if (!r->merge)
		return is_pending;
	return merge_holds(r->merge, i) || (is_pending && merge_given(r->merge) == i);
}

int
replay_save(struct replay *r, bool is_pending, struct err *err)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct input *in = &r->inputs[i];
		bool before = is_before(r, i, is_pending);
		struct position_entry e = {.path = in->path, .is_store = in->is_store};

		if (in->is_store) {
			struct consumer_mark m = shelf_mark(in->shelf, before);

			e.pos = m.pos;
			e.sum = m.sum;
			e.has_sum = true;
		} else if (!trail_place(in->trail, before, &e.mark)) {
			continue;
		}
		position_set(&r->position, &e);
	}
	return position_save(&r->position, r->conf.position, err);
}

void
replay_free(struct replay *r)
{
	for (size_t i = 0; i < r->count; i++) {
		alloc_free(r->inputs[i].path);
		alloc_free(r->inputs[i].only);
	}
	alloc_free(r->inputs);
	position_release(&r->position);
	if (r->has_tail)
		tail_release(&r->tail);
	alloc_free(r);
}
