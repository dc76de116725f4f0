/*
 * runcheck: the index held against the log, line by line.
 *
 * For every line that a run covers the run must have its identity, its version in its stream, and its place; as a run has as
 * many of each as it has lines, it then has nothing else. A run is reported once. Lines that no run covers, or that are
 * gone, are nobody's fault: the index is made as it is needed. But runs of lines that retention has removed cannot be made
 * again: they are to be there, and each of their blocks right.
 */
#ifndef STORE_RUNCHECK_H
#define STORE_RUNCHECK_H

#include "store/past.h"
#include "store/reindex.h"
#include "store/runset.h"

struct runcheck {
	struct runset runs;
	struct reindex reindex;
	int64_t skip; /* lines before this position are not looked up: their run was reported */
	int64_t checked;
};

int runcheck_init(struct runcheck *c, struct root *root, struct err *err);
void runcheck_release(struct runcheck *c);
/* 0; 1: the run is wrong, its name in name and why in *what. */
int runcheck_line(struct runcheck *c, const struct scan_line *line, char name[RUNFILE_NAME_MAX],
	const char **what);
/* Tells fn what is wrong with the runs of the lines before end, which are gone. */
int runcheck_retired(
	struct root *root, int64_t end, past_damage_fn *fn, void *ctx, struct err *err);

#endif
