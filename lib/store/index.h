/*
 * index: what a writer asks of all lines of the log: is this identity stored, what version has this stream, where is
 * this position.
 *
 * It is made of runs (run.h), which are files, and of recent (recent.h), which is memory: the lines after the last run.
 * All functions but index_merge are for the holder of `lock`. Files of the index that are missing, damaged, stale or
 * foreign are made anew from the log on the way, so an answer is as sure as the log itself; -1 is the log's damage or
 * the system's failure. An identity may be found twice or more when hashes collide, so whoever asks looks at the line:
 *
 *	index_open(&ix, root, err);                 the runs; index_end(&ix) is where to read the log from
 *	index_add(&ix, &item);                      each line from there on, as it is read or put into the group
 *	size_t probe = 0;
 *	while ((r = index_find(&ix, id, &probe, &pos, err)) == 1)
 *		...                                 index_locate(&ix, pos, &where, err)
 *	index_cut(&ix, pos);                        lines from pos on were rolled back
 *	index_flush(&ix, &mark, err);               what is durable gets its run, once 1 MiB of text has come together
 *	index_merge(&ix, err);                      without `lock`
 *	index_close(&ix);
 *
 * A long log without an index is read as any other: flush as it goes, and memory stays bounded.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "store/recent.h"
#include "store/runset.h"

#define INDEX_FLUSH_BYTES ((int64_t)1 << 20)

struct index {
	struct root *root; /* borrowed */
	struct runset set;
	struct recent recent;
	struct place end;    /* of the runs: where recent begins */
	int merge_fd;        /* lock.index; -1: not open yet */
	int64_t flush_bytes; /* of text that make a run: INDEX_FLUSH_BYTES */
	bool has_gap;  /* the runs do not cover all before end: to be made again before an answer */
	bool no_merge; /* runs contradict each other */
};

/* Nothing need be closed when it fails. */
int index_open(struct index *ix, struct root *root, struct err *err);
void index_close(struct index *ix);
/* After the last line that runs cover; the lines after it are those to add. */
struct place index_end(const struct index *ix);
/* Position after the last line that is known here. */
static inline int64_t
index_next(const struct index *ix)
{
	return ix->end.pos + (int64_t)ix->recent.count;
}
/* The item's position must be index_next; what runs cover is passed over. */
void index_add(struct index *ix, const struct index_item *item);
/* Forgets pos and later, which no run may cover. */
void index_cut(struct index *ix, int64_t pos);
/* The next line with this identity; *probe starts at 0. 1 and *pos, 0 no more, -1. */
int index_find(struct index *ix, struct hash128 id, size_t *probe, int64_t *pos, struct err *err);
/* The stream's last version and its position. 1, 0 there is no such stream, -1. */
int index_version(
	struct index *ix, struct hash128 stream, int64_t *ver, int64_t *pos, struct err *err);
/* Of what retention has taken away it is where the line was: its segment is "gone". */
int index_locate(struct index *ix, int64_t pos, struct locus *out, struct err *err);
/*
 * Writes a run of the lines before mark, which must be durable, if they have INDEX_FLUSH_BYTES of text. Runs that others
 * have made meanwhile are taken over first. When it fails nothing is lost: the lines stay in memory.
 */
int index_flush(struct index *ix, const struct place *mark, struct err *err);
/*
 * Before the segments before pos, where a segment begins, are removed: moves what the index knows of their lines, also what
 * others have merged meanwhile, into one run in retired/, which is durable when this returns. Identities and versions are
 * found in it as before; only reading such a line says that its segment is "gone".
 */
int index_retire(struct index *ix, int64_t pos, struct err *err);
/*
 * Takes over the runs that others have made, also of lines that were not added here: then index_end is after them, and
 * the log need not be read for the index. For use right after `lock` was taken, when much was appended by others.
 */
int index_refresh(struct index *ix, struct err *err);
/*
 * Merges eight runs of a size into one where there are such: 1 merged (call it again), 0 nothing to do or another process
 * does it, -1. Runs of up to 16 MiB of text index_flush merges by itself; whoever flushes calls this after it has dropped
 * `lock` and given its answers.
 */
int index_merge(struct index *ix, struct err *err);

#endif
