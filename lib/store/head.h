/*
 * head: the file that says how far the log is written, and how far it is durable.
 *
 * Two records of 64 bytes, little-endian:
 *
 *	0   end    the log is completely written up to here; changed only under `lock`
 *	64  mark   the log is durable up to here; changed only under `lock.sync`
 *
 * each of eight words: pos, segment, offset and sum of the place (segfile.h), epoch, flags, the number of the boot of the
 * machine (io/disk.h), and XXH3-64 of the seven words before, seeded with the store's seed, so that a record of another
 * store is none. The epoch grows when lines that were written are taken back because a sync failed. HEAD_SYNCING stands
 * in the mark while the lines after it are being synced: left behind by a process that died in the same boot, it says
 * that the kernel may have lost them. HEAD_DOUBT is set where there was no mark before, or none of this log: the log is
 * durable up to that place, but lines after it may have been acknowledged as well, so that nobody cuts there and nobody
 * shows less. It goes when somebody has synced all that was written.
 *
 * The file is a hint, never synced and rebuilt where it is missing or damaged; the chain of sums decides. Readers take no
 * lock: a record that is read while it is written fails its sum and is read again.
 */
#ifndef STORE_HEAD_H
#define STORE_HEAD_H

#include "store/segfile.h"

#define HEAD_SYNCING 1
#define HEAD_DOUBT 2

struct head_record {
	struct place at;
	uint64_t epoch, flags, boot;
	bool is_valid;
};

struct head {
	struct head_record end, mark;
};

/* Is everything that was ever acknowledged before the mark? */
static inline bool
head_bounds(const struct head *h)
{
	return h->mark.is_valid && !(h->mark.flags & HEAD_DOUBT);
}

/* A descriptor, or -1 and errno. For writing it is made where it is missing. */
int head_open(struct root *r, bool to_write);
/* Records that cannot be had are not valid; -1 is for a disk that fails. */
int head_read(struct root *r, int fd, struct head *out, struct err *err);
/* The mark alone; false where there is none that bounds. */
bool head_mark(struct root *r, struct place *out);
int head_put_end(struct root *r, int fd, const struct place *at, uint64_t epoch, struct err *err);
int head_put_mark(struct root *r, int fd, const struct place *at, uint64_t epoch, uint64_t flags,
	struct err *err);
/* Both at once; needs both locks. The flags are the mark's. */
int head_put_both(struct root *r, int fd, const struct place *end, const struct place *mark,
	uint64_t epoch, uint64_t flags, struct err *err);

#endif
