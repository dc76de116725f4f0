/* unseal: frame by frame. */
#include "store/unseal.h"

#include "ext/zst.h"
#include "store/segfile.h"
#include "store/trove.h"

#define FILE_MAX ((size_t)1 << 30)
#define CHUNK ((size_t)256 << 10)
#define MAGIC "\x28\xb5\x2f\xfd"

/*
 * Decodes frames from at on until one is damaged, or the file ends. Returns where the last frame begins that did not end
 * well; file.n when all did.
 */
static size_t
decode(struct span file, size_t at, struct buf *out)
{
	struct zst *z = zst_new();
	struct span in = span_of(file.p + at, file.n - at);
	size_t whole = out->n, n = 1;
	struct err ignored;

	while (in.n || n) {
		if (!buf_room(out, CHUNK) ||
			zst_decode(z, &in, out->p + out->n, CHUNK, &n, &ignored))
			break;
		out->n += n;
		if (zst_is_whole(z)) {
			whole = out->n;
			at = file.n - in.n;
		}
	}
	out->n = whole;
	zst_free(z);
	return at;
}

int
unseal(struct root *root, int64_t first, struct buf *out, struct err *err)
{
	char name[SEGFILE_NAME_MAX];
	struct buf file;
	int r;

	snprintf(name, sizeof(name), SEGFILE_SEALED, (long long)first);
	buf_init(&file, FILE_MAX);
	r = trove_read(&root->disk, name, &file);
	if (r)
		err_system(err, "cannot read '%s/%s'", root->path, name);
	for (size_t at = 0; r == 0 && at < file.n && !out->over;) {
		ptrdiff_t next;

		at = decode(buf_view(&file), at, out) + 1;
		next = at < file.n ? span_find(span_of(file.p + at, file.n - at),
					     span_of(MAGIC, sizeof(MAGIC) - 1))
				   : -1;
		at = next < 0 ? file.n : at + (size_t)next;
	}
	out->over = false;
	buf_release(&file);
	return r;
}
