/*
 * root: a store's directory.
 *
 *	FORMAT                           {"format":1,"id":"…","created":"…"}; written last, so a store is whole
 *	lock                             whoever writes holds a lock on it
 *	seg/00000000000000000000.ndjson  lines, in files named after their first position
 *	lost/00000000000000000042.ndjson what a recovery had to cut off, if ever
 *
 * Files made later have the mode of FORMAT, directories that and x. The seed of the chain of sums is XXH3-64 of the id, so lines of
 * one store never pass for another's. A root is open for as long as a reader or writer of the store.
 */
#ifndef STORE_ROOT_H
#define STORE_ROOT_H

#include "base/err.h"
#include "io/disk.h"

#define ROOT_MODE 0700

struct root {
	struct disk disk;
	char *path;
	uint64_t seed;
	unsigned file_mode;
};

/* Makes a store, or finds one there already: then nothing changes. mode is the directories'. */
int root_create(const char *path, unsigned mode, struct err *err);
/* path NULL: EV_STORE's. Status 2 when there is no store. */
int root_open(struct root *r, const char *path, struct err *err);
/* The same on a disk that is open already, which passes to the root; path is for messages. */
int root_open_on(struct root *r, struct disk disk, const char *path, struct err *err);
int root_create_on(struct disk *disk, const char *path, unsigned mode, struct err *err);
void root_close(struct root *r);
/* The mode of directories made later: the files', and x for those who may read. */
static inline unsigned
root_dir_mode(const struct root *r)
{
	return r->file_mode | (r->file_mode & 0444) >> 2;
}

/* path, or what EV_STORE says; NULL and err when neither names one. */
const char *root_path(const char *path, struct err *err);

#endif
