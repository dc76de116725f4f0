/*
 * runfile: the file of a run: its blocks, each checked as it is read, and its filters.
 *
 * Everything returns -1 or NULL with code "index" when the run cannot be relied on (damaged, cut short, unreadable), and
 * sets is_bad.
 *
 * In memory: the blocks of the filters that were asked (2 bytes a line of the log when all were), the rest in the cache
 * that the runs of a set share.
 */
#ifndef STORE_RUNFILE_H
#define STORE_RUNFILE_H

#include "base/hash.h"
#include "store/runcache.h"
#include "store/runform.h"
#include "store/segfile.h"

#define RUNFILE_NAME_MAX 64 /* "retired/", 20 digits, '-', 20 digits, ".run", a NUL */

/* The part of a segment that is in a run. */
struct run_segment {
	int64_t first, next; /* positions: of the segment; of the one after it, or the run's end */
	int64_t end;         /* byte at which its lines here end */
	uint64_t sum;        /* before its first line; 0 when the run begins inside */
};

struct run {
	struct root *root;      /* borrowed */
	struct runcache *cache; /* borrowed */
	struct runform form;    /* the footer: first, end, start, stop */
	bool is_retired;        /* of retired/: its segments are gone, or will be */
	bool is_bad;
	bool is_unread; /* the disk failed; that is no damage */
	bool is_held;   /* against the log, which had the right sum */
	int fd;
	uint32_t serial; /* in the cache */
	/* both filters' blocks in a row; those with checked set are there; NULL before the first question */
	char *lines, *lines_memory;
	uint8_t *checked;
	struct run_segment last; /* that run_locate found */
};

/* end is one past the last position; the name has the last. */
void runfile_name(char out[RUNFILE_NAME_MAX], const char *dir, int64_t first, int64_t end);
/* On failure nothing need be closed; code "gone" when there is no such file, "short" when the process
 * has no descriptor left. */
int runfile_open(struct run *r, struct root *root, struct runcache *cache, const char *dir,
	int64_t first, int64_t end, struct err *err);
void runfile_close(struct run *r);
/* What is wrong with the run, into err; sets is_bad. Returns -1. */
int runfile_bad(struct run *r, const char *what, struct err *err);
/*
 * The $sum that stands in the log right before an offset of a segment. 1, 0 there is none, -1 as segfile.
 */
int runfile_sum_before(
	struct root *root, int64_t segment, int64_t offset, uint64_t *sum, struct err *err);
/* Has the log the sum of the run's last line right before the run's end? */
bool runfile_matches(struct run *r);
/* n blocks, checked, into the caller's memory. */
int runfile_read(struct run *r, int64_t number, size_t n, char *blocks, struct err *err);
/* A block, checked; until the next call of anything here. */
const char *runfile_block(struct run *r, int64_t number, struct err *err);
/* The same for the i-th record of a section, which must be one. */
const char *runfile_record(struct run *r, enum runform_section section, int64_t i, struct err *err);
/* Brings nearer what a question about an identity will look at first: its line of the filter; NULL: not read yet. */
const char *runfile_prefetch(const struct run *r, struct hash128 id);
/* May the run hold it? The section is the filter, RUNFORM_ID_LINES or RUNFORM_NAME_LINES. 0 is certain. 1, 0, -1. */
int runfile_may_hold(
	struct run *r, enum runform_section section, struct hash128 h, struct err *err);

#endif
