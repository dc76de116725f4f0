/* ev-store: its commands, each in its own file. */
#ifndef CMD_EV_STORE_H
#define CMD_EV_STORE_H

#include "cli/cmd.h"

extern const struct cmd ev_store_init, ev_store_append, ev_store_read, ev_store_streams,
	ev_store_version, ev_store_verify, ev_store_seal, ev_store_pack;

#endif
