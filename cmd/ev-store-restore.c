/*
 * ev-store restore: a store from a backup, verified before it is one.
 *
 * Reads: the backup. Writes: one line with what was done. Keeps: one entry a stream.
 */
#include "ev-store.h"
#include "store/backup.h"
#include "store/log.h"

struct restore {
	const char *store;
	uint64_t max_keys;
	int64_t lock_ms;
};

static const struct opt options[] = {OPT_ROW(0, "store", OPT_STRING, struct restore, store, "DIR",
					     NULL, "the store to be made [EV_STORE]"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct restore, max_keys, "N", "10000000", "most streams"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct restore, lock_ms, "D", "10s",
		"wait at most D for a backup that is being made; then status 3"),
	OPT_END};

static int
copy(struct restore *s, const char *path, const char *dir, struct backup_result *result,
	struct err *err)
{
	struct backup_conf conf = {.lock_ms = s->lock_ms,
		.is_copy = true,
		.is_checked = true,
		.verify.max_streams = s->max_keys};
	struct replica to;
	struct root from;
	int r = -1;

	if (root_open(&from, dir, err))
		return -1;
	if (replica_open(&to, path, root_dir_mode(&from), err) == 0) {
		if (to.is_store)
			err_usage(err, "'%s' is a store already", path);
		else
			r = backup_to(result, &from, &to, &conf, err);
		replica_close(&to);
	}
	root_close(&from);
	return r;
}

/* A writer makes the index whole when it opens the store. */
static int
rebuild(struct restore *s, const char *path, struct err *err)
{
	struct log_conf conf = {.lock_ms = s->lock_ms};
	struct root root;
	struct log log;
	int r;

	if (root_open(&root, path, err))
		return -1;
	r = log_open(&log, &root, &conf, err);
	if (r == 0)
		log_close(&log);
	root_close(&root);
	return r;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct restore *s = state;
	const char *path = root_path(s->store, err);
	struct backup_result result;

	if (!path || copy(s, path, run->arguments[0], &result, err) || rebuild(s, path, err))
		return -1;
	ev_store_backup_line(run->out, &result);
	return cmd_line(run, err);
}

const struct cmd ev_store_restore = {
	.name = "restore",
	.purpose = "make a store of a backup",
	.usage = "[options] DIR",
	.options = options,
	.input = CMD_NONE,
	.minimum = 1,
	.arguments = 1,
	.state_size = sizeof(struct restore),
	.start = start,
};
