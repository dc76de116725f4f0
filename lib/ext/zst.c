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
	alloc_free(z);
}

static int
failed(const struct zst *z, struct err *err)
{
	return err_set(err, ERR_DAMAGE, "archive", -1, "damaged zstd archive: %s",
		ZSTD_getErrorName(z->code));
}

int
zst_decode(struct zst *z, struct span *in, char *out, size_t cap, size_t *n, struct err *err)
{
	ZSTD_inBuffer from = {in->p, in->n, 0};
	ZSTD_outBuffer to = {out, cap, 0};

	if (!z->ctx)
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: out of memory");
	if (z->code)
		return failed(z, err);
	while (to.pos < cap && (from.pos < from.size || z->held)) {
		size_t before = to.pos;
		size_t r = ZSTD_decompressStream(z->ctx, &to, &from);

		if (ZSTD_isError(r)) {
			z->code = r;
			break;
		}
		z->wanted = r;
		z->held = to.pos == cap && r != 0;
		if (to.pos == before && from.pos == from.size)
			break;
	}
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
