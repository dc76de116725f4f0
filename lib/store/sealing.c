/* sealing: pack, sync, compare, rename, sync, remove. */
#include "store/sealing.h"

#include "base/alloc.h"
#include "store/packer.h"
#include "store/sealcheck.h"
#include "store/segment.h"

#define CHUNK ((size_t)256 << 10)
#define SLICE ((size_t)1 << 20)

enum phase {
	OPEN, /* nothing is open yet */
	PACK,
	CHECK, /* what was packed, or was there already */
	DONE,
};

struct sealing {
	struct root *root;
	struct sealing_conf conf;
	enum phase phase;
	bool is_old; /* what is checked is not ours, but was there */
	char plain_name[SEGFILE_NAME_MAX], sealed_name[SEGFILE_NAME_MAX],
		tmp_name[SEGFILE_NAME_MAX];
	struct segfile plain;
	int64_t text, bytes;
	int64_t at; /* in the text */
	char *chunk;
	/* PACK */
	int fd; /* of the temporary file; -1 */
	bool has_tmp;
	int64_t written;
	struct packer *packer;
	/* CHECK */
	struct sealed *sealed;
	struct sealcheck *check;
};

struct sealing *
sealing_new(struct root *root, const struct sealing_conf *conf)
{
	struct sealing *s = alloc_zero(sizeof(*s));

	*s = (struct sealing){.root = root, .conf = *conf, .plain = SEGFILE_CLOSED, .fd = -1};
	snprintf(s->plain_name, SEGFILE_NAME_MAX, SEGFILE_PLAIN, (long long)conf->first);
	snprintf(s->sealed_name, SEGFILE_NAME_MAX, SEGFILE_SEALED, (long long)conf->first);
	snprintf(s->tmp_name, SEGFILE_NAME_MAX, SEGFILE_SEALED ".tmp", (long long)conf->first);
	s->chunk = alloc_get(CHUNK);
	return s;
}

/* What a phase has open. */
static void
leave(struct sealing *s)
{
	struct disk *d = &s->root->disk;

	if (s->fd >= 0)
		d->calls->close(d, s->fd);
	s->fd = -1;
	packer_free(s->packer);
	s->packer = NULL;
	sealcheck_free(s->check);
	s->check = NULL;
	sealed_close(s->sealed);
	s->sealed = NULL;
	s->at = 0;
}

void
sealing_free(struct sealing *s)
{
	if (!s)
		return;
	leave(s);
	segfile_close(&s->plain);
	if (s->has_tmp)
		s->root->disk.calls->unlink(&s->root->disk, s->tmp_name);
	alloc_free(s->chunk);
	alloc_free(s);
}

int64_t
sealing_text(const struct sealing *s)
{
	return s->text;
}

int64_t
sealing_bytes(const struct sealing *s)
{
	return s->bytes;
}

static int
failed(const struct sealing *s, const char *what, const char *name, struct err *err)
{
	return err_system(err, "cannot %s '%s/%s'", what, s->root->path, name);
}

/* --- packing ----------------------------------------------------------------------------------- */

static int
put(void *ctx, struct span bytes, struct err *err)
{
	struct sealing *s = ctx;

	if (disk_write(&s->root->disk, s->fd, bytes.p, bytes.n, s->written))
		return failed(s, "write", s->tmp_name, err);
	s->written += (int64_t)bytes.n;
	return 0;
}

static int
start_pack(struct sealing *s, struct err *err)
{
	static const struct timing envelope = {NULL, TIMING_MS};
	struct disk *d = &s->root->disk;

	s->fd = d->calls->open(d, s->tmp_name, DISK_WRITE | DISK_ENSURE, s->root->file_mode);
	if (s->fd < 0)
		return failed(s, "make", s->tmp_name, err);
	s->has_tmp = true;
	s->written = 0;
	if (d->calls->chmod(d, s->fd, s->root->file_mode) || d->calls->ftruncate(d, s->fd, 0))
		return failed(s, "make", s->tmp_name, err);
	s->packer = packer_new(&(struct packer_conf){.timing = &envelope,
				       .max_line = SEGMENT_LINE_MAX,
				       .put = put,
				       .ctx = s,
				       .is_segment = true,
				       .first = s->conf.first,
				       .begins = s->conf.begins},
		err);
	s->phase = PACK;
	return s->packer ? 1 : -1;
}

static int start_check(struct sealing *s, struct err *err);

