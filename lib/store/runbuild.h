/*
 * runbuild: writing the file of a run (runform.h), section by section.
 *
 * Records are put in the order of their section; IDS, LIST and STREAMS may be written side by side, each has its own
 * place in the file, which the counts given at the start decide. Blocks get their sums and filters their bits on the
 * way, so memory is a few buffers and 0.04 bytes a line, whatever the size. The file is written under another name and
 * renamed; it need not be durable, as a wrong block is found when it is read, and the run is then made again.
 *
 *	form.first, end, start, stop, bytes, first_ms, last_ms, segments, streams (at most so many)
 *	runbuild_start(&b, root, "index/flush.tmp", &form, err);
 *	runbuild_id(&b, hash, delta);              each, by hash
 *	runbuild_stream(&b, hash, ver, count);     each, by hash
 *	runbuild_u32(&b, RUNFORM_LIST, delta);     ... and so on for the other sections
 *	runbuild_finish(&b, "index", false, err);  after a failure in between too; or runbuild_drop(&b)
 */
#ifndef STORE_RUNBUILD_H
#define STORE_RUNBUILD_H

#include "base/buf.h"
#include "store/runform.h"

struct runbuild_part {
	char *buf;
	uint32_t cap, full;   /* blocks in buf: room for, finished */
	uint32_t records;     /* in the block that is being filled */
	int64_t block, count; /* the next block to be written, records in all */
};

struct runbuild_filter {
	uint64_t words[RUNFORM_LINE / 8]; /* of the line that is being filled */
	uint32_t line;
};

struct runbuild {
	struct root *root;
	const char *name; /* of the temporary file */
	struct runform form;
	struct runbuild_part parts[RUNFORM_SECTIONS];
	struct runbuild_filter ids, names;
	struct buf id_fences, name_fences;
	uint32_t listed; /* where the next stream begins in LIST */
	int fd;
	bool has_failed;
};

/* name: of the temporary file, a string that stays. Nothing need be undone when it fails. */
int runbuild_start(struct runbuild *b, struct root *root, const char *name,
	const struct runform *form, struct err *err);
void runbuild_id(struct runbuild *b, struct hash128 id, uint32_t delta);
void runbuild_stream(struct runbuild *b, struct hash128 name, int64_t first_ver, uint32_t count);
/* first and end as in runform.h; sum: before the first line, 0 when the run begins inside the segment. */
void runbuild_segment(struct runbuild *b, int64_t first, int64_t end, uint64_t sum);
void runbuild_u32(struct runbuild *b, enum runform_section section, uint32_t v);
void runbuild_u64(struct runbuild *b, enum runform_section section, uint64_t v);
/*
 * Completes the file and gives it its name in dir; is_durable: syncs both. -1: a write failed, or what was put is not
 * what was promised (code "index").
 */
int runbuild_finish(struct runbuild *b, const char *dir, bool is_durable, struct err *err);
void runbuild_drop(struct runbuild *b);

#endif
