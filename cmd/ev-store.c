/*
 * ev-store: the event store. A table of commands; each has its own file.
 */
#include "ev-store.h"

static const struct cmd *const subs[] = {&ev_store_init, &ev_store_append, &ev_store_read,
	&ev_store_streams, &ev_store_version, &ev_store_verify, &ev_store_seal, &ev_store_pack,
	&ev_store_salvage, &ev_store_backup, &ev_store_restore, &ev_store_retain, &ev_store_delete,
	&ev_store_tombstone, &ev_store_stat, &ev_store_consumers, &ev_store_reindex, NULL};

static const struct cmd ev_store = {
	.name = "ev-store",
	.purpose = "keep events for ever, in streams with versions",
	.usage = "COMMAND [options] [argument ...]",
	.input = CMD_NONE,
	.subs = subs,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_store, argc, argv);
}
