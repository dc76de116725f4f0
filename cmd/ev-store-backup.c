/*
 * ev-store backup: brings another directory up to date with the store, while it is written.
 *
 * Reads: the store. Writes: one line with what was done. Keeps: the list of segments.
 */
#include "ev-store.h"
#include "store/backup.h"

struct save {
	const char *store;
	int64_t lock_ms;
	bool copy;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct save, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "copy", OPT_FLAG, struct save, copy, NULL, NULL,
		"copy sealed segments, where hard links would do"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct save, lock_ms, "D", "10s",
		"wait at most D for sealing and retention; then status 3"),
	OPT_END};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct save *s = state;
	struct backup_conf conf = {.lock_ms = s->lock_ms, .is_copy = s->copy};
	struct backup_result result;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = backup(&result, &root, run->arguments[0], &conf, err);
	root_close(&root);
	if (r)
		return -1;
	ev_store_backup_line(run->out, &result);
	return cmd_line(run, err);
}

const struct cmd ev_store_backup = {
	.name = "backup",
	.purpose = "bring another directory up to date with the store",
	.usage = "[options] DIR",
	.options = options,
	.input = CMD_NONE,
	.minimum = 1,
	.arguments = 1,
	.state_size = sizeof(struct save),
	.start = start,
};