static int
end_pack(struct sealing *s, struct err *err)
{
	struct disk *d = &s->root->disk;

	if (packer_end(s->packer, err))
		return -1;
	if (d->calls->fsync(d, s->fd))
		return failed(s, "sync", s->tmp_name, err);
	leave(s);
	return start_check(s, err);
}

static int
pack(struct sealing *s, struct err *err)
{
	for (size_t done = 0; done < SLICE;) {
		ssize_t got = segfile_read(&s->plain, s->chunk, CHUNK, s->at, err);

		if (got <= 0)
			return got < 0 ? -1 : end_pack(s, err);
		if (packer_put(s->packer, span_of(s->chunk, (size_t)got), err))
			return -1;
		s->at += got;
		done += (size_t)got;
	}
	return 1;
}

/* --- comparing --------------------------------------------------------------------------------- */

static const char *
checked_name(const struct sealing *s)
{
	return s->is_old ? s->sealed_name : s->tmp_name;
}

static int
differs(const struct sealing *s, struct err *err)
{
	return err_set(err, ERR_DAMAGE, "damage", s->at,
		"%s: byte %lld of the text is not that of %s", checked_name(s), (long long)s->at,
		s->plain_name);
}

static int
start_check(struct sealing *s, struct err *err)
{
	struct disk *d = &s->root->disk;
	int fd = d->calls->open(d, checked_name(s), DISK_READ, 0), r;

	if (fd < 0)
		return failed(s, "open", checked_name(s), err);
	s->bytes = d->calls->size(d, fd);
	r = sealed_open(&s->sealed, d, fd, checked_name(s), err);
	if (r != 1) {
		if (r == 0)
			err->code = "damage";
		return -1;
	}
	s->phase = CHECK;
	if (!sealed_whole(s->sealed)->is_segment || sealed_size(s->sealed) != s->text ||
		sealed_whole(s->sealed)->begins != s->conf.begins)
		return differs(s, err);
	s->check = sealcheck_new(s->sealed);
	return 1;
}

/* Is this the text at s->at? */
static int
compare(struct sealing *s, struct span text, struct err *err)
{
	while (text.n) {
		size_t n = MIN(text.n, CHUNK);
		ssize_t got = segfile_read(&s->plain, s->chunk, n, s->at, err);

		if (got < 0)
			return -1;
		if ((size_t)got != n || memcmp(s->chunk, text.p, n) != 0)
			return differs(s, err);
		text = span_of(text.p + n, text.n - n);
		s->at += got;
	}
	return 0;
}

/* The packed form takes the place of the plain one. */
static int
take_over(struct sealing *s, struct err *err)
{
	struct disk *d = &s->root->disk;

	leave(s);
	segfile_close(&s->plain);
	if (!s->is_old && d->calls->rename(d, s->tmp_name, s->sealed_name))
		return failed(s, "rename", s->tmp_name, err);
	s->has_tmp = false;
	if (d->calls->fsync_dir(d, "seg"))
		return failed(s, "sync", "seg", err);
	if (d->calls->unlink(d, s->plain_name))
		return failed(s, "remove", s->plain_name, err);
	s->phase = DONE;
	return 0;
}

static int
check(struct sealing *s, struct err *err)
{
	for (size_t done = 0; done < SLICE;) {
		struct span text;
		int r = sealcheck_next(s->check, &text, err);

		if (r <= 0)
			return r < 0 ? -1 : take_over(s, err);
		if (compare(s, text, err))
			return -1;
		done += text.n;
	}
	return 1;
}

/* --- the work ---------------------------------------------------------------------------------- */

static int
start(struct sealing *s, struct err *err)
{
	if (segfile_open(&s->plain, s->root, s->conf.first, DISK_READ, err))
		return -1;
	s->text = segfile_size(&s->plain, err);
	if (s->text < 0)
		return -1;
	s->is_old = s->conf.is_sealed;
	return s->is_old ? start_check(s, err) : start_pack(s, err);
}

int
sealing_work(struct sealing *s, struct err *err)
{
	int r = s->phase == OPEN    ? start(s, err)
		: s->phase == PACK  ? pack(s, err)
		: s->phase == CHECK ? check(s, err)
				    : 0;

	/* A packed form that is not that of this text is made again, if the text is right. */
	if (r < 0 && s->is_old && err->kind == ERR_DAMAGE) {
		s->is_old = false;
		leave(s);
		r = start_pack(s, err);
	}
	return r;
}
