/*
 * reindex: from lines of the log to what the index keeps of them, and runs made anew from the log.
 */
#ifndef STORE_REINDEX_H
#define STORE_REINDEX_H

#include "store/ident.h"
#include "store/recent.h"
#include "store/scan.h"

struct reindex {
	struct ident ident;
	struct buf name;
	uint64_t seed;
};

void reindex_init(struct reindex *x, const struct root *root);
void reindex_release(struct reindex *x);
/* The item of a line that starts at offset of the segment. */
void reindex_line(struct reindex *x, const struct scan_line *line, int64_t segment, int64_t offset,
	struct index_item *out);
/* The index's hash of an identity, as event_identity gives it, or of a stream's decoded name. */
static inline struct hash128
reindex_hash(uint64_t seed, struct span s)
{
	return hash_wide_seeded(s, seed);
}
/*
 * Makes runs of the lines from a place to the position end, which must be durable, in bounded memory: one for every 64
 * MiB of text or 131072 lines. ERR_DAMAGE when the log is damaged there. The caller holds `lock`.
 */
int reindex_range(struct root *root, struct place from, int64_t end, struct err *err);

#endif
