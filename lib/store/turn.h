/*
 * turn: who waits for which sync, and who makes the next one.
 *
 * One process at a time syncs, and holds `lock.sync` for it. Before, it says how far its sync will reach; whoever waits
 * then knows whether this sync is for him or the next one. After, it wakes all that this one was for, and one of those who
 * wait for the next, who makes that. The file lock.sync has 16 bytes for it, in the order of bytes of the machine:
 *
 *	0   4  a word that changes when a sync has ended (io/bell.h)
 *	4   4  the number of the last sync that others waited for
 *	8   8  the position that it reaches
 *
 * All of it is a hint: it is never synced, and whoever is not woken looks for himself after 1 to 20 ms. A process that is
 * alone neither writes nor reads any of it.
 */
#ifndef STORE_TURN_H
#define STORE_TURN_H

#include "store/root.h"

struct turn_sign {
	uint32_t word, number;
	int64_t target;
};

struct turn {
	struct root *root; /* borrowed, as fd, which is lock.sync's */
	int fd;
	struct bell bell;
	bool is_crowded; /* others waited when this process last synced, or it for them */
};

void turn_init(struct turn *t, struct root *r, int fd);
void turn_release(struct turn *t);
/* What the file says. To be read before lock.sync is tried: then no end of a sync is missed. */
struct turn_sign turn_read(const struct turn *t);
/* With lock.sync: a sync begins that others wait for, too, and will reach target. */
void turn_begin(struct turn *t, int64_t target);
/* Without lock.sync, after a sync: wakes whom it concerns. */
void turn_end(struct turn *t);
/* Sleeps until the sync that reaches upto has ended, or it is this process's turn. -1 and ENOSYS: that cannot be had. */
int turn_wait(struct turn *t, const struct turn_sign *seen, int64_t upto, int64_t timeout_ms);

#endif
