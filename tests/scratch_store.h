/* scratch_store: a store in a fresh directory, for C tests. Include after tap.h. */
#ifndef TESTS_SCRATCH_STORE_H
#define TESTS_SCRATCH_STORE_H

#include "store/log.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEG0 "seg/00000000000000000000.ndjson"

struct scratch {
	char dir[64];
	struct root root;
	struct log log;
	struct err err;
	int64_t roll_bytes, flush_bytes, lost_bytes;
};

static inline void
scratch_lost(void *ctx, const char *name, int64_t bytes)
{
	(void)name;
	((struct scratch *)ctx)->lost_bytes += bytes;
}

static inline bool
scratch_open(struct scratch *s)
{
	struct log_conf conf = {
		.lock_ms = 1000, .flush_bytes = s->flush_bytes, .lost = scratch_lost, .ctx = s};

	return root_open(&s->root, s->dir, &s->err) == 0 &&
	       log_open(&s->log, &s->root, &conf, &s->err) == 0;
}

static inline void
scratch_shut(struct scratch *s)
{
	log_close(&s->log);
	root_close(&s->root);
}

static inline void
scratch_make(struct scratch *s)
{
	struct root_conf conf = {.mode = 0700, .roll_bytes = s->roll_bytes};

	snprintf(s->dir, sizeof(s->dir), "/tmp/ev-store-XXXXXX");
	if (!mkdtemp(s->dir) || root_create(s->dir, &conf, &s->err)) {
		printf("Bail out! %s: %s\n", s->dir, s->err.text);
		exit(1);
	}
}

static inline int
scratch_rm(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
scratch_remove(struct scratch *s)
{
	nftw(s->dir, scratch_rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* Whole file, NUL-terminated; the caller frees. */
static inline char *
scratch_read(struct scratch *s, const char *name, size_t *n)
{
	char path[128], *p;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) {
		printf("Bail out! cannot open %s\n", path);
		exit(1);
	}
	p = alloc_zero((size_t)st.st_size + 1);
	*n = (size_t)read(fd, p, (size_t)st.st_size);
	close(fd);
	return p;
}

static inline void
scratch_write(struct scratch *s, const char *name, const char *p, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	close(fd);
}

/* One event with this id in its own stream; text lives in the caller's array. */
static inline struct log_event
scratch_event(char text[160], int id, const char *extra, const char *stream)
{
	int n = snprintf(text, 160,
		"{\"eventId\":\"e%d\",\"eventType\":\"t.made\",\"aggregateId\":\"1\",\"data\":%s}",
		id, extra);
	char *identity = text + 12;

	return (struct log_event){.body = span_of(text, (size_t)n),
		.identity = span_of(identity, strcspn(identity, "\"")),
		.stream = span_str(stream)};
}

/* The version of a stream, asked between events; -1 when the store cannot be read. */
static inline int64_t
scratch_version(struct scratch *s, const char *stream)
{
	int64_t ver = -1;

	if (log_begin(&s->log, &s->err) || log_version(&s->log, span_str(stream), &ver, &s->err))
		return -1;
	return ver;
}

static inline int
scratch_segments(struct scratch *s)
{
	struct segment_list list = {0};
	int count;

	segment_list_read(&list, &s->root, &s->err);
	count = (int)list.count;
	segment_list_release(&list);
	return count;
}

/* Appends one event; 0 or -1, and err. */
static inline int
scratch_append(struct scratch *s, struct decide_expect expect, int id, const char *extra,
	const char *stream, struct log_event *out)
{
	char text[160];
	struct log_event ev = scratch_event(text, id, extra, stream);
	int r = log_append(&s->log, expect, &ev, 1, &s->err);

	if (out)
		*out = ev;
	return r;
}

#endif
