/*
 * hop: the file of a log that is open, and the way from it to another one of the log.
 *
 * A log is rotated while it is read: its files are renamed, compressed and removed at any time, so which file is meant
 * (hunt.h) is asked again when it has vanished before it could be opened. While the next file is not open yet the one
 * before it stays, and with it its inode, by which the next one is found.
 *
 * Following, a watch of the tail lies on the file that is open.
 */
#ifndef STORE_HOP_H
#define STORE_HOP_H

#include "base/arena.h"
#include "io/tail.h"
#include "store/leaf.h"

/* As SOURCE_ERROR, SOURCE_END, SOURCE_LINE and SOURCE_WAIT: the file is open; WAIT: there is none yet. */
enum hop_step { HOP_ERROR = -1, HOP_END = 0, HOP_ON = 1, HOP_WAIT = 2 };

struct hop {
	struct leaf_conf conf; /* of each file; grows is set here */
	const char *path;      /* of the log; borrowed */
	const char *only;      /* borrowed: the one file of the log; NULL: it may have several */
	struct tail *tail;     /* borrowed; NULL: it is not followed */
	struct leaf *leaf;     /* NULL: none is open */
	const char *name;      /* of the file that is open, or was last */
	struct mark previous;  /* the end of the file before, if that had any bytes */
	bool chains;           /* files may come after it */
	int watch;
	struct arena names;
};

/* conf is copied; the rest as the members say. */
void hop_init(struct hop *h, const char *path, const struct leaf_conf *conf);
void hop_release(struct hop *h);
/* Closes the file that is open. */
void hop_close(struct hop *h);

/* Nothing is open. The file of the log's name: from its start. */
enum hop_step hop_named(struct hop *h, struct err *err);
enum hop_step hop_oldest(struct hop *h, struct err *err);
/* At the place, else at the start of the oldest file, which is said. guess: where it may be. */
enum hop_step hop_marked(struct hop *h, const struct mark *m, const char *guess, struct err *err);

/* A file is open; it stays where the answer is not HOP_ON. */
enum hop_step hop_newer(struct hop *h, struct err *err);
/* The file was cut short: on from its place in a copy of it as it was, if that is a file of the log. seen: in it, before. */
enum hop_step hop_copy(struct hop *h, const struct mark *seen, struct err *err);
/* The file of the log's name, once more from its start. */
enum hop_step hop_again(struct hop *h, struct err *err);
/* Does a file come after it? */
bool hop_has_newer(struct hop *h);

#endif
