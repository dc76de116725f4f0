/* gz: inflate, member after member. */
#include "ext/gz.h"

#include "base/alloc.h"

#include <zlib.h>

struct gz {
	z_stream z;
	bool is_broken;   /* could not be initialised */
	int code;         /* of the failure, reported once all bytes before it are given */
	bool in_member;   /* bytes of a member were taken, its end was not reached */
	bool past_member; /* at least one is complete */
};

struct gz *
gz_new(void)
{
	struct gz *g = alloc_zero(sizeof(*g));

	g->is_broken = inflateInit2(&g->z, 15 + 16) != Z_OK; /* 16: gzip and nothing else */
	return g;
}

void
gz_free(struct gz *g)
{
	if (!g->is_broken)
		inflateEnd(&g->z);
	alloc_free(g);
}

bool
gz_is_whole(const struct gz *g)
{
	return !g->in_member;
}

static int
failed(const struct gz *g, int code, struct err *err)
{
	if (code == Z_MEM_ERROR)
		return err_set(err, ERR_SYSTEM, "memory", -1, "gzip: out of memory");
	return err_set(err, ERR_DAMAGE, "archive", -1, "damaged gzip archive: %s",
		g->z.msg ? g->z.msg : "invalid data");
}

/* Between members: zeros are taken off. */
static void
skip_zeros(struct gz *g)
{
	while (g->z.avail_in && *g->z.next_in == 0) {
		g->z.next_in++;
		g->z.avail_in--;
	}
}

int
gz_decode(struct gz *g, struct span *in, char *out, size_t cap, size_t *n, struct err *err)
{
	if (g->is_broken)
		return failed(g, Z_MEM_ERROR, err);
	if (g->code)
		return failed(g, g->code, err);
	g->z.next_in = (z_const Bytef *)in->p;
	g->z.avail_in = (uInt)MIN(in->n, UINT32_MAX);
	g->z.next_out = (Bytef *)out;
	g->z.avail_out = (uInt)MIN(cap, UINT32_MAX);
	while (g->z.avail_out) {
		int r;

		if (!g->in_member && g->past_member)
			skip_zeros(g);
		if (!g->in_member && !g->z.avail_in)
			break;
		r = inflate(&g->z, Z_NO_FLUSH);
		if (r == Z_BUF_ERROR) /* no input left, nothing to give */
			break;
		if (r != Z_OK && r != Z_STREAM_END) {
			g->code = r;
			break;
		}
		g->in_member = r == Z_OK;
		if (r == Z_STREAM_END) {
			g->past_member = true;
			inflateReset(&g->z);
		}
	}
	*in = span_of(
		(const char *)g->z.next_in, in->n - (size_t)((const char *)g->z.next_in - in->p));
	*n = (size_t)((char *)g->z.next_out - out);
	return g->code && *n == 0 ? failed(g, g->code, err) : 0;
}
