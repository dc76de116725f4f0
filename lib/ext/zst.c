/* zst: streaming decoder and one-shot compressor. */
#include "ext/zst.h"

#include <zstd.h>

#define WINDOW_LOG_MAX 27

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

int
zst_compress(struct buf *out, struct span content, int level, struct err *err)
{
	size_t bound = ZSTD_compressBound(content.n), n;
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	if (!ctx)
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: out of memory");
	if (!buf_room(out, bound)) {
		ZSTD_freeCCtx(ctx);
		return err_set(err, ERR_SYSTEM, "memory", -1, "zstd: no room for %zu bytes", bound);
	}
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(ctx, out->p + out->n, bound, content.p, content.n);
	ZSTD_freeCCtx(ctx);
	if (ZSTD_isError(n))
		return err_set(err, ERR_SYSTEM, "archive", -1, "zstd: %s", ZSTD_getErrorName(n));
	out->n += n;
	return 0;
}
