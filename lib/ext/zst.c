/* zst: streaming decoder and one-shot compressor. */
#include "ext/zst.h"

#include <zstd.h>

#define WINDOW_LOG_MAX 27
#define FRAME_WINDOW_LOG 23 /* of frames that we made */
#define FRAME_LEAST 9

struct zst {
	ZSTD_DCtx *ctx;
	size_t wanted; /* 0: a frame is complete */
	size_t code;   /* of the failure, reported once all bytes before it are given */
	bool held;     /* out was full: more may come without input */
	/* Of one that checks: the front of the frame at hand, until that is whole. */
	char *front; /* NULL: it does not check */
	size_t front_n, given;
	bool is_ready; /* the front is given */
	bool is_loose; /* the frame is too large: it is given as it comes */
};

struct zst *
zst_new(void)
{
	struct zst *z = alloc_zero(sizeof(*z));

	z->ctx = ZSTD_createDCtx();
	if (z->ctx)
		ZSTD_DCtx_setParameter(z->ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return z;
}

void
zst_free(struct zst *z)
{
	ZSTD_freeDCtx(z->ctx);
	alloc_free(z->front);
	alloc_free(z);
}

void
zst_check(struct zst *z)
{
	z->front = alloc_get(ZST_CHECKED);
}

bool
zst_end(struct zst *z)
{
	z->is_ready = z->is_loose = z->front_n > 0;
	return z->is_ready;
}

static int
failed(const struct zst *z, struct err *err)
{
	return err_set(err, ERR_DAMAGE, "archive", -1, "damaged zstd archive: %s",
		ZSTD_getErrorName(z->code));
}

/* One step. False: it failed. */
static bool
step(struct zst *z, ZSTD_inBuffer *from, ZSTD_outBuffer *to)
{
	size_t r = ZSTD_decompressStream(z->ctx, to, from);

	if (ZSTD_isError(r)) {
		z->code = r;
		return false;
	}
	z->wanted = r;
	z->held = to->pos == to->size && r != 0;
	return true;
}

static void
give_front(struct zst *z, ZSTD_outBuffer *to)
{
	size_t n = MIN(z->front_n - z->given, to->size - to->pos);

	memcpy((char *)to->dst + to->pos, z->front + z->given, n);
	to->pos += n;
	z->given += n;
	if (z->given < z->front_n)
		return;
	z->front_n = z->given = 0;
	z->is_ready = false;
}

/* More of the frame whose front is kept. */
static void
extend_front(struct zst *z, ZSTD_inBuffer *from)
{
	ZSTD_outBuffer front = {z->front, ZST_CHECKED, z->front_n};

	if (!step(z, from, &front)) {
		z->front_n = 0;
		return;
	}
	z->front_n = front.pos;
	z->is_loose = z->wanted != 0 && front.pos == ZST_CHECKED;
	z->is_ready = z->wanted == 0 || z->is_loose;
}

/* What stands from start on in out is of a frame that is not whole: it is kept, if there is room. */
static void
keep_front(struct zst *z, ZSTD_outBuffer *to, size_t start)
{
	size_t n = to->pos - start;

	z->is_loose = z->is_loose || n >= ZST_CHECKED;
	if (z->is_loose || n == 0)
		return;
	memcpy(z->front, (char *)to->dst + start, n);
	z->front_n = n;
	to->pos = start;
}

/* Until out is full, or no input is left. What stands from *start on in out is of a frame that is not whole. */
static void
fill(struct zst *z, ZSTD_inBuffer *from, ZSTD_outBuffer *to, size_t *start)
{
	while (to->pos < to->size && !z->code) {
		if (z->is_ready) {
			give_front(z, to);
			*start = to->pos;
		} else if (from->pos == from->size && !z->held) {
			break;
		} else if (z->front_n) {
			extend_front(z, from);
		} else if (!step(z, from, to)) {
			to->pos = z->is_loose ? to->pos : *start;
		} else if (z->wanted == 0) {
			*start = to->pos;
			z->is_loose = false;
		}
	}
}

static void
decode_checked(struct zst *z, ZSTD_inBuffer *from, ZSTD_outBuffer *to)
{
	size_t start = 0;

	do {
		fill(z, from, to, &start);
		if (!z->code)
			keep_front(z, to, start);
	} while (to->pos == 0 && !z->code && (from->pos < from->size || z->held));
}

static void
decode(struct zst *z, ZSTD_inBuffer *from, ZSTD_outBuffer *to)
{
	while (to->pos < to->size && (from->pos < from->size || z->held)) {
		size_t before = to->pos;

		if (!step(z, from, to) || (to->pos == before && from->pos == from->size))
			break;
	}
}

int
zst_decode(struct zst *z, struct span *in, char *out, size_t cap, size_t *n, struct err *err)
{
	ZSTD_inBuffer from = {in->p, in->n, 0};
	ZSTD_outBuffer to = {out, cap, 0};

	if (!z->ctx)
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: out of memory");
	if (z->code && !z->is_ready)
		return failed(z, err);
	if (z->front)
		decode_checked(z, &from, &to);
	else
		decode(z, &from, &to);
	*in = span_of(in->p + from.pos, in->n - from.pos);
	*n = to.pos;
	return z->code && to.pos == 0 ? failed(z, err) : 0;
}

bool
zst_is_whole(const struct zst *z)
{
	return z->wanted == 0;
}

/* --- frames ------------------------------------------------------------------------------------ */

struct zst_press {
	ZSTD_CCtx *ctx;
};

struct zst_press *
zst_press_new(int level)
{
	struct zst_press *p = alloc_zero(sizeof(*p));

	p->ctx = ZSTD_createCCtx();
	if (p->ctx) {
		ZSTD_CCtx_setParameter(p->ctx, ZSTD_c_compressionLevel, level);
		ZSTD_CCtx_setParameter(p->ctx, ZSTD_c_checksumFlag, 1);
	}
	return p;
}

void
zst_press_free(struct zst_press *p)
{
	if (p)
		ZSTD_freeCCtx(p->ctx);
	alloc_free(p);
}

int
zst_press_frame(struct zst_press *p, struct buf *out, struct span content, struct err *err)
{
	size_t bound = ZSTD_compressBound(content.n), n;

	if (!p->ctx)
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: out of memory");
	if (!buf_room(out, bound))
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: no room for %zu bytes", bound);
	n = ZSTD_compress2(p->ctx, out->p + out->n, bound, content.p, content.n);
	if (ZSTD_isError(n))
		return err_set(err, ERR_SYSTEM, "archive", -1, "zstd: %s", ZSTD_getErrorName(n));
	out->n += n;
	return 0;
}

int
zst_compress(struct buf *out, struct span content, int level, struct err *err)
{
	struct zst_press *p = zst_press_new(level);
	int r = zst_press_frame(p, out, content, err);

	zst_press_free(p);
	return r;
}

/* RFC 8878, 3.1.1.1: what stands in the header's descriptor and in the byte after it. */
static const char *
wrong_header(struct span frame)
{
	unsigned descriptor, window;

	if (frame.n < FRAME_LEAST || memcmp(frame.p, "\x28\xb5\x2f\xfd", 4) != 0)
		return "it is no frame";
	descriptor = (unsigned char)frame.p[4];
	window = (unsigned char)frame.p[5];
	if (descriptor & 0x1b)
		return "its header has what ours have not";
	if (!(descriptor & 0x04))
		return "it has no checksum";
	if (!(descriptor & 0x20) && (window >> 3) + 10 + ((window & 7) != 0) > FRAME_WINDOW_LOG)
		return "it asks for too large a window";
	return NULL;
}

size_t
zst_measure(struct span s, size_t *content)
{
	unsigned long long size;
	size_t n;

	if (wrong_header(s))
		return 0;
	size = ZSTD_getFrameContentSize(s.p, s.n);
	n = ZSTD_findFrameCompressedSize(s.p, s.n);
	if (size > SIZE_MAX / 2 || ZSTD_isError(n)) /* errors are the largest numbers */
		return 0;
	*content = (size_t)size;
	return n;
}

int
zst_frame(struct zst *z, struct span frame, char *out, size_t n, struct err *err)
{
	const char *wrong = wrong_header(frame);
	size_t got;

	if (!z->ctx)
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: out of memory");
	if (!wrong && ZSTD_getFrameContentSize(frame.p, frame.n) != n)
		wrong = "its content has another size";
	if (!wrong && ZSTD_findFrameCompressedSize(frame.p, frame.n) != frame.n)
		wrong = "it ends elsewhere";
	if (wrong)
		return err_set(err, ERR_DAMAGE, "archive", -1, "damaged zstd frame: %s", wrong);
	got = ZSTD_decompressDCtx(z->ctx, out, n, frame.p, frame.n);
	if (got == n)
		return 0;
	return err_set(err, ERR_DAMAGE, "archive", -1, "damaged zstd frame: %s",
		ZSTD_isError(got) ? ZSTD_getErrorName(got) : "its content is short");
}
