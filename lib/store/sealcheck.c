/* sealcheck: hashes of frames and of text, counts of lines. */
#include "store/sealcheck.h"

#include "base/alloc.h"
#include "base/hash.h"

struct sealcheck {
	struct sealed *sealed;
	size_t next; /* frame */
	struct sha256 *sha;
	char *text; /* of a frame */
	size_t cap;
	uint64_t hash; /* of the frames since the last note */
	int64_t lines;
};

struct sealcheck *
sealcheck_new(struct sealed *s)
{
	struct sealcheck *c = alloc_zero(sizeof(*c));

	c->sealed = s;
	c->sha = sha256_new();
	return c;
}

void
sealcheck_free(struct sealcheck *c)
{
	if (!c)
		return;
	sha256_free(c->sha);
	alloc_free(c->text);
	alloc_free(c);
}

/* At the last frame before a note: do the frames have the bytes that it speaks of? */
static int
check_hash(struct sealcheck *c, size_t i, struct err *err)
{
	struct sealed *s = c->sealed;
	struct framemap_frame first, last;

	if (i + 1 < sealed_count(s) && (i + 1) % NOTE_FRAMES != 0)
		return 0;
	if (c->hash == sealed_note_bytes(s)) {
		c->hash = 0;
		return 0;
	}
	first = sealed_frame(s, i / NOTE_FRAMES * NOTE_FRAMES);
	last = sealed_frame(s, i);
	return err_set(err, ERR_DAMAGE, "damage", first.text_at,
		"%s: bytes %lld to %lld: a frame is damaged where its text is not", sealed_name(s),
		(long long)first.file_at, (long long)(last.file_at + (int64_t)last.file_bytes));
}

static int
check_frame(struct sealcheck *c, struct span *text, struct err *err)
{
	size_t i = c->next++, n = sealed_frame(c->sealed, i).text_bytes;
	const struct note_frame *note;
	struct span bytes;

	if (c->cap < n) {
		alloc_free(c->text);
		c->text = alloc_get(n);
		c->cap = n;
	}
	note = sealed_note(c->sealed, i, err);
	if (!note)
		return -1;
	c->lines += note->lines;
	if (sealed_decode(c->sealed, i, c->text, &bytes, err))
		return -1;
	c->hash = hash_seeded(bytes, c->hash);
	*text = span_of(c->text, n);
	sha256_put(c->sha, *text);
	return check_hash(c, i, err) ? -1 : 1;
}

static int
check_whole(struct sealcheck *c, struct err *err)
{
	const struct note_whole *w = sealed_whole(c->sealed);
	char hex[SHA256_HEX];

	sha256_take(c->sha, hex);
	if (c->lines == w->lines && strcmp(hex, w->sha256) == 0)
		return 0;
	return err_set(err, ERR_DAMAGE, "damage", -1,
		"%s: its text is not the one that its notes speak of", sealed_name(c->sealed));
}

int
sealcheck_next(struct sealcheck *c, struct span *text, struct err *err)
{
	return c->next < sealed_count(c->sealed) ? check_frame(c, text, err) : check_whole(c, err);
}
