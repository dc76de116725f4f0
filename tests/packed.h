/* packed: text packed and saved, for C tests. Include after tap.h. */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include "ext/zst.h"
#include "store/packer.h"

#include <fcntl.h>
#include <unistd.h>

static const struct timing packed_envelope = {NULL, TIMING_MS};

static char packed_file[] = "/tmp/ev-sealed-XXXXXX";

static inline int
packed_gather(void *ctx, struct span bytes, struct err *err)
{
	(void)err;
	buf_span(ctx, bytes);
	return 0;
}

/* Packs text given in pieces of this size. */
static inline struct packer_counts
packed_pack(struct buf *out, struct span text, size_t piece, size_t max_line)
{
	struct packer_counts counts = {.text = -1};
	struct err err;
	struct packer *p = packer_new(&(struct packer_conf){.timing = &packed_envelope,
					      .max_line = max_line,
					      .put = packed_gather,
					      .ctx = out},
		&err);
	int r = 0;

	buf_clear(out);
	for (size_t at = 0; at < text.n && r == 0; at += piece)
		r = packer_put(p, span_of(text.p + at, MIN(piece, text.n - at)), &err);
	if (r == 0 && packer_end(p, &err) == 0)
		counts = packer_counts(p);
	packer_free(p);
	return counts;
}

static inline void
packed_save(struct span bytes)
{
	int fd = open(packed_file, O_WRONLY | O_CREAT, 0600);

	/* Not O_TRUNC: some file systems then write to the disk at the close. */
	if (fd < 0 || (bytes.n && write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n) ||
		ftruncate(fd, (off_t)bytes.n)) {
		printf("Bail out! cannot write %s\n", packed_file);
		exit(1);
	}
	close(fd);
}

/* Does stock decoding of the whole file give this text? */
static inline bool
packed_decodes_to(struct span bytes, struct span text)
{
	struct zst *z = zst_new();
	static char out[1 << 16];
	struct err err;
	size_t n, at = 0;
	bool same = true;

	do {
		if (zst_decode(z, &bytes, out, sizeof(out), &n, &err))
			same = false;
		same = same && at + n <= text.n && (n == 0 || memcmp(out, text.p + at, n) == 0);
		at += n;
	} while (same && (n || bytes.n));
	same = same && at == text.n && zst_is_whole(z);
	zst_free(z);
	return same;
}

/* n lines, a second apart, about 90 bytes each; some long, some blank, some without a time. */
static inline void
packed_make_text(struct buf *b, int n, bool timed)
{
	buf_clear(b);
	for (int i = 0; i < n; i++) {
		buf_print(b, "{\"timestamp\":%d000,\"n\":%d,\"text\":\"", i, i);
		for (int k = 0; k < i % 60; k++)
			buf_putc(b, (char)('a' + (i * 7 + k * k) % 26));
		buf_puts(b, i % 500 == 17 && !timed ? "\"\n" : "\"}\n");
		if (i % 97 == 3)
			buf_puts(b, "\r\n");
	}
}

#endif
