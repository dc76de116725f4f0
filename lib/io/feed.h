/*
 * feed: bytes from one descriptor, decompressed on the way when they are an archive.
 *
 * The first four bytes decide: .zst (RFC 8878, skippable frames included), .gz (RFC 1952), or plain. Plain bytes
 * go from read(2) straight to the caller's memory; compressed ones through a raw buffer of 128 KiB.
 * With poll_first a feed never blocks: it polls and answers FEED_WAIT. Regular files are never waited for. Of a pipe that
 * is given a line at a time nothing more is expected after a short read: FEED_WAIT comes without a poll.
 * A regular archive of 1 MiB or more is decoded on a second thread (io/unpack.h) where the owner allows it and the
 * machine has two processors. A pipe found full (64 KiB came at once) is enlarged to 1 MiB.
 *
 * An archive that ends in the middle, or is damaged, is ERR_DAMAGE, code "archive".
 */
#ifndef IO_FEED_H
#define IO_FEED_H

#include "base/err.h"
#include "base/span.h"

enum feed_result { FEED_ERROR = -1, FEED_END = 0, FEED_BYTES = 1, FEED_WAIT = 2 };
enum feed_codec { FEED_UNKNOWN, FEED_PLAIN, FEED_ZST, FEED_GZ };

struct feed {
	int fd;           /* -1: none yet */
	const char *name; /* borrowed; for messages */
	bool is_regular, is_pipe, poll_first, must_poll;
	bool is_ready;   /* the owner has polled: the next read does not block */
	bool is_drained; /* the last read found all there was, and little of it */
	bool enlarged;
	int64_t size;  /* of a regular file when it was opened, else -1 */
	int64_t taken; /* bytes from the descriptor */
	enum feed_codec codec;
	size_t head_n;
	unsigned char head[4];
	struct zst *zst;
	struct gz *gz;
	char *raw;
	struct span rest;      /* of raw, not yet decoded */
	bool may_thread;       /* set by the owner: large regular archives on a second thread */
	struct unpack *unpack; /* that thread */
};

/* The feed owns fd from here on, also when -1 is returned: a directory is an error. */
int feed_init(struct feed *f, int fd, const char *name, bool poll_first, struct err *err);
/* Opens for reading; a fifo without blocking for its writer. The descriptor, or -1 with errno set. */
int feed_open(const char *path);
/* FEED_BYTES: 1 to cap bytes at p, *n says how many. After FEED_END it may be called again (a file that grows). */
int feed_read(struct feed *f, char *p, size_t cap, size_t *n, struct err *err);
/* At the very end: -1 when an archive stops in the middle. */
int feed_finish(struct feed *f, struct err *err);
/*
 * Before the first read of a regular file: reading starts at this offset of the decompressed bytes. *left: how many
 * of them the caller must still pass over; all in an archive.
 */
int feed_seek(struct feed *f, int64_t offset, int64_t *left, struct err *err);
/* Closes the descriptor; standard input stays open. */
void feed_release(struct feed *f);

#endif
