/*
 * reader: lines from one descriptor, plain, .zst or .gz by content, without copying.
 *
 * A buffer of 256 KiB (grown to the longest line, at most max_line) is filled by read(2) or by a decoder;
 * lines are handed out as spans into it, with BUF_PAD readable bytes after each. A BOM at byte 0 is taken off.
 * A final line without newline is a line. A line over max_line is skipped as it is read, never held whole: its
 * first 4 KiB and its length are reported.
 *
 * reader_next never blocks when poll_first is set: it polls the descriptor and answers READER_WAIT, so that the
 * caller can flush before it blocks. Regular files are never waited for, but in the middle of an overlong line READER_WAIT
 * comes now and then, so that the caller can look after its signals; it asks again.
 *
 * grows: at the end of a regular file READER_WAIT is given instead of the end, half a line is kept, and the next
 * call reads what was written since; until reader_finish. Which file comes next is the caller's business. Before each
 * read of a plain file that grows its last bytes are compared with what they were: when they are not there any more the
 * file was cut short, even if it has grown past that place again; nothing more is read, and READER_WAIT is given.
 */
#ifndef IO_READER_H
#define IO_READER_H

#include "base/err.h"
#include "base/span.h"

#define READER_HEAD ((size_t)4 << 10)

enum reader_result { READER_ERROR = -1, READER_END = 0, READER_LINE = 1, READER_WAIT = 2 };

struct reader_conf {
	size_t max_line;
	bool poll_first;
	bool grows;
	bool may_thread; /* decode a large archive on a second thread; not one that grows */
	size_t window;   /* bytes to begin with; 0: 256 KiB */
	int64_t start;   /* a line's offset, in a regular file: begin there */
	int64_t line_no; /* of the line before it */
};

struct reader_line {
	struct span line; /* valid until the next reader_next */
	int64_t line_no, offset, full_length;
	bool ends_in_newline;
};

struct reader;

/* path "-" is descriptor 0. On failure err names the path; a directory is an error. */
int reader_open(
	struct reader **out, const char *path, const struct reader_conf *conf, struct err *err);
/* Takes a descriptor that is open already; name is for messages. */
int reader_open_fd(struct reader **out, int fd, const char *name, const struct reader_conf *conf,
	struct err *err);
int reader_next(struct reader *r, struct reader_line *out, struct err *err);
/* The file's descriptor; to poll it after READER_WAIT. */
int reader_fd(const struct reader *r);
/* It was polled, and has something to read, or its end. */
void reader_ready(struct reader *r);
/* True for pipes, fifos, sockets; false for regular files and terminals. */
bool reader_is_pipe(const struct reader *r);
bool reader_is_regular(const struct reader *r);
/* True when the bytes are decompressed on the way. */
bool reader_is_compressed(const struct reader *r);
/* False when what was read so far is an archive that ends in the middle. */
bool reader_is_whole(struct reader *r);
/* Bytes taken from the descriptor so far, and the file's size or -1. */
int64_t reader_bytes_done(const struct reader *r);
int64_t reader_bytes_total(const struct reader *r);
/* XXH3-64 of the first bytes, decompressed, and how many these are, at most READER_HEAD; 0: none were read. */
uint64_t reader_head(const struct reader *r, size_t *n);
/* A file that grew does so no more: what is left, then the end. */
void reader_finish(struct reader *r);
/* READER_WAIT is the end of a file that grows; else there is more, or the descriptor is to be polled. */
bool reader_grows(const struct reader *r);
/* The file that grows is not what it was. */
bool reader_is_cut(const struct reader *r);
/* As if the file ended where it was read to: half a line that is in the buffer, then the end. */
void reader_cut(struct reader *r);
/* Reads no more from the descriptor; lines already in the buffer still come, then the end. */
void reader_stop(struct reader *r);
void reader_close(struct reader *r);

#endif
