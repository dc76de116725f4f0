/* ev-store: its commands, each in its own file, and what they share. */
#ifndef CMD_EV_STORE_H
#define CMD_EV_STORE_H

#include "cli/cmd.h"

extern const struct cmd ev_store_init, ev_store_append, ev_store_read, ev_store_streams,
	ev_store_version, ev_store_verify, ev_store_seal, ev_store_pack, ev_store_salvage,
	ev_store_backup, ev_store_restore, ev_store_retain, ev_store_delete, ev_store_tombstone,
	ev_store_stat, ev_store_consumers, ev_store_reindex;

/* ev-store-out.c: what several of them print and do. */
struct emit;
struct survey_item;
struct backup_result;
struct root;
struct govern;

void ev_store_member(struct emit *e, const char *name, int64_t v);
/* One line. */
void ev_store_damage(struct buf *out, const struct survey_item *item);
void ev_store_backup_line(struct buf *out, const struct backup_result *r);
/*
 * {"consumer":"NAME","position":N,"lag":N}; nothing when there is none. One that is damaged or cannot be read hides no
 * other: it is said, and is the status.
 */
void ev_store_consumer(
	struct cmd_run *run, struct emit *e, struct root *root, const char *name, int64_t end);
/* One of many cannot be had, and the others can: that is said, and is the status. */
void ev_store_passed(struct cmd_run *run, const struct err *err);
/* The operand as the name of a stream; status 2 when there can be none of that name. */
int ev_store_name(const char *argument, struct span *out, struct err *err);
/* Changes the settings of the stream that is the first operand. */
int ev_store_govern(struct cmd_run *run, const char *store, int64_t lock_ms, const struct govern *g,
	struct err *err);
/* log_conf's lost: a warning. */
void ev_store_lost(void *ctx, const char *name, int64_t bytes);

#endif
