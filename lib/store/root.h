/*
 * root: a store's directory.
 *
 *	FORMAT                           {"format":1,"id":"…","created":"…","segmentBytes":…,"$sum":"…"};
 *	                                 written last, so a store is whole
 *	lock lock.sync                   whoever writes, whoever syncs holds a lock on it (commit.h)
 *	head                             how far the log is written and durable (head.h)
 *	ring                             what writers leave of their newest lines for each other (ring.h)
 *	seg/00000000000000000000.ndjson  lines, in files named after their first position
 *	lost/00000000000000000042.ndjson what a recovery had to cut off, if ever
 *
 * Files made later have the mode of FORMAT, directories that and x. The seed of the chain of sums is XXH3-64 of the id, so lines of
 * one store never pass for another's. A root is open for as long as a reader or writer of the store.
 */
#ifndef STORE_ROOT_H
#define STORE_ROOT_H

#include "base/buf.h"
#include "base/err.h"
#include "io/disk.h"

#define ROOT_ROLL_BYTES ((int64_t)64 << 20)
#define ROOT_ROLL_MIN ((int64_t)4 << 10) /* that init takes */
#define ROOT_ROLL_MAX ((int64_t)1 << 30)

struct root {
	struct disk disk;
	char *path;
	uint64_t seed;
	uint64_t boot;      /* of the machine, see io/disk.h */
	int64_t roll_bytes; /* a segment of so many bytes is full */
	unsigned file_mode;
};

struct root_conf {
	unsigned mode;      /* of directories; files have it without x. 0: as the umask says */
	int64_t roll_bytes; /* 0: ROOT_ROLL_BYTES */
};

/* Makes a store, or finds one there already: then nothing changes. */
int root_create(const char *path, const struct root_conf *conf, struct err *err);
/* path NULL: EV_STORE's. Status 2 when there is no store. */
int root_open(struct root *r, const char *path, struct err *err);
/* The same on a disk that is open already, which passes to the root; path is for messages. */
int root_open_on(struct root *r, struct disk disk, const char *path, struct err *err);
int root_create_on(
	struct disk *disk, const char *path, const struct root_conf *conf, struct err *err);
void root_close(struct root *r);

#define ROOT_FORMAT_MAX 4096
/* A new store's FORMAT. Returns its seed. */
uint64_t root_format_put(struct buf *b, int64_t roll_bytes);
/* The mode of directories made later: the files', and x for those who may read. */
static inline unsigned
root_dir_mode(const struct root *r)
{
	return r->file_mode | (r->file_mode & 0444) >> 2;
}

/* path, or what EV_STORE says; NULL and err when neither names one. */
const char *root_path(const char *path, struct err *err);

#endif
