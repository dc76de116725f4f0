/*
 * ev-store init: makes a store. A store that is there already stays as it is.
 */
#include "ev-store.h"
#include "store/root.h"

struct init {
	const char *store, *mode;
	uint64_t segment_bytes;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct init, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "mode", OPT_STRING, struct init, mode, "MODE", NULL,
		"mode of files, octal; directories have x where r [umask]"),
	OPT_RANGE(0, "segment-size", OPT_SIZE, struct init, segment_bytes, "SIZE", "64M",
		ROOT_ROLL_MIN, ROOT_ROLL_MAX, "a segment of so many bytes is full"),
	OPT_END};

static int
parse_mode(const char *text, unsigned *mode, struct err *err)
{
	unsigned v = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '7' || v > 0777)
			return err_usage(err, "--mode '%.20s' is no octal mode", text);
		v = v * 8 + (unsigned)(*p - '0');
	}
	if (v > 0777 || (v & 0600) != 0600)
		return err_usage(err, "--mode '%.20s' must let the owner read and write", text);
	*mode = (v & 0666) | (v & 0444) >> 2;
	return 0;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct init *s = state;
	struct root_conf conf = {.roll_bytes = (int64_t)s->segment_bytes};
	struct root root;

	(void)run;
	if (s->mode && parse_mode(s->mode, &conf.mode, err))
		return -1;
	if (root_create(s->store, &conf, err) || root_open(&root, s->store, err))
		return -1;
	root_close(&root);
	return 0;
}

const struct cmd ev_store_init = {
	.name = "init",
	.purpose = "make a store",
	.usage = "[options]",
	.options = options,
	.input = CMD_NONE,
	.state_size = sizeof(struct init),
	.start = start,
};
