/*
 * segfile: the text of one segment, whatever form it is stored in.
 *
 * Offsets are bytes of the plain text, of a sealed segment as well (sealed.h). One that is there in both forms is read
 * from the plain one. A segment that is not there in any form is ERR_SYSTEM with code "gone": it was retired
 * meanwhile, so whoever has an old list reads it again. One that is there although it was to
 * be made has code "exists".
 *
 *	if (segfile_open(&f, root, first, DISK_READ, err) == 0) {
 *		n = segfile_read(&f, p, sizeof(p), at, err);
 *		segfile_close(&f);
 *	}
 */
#ifndef STORE_SEGFILE_H
#define STORE_SEGFILE_H

#include "store/root.h"

struct sealed;

#define SEGFILE_NAME_MAX 48 /* "seg/", 20 digits, ".ndjson.zst", ".tmp", a NUL */
#define SEGFILE_PLAIN "seg/%020lld.ndjson"
#define SEGFILE_SEALED "seg/%020lld.ndjson.zst"

/*
 * A place between two lines of the log, in the form that is stored. All lines before it have positions under pos. The
 * next line is the one at offset of the segment; where that is closed and ends there, it is the first line of the
 * segment that is named after pos.
 */
struct place {
	int64_t pos;     /* of the next line */
	int64_t segment; /* first position of the segment */
	int64_t offset;  /* byte in the segment's text */
	uint64_t sum;    /* of the line before */
};

struct segfile {
	struct root *root;     /* borrowed */
	int64_t first;         /* position */
	int fd;                /* of either form; -1: closed */
	struct sealed *sealed; /* NULL: plain */
};

#define SEGFILE_CLOSED ((struct segfile){.fd = -1})

/*
 * flags: of io/disk.h; with DISK_WRITE only the plain form will do. DISK_CREATE makes it, with the mode of the store
 * whatever the umask.
 */
int segfile_open(struct segfile *f, struct root *r, int64_t first, unsigned flags, struct err *err);
/* The sealed form alone. */
int segfile_open_sealed(struct segfile *f, struct root *r, int64_t first, struct err *err);
/*
 * Of a sealed one that is damaged: what frames are there (sealed_rescue); offsets are those of what is left. Its first
 * line need not be that of the segment.
 */
int segfile_rescue(struct segfile *f, struct root *r, int64_t first, struct err *err);
/* Closing a closed one does nothing. */
void segfile_close(struct segfile *f);
/* All n bytes or less at the end of the text; -1. */
ssize_t segfile_read(struct segfile *f, void *p, size_t n, int64_t at, struct err *err);
/* Bytes of text now; -1. */
int64_t segfile_size(struct segfile *f, struct err *err);

#endif
