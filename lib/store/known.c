/* known: a table of names, the index behind it. */
#include "store/known.h"

#include "store/govern.h"

/* Seeded with the store's own number: nobody can make up names that collide. */
struct hash128
known_hash(const struct log *l, struct span text)
{
	return hash_wide_seeded(text, l->root->seed);
}

/* What the operator has said of a stream. */
static int
read_settings(struct log *l, struct span name, struct log_stream *out, struct err *err)
{
	struct settings s;

	if (govern_read(l, name, &s, err) < 0)
		return -1;
	out->before = s.before;
	out->is_tombstoned = s.is_tombstoned;
	return 0;
}

void
known_settings(struct log *l, struct span name)
{
	struct log_stream *s;

	if (!settings_is_of(name))
		return;
	s = table_get(&l->streams, span_of(name.p + sizeof(SETTINGS_PREFIX) - 1,
					   name.n - sizeof(SETTINGS_PREFIX) + 1));
	if (s)
		table_remove(&l->streams, s);
}

void
known_forget(struct log *l)
{
	table_clear(&l->streams);
	l->has_unnamed = false;
}

/* One that is in memory, its version with the lines of the ring; NULL: not known. */
static struct log_stream *
in_memory(struct log *l, struct span name)
{
	const struct index_item *last;
	struct log_stream *s;

	if (l->has_unnamed && l->runs_end != l->index.end.pos)
		known_forget(l);
	s = table_get(&l->streams, name);
	if (s && l->has_unnamed && (last = recent_stream(&l->index.recent, s->hash)))
		s->ver = last->ver;
	return s;
}

int
known_stream(struct log *l, struct span name, struct log_stream **out, struct err *err)
{
	struct log_stream *s = in_memory(l, name), fresh = {0};
	int64_t pos;
	bool is_new;

	if (s) {
		*out = s;
		return 0;
	}
	fresh.hash = known_hash(l, name);
	if (index_version(&l->index, fresh.hash, &fresh.ver, &pos, err) < 0 ||
		read_settings(l, name, &fresh, err))
		return -1;
	if (l->conf.max_keys && l->streams.count >= l->conf.max_keys)
		known_forget(l);
	*out = table_put(&l->streams, name, &is_new);
	**out = fresh;
	return 0;
}
