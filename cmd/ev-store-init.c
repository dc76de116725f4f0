/*
 * ev-store init: makes a store. A store that is there already stays as it is.
 */
#include "ev-store.h"
#include "store/root.h"

struct init {
	const char *store, *mode;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct init, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "mode", OPT_STRING, struct init, mode, "MODE", "0700",
		"mode of directories, octal; files have it without x"),
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
	if (v > 0777 || (v & 0700) != 0700)
		return err_usage(err, "--mode '%.20s' must be 0700 to 0777", text);
	*mode = v;
	return 0;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct init *s = state;
	unsigned mode = ROOT_MODE;

	(void)run;
	return parse_mode(s->mode, &mode, err) ? -1 : root_create(s->store, mode, err);
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
