/* catchup: reading, cutting, rolling. */
#include "store/catchup.h"

#include "base/hash.h"

#include <errno.h>

#define LINE_GUESS 512 /* bytes of a line, the first guess */

/* Seeded with the store's own number: nobody can make up identities that collide. */
uint64_t
catchup_hash(const struct log *l, struct span identity)
{
	return hash_seeded(identity, l->root->seed);
}

struct log_stream *
catchup_stream(struct log *l, struct span name)
{
	bool is_new;

	return table_put(&l->streams, name, &is_new);
}

int
catchup_note(struct log *l, uint64_t hash, int64_t address, struct err *err)
{
	const struct log_conf *c = &l->conf;

	ids_put(&l->ids, hash, address);
	if (c->max_keys && l->streams.count > c->max_keys)
		return err_set(err, ERR_SYSTEM, "limit", -1,
			"the store has more streams than --max-keys %llu",
			(unsigned long long)c->max_keys);
	if (c->max_memory && ids_bytes(&l->ids) + l->streams.bytes > c->max_memory)
		return err_set(err, ERR_SYSTEM, "limit", -1,
			"the ids and streams of the store need more than --max-memory %llu",
			(unsigned long long)c->max_memory);
	return 0;
}

/* One line of the log into memory. Its version must be the stream's next. */
static int
note_line(struct log *l, struct scan *s, const struct scan_line *line, struct err *err)
{
	struct log_stream *stream = catchup_stream(l, trailer_stream(&line->t, &l->name));
	size_t n = MIN(line->t.rec.n, sizeof(l->rec) - 1);
	struct span identity;

	if (line->t.ver != ++stream->ver)
		return scan_damage(s, s->at.offset - (int64_t)line->line.n - 1,
			"version is not the stream's next one", err);
	memcpy(l->rec, line->t.rec.p, n);
	l->rec[n] = '\0';
	identity = ident_of(&l->ident, span_of(line->line.p, line->t.at));
	return catchup_note(l, catchup_hash(l, identity), line->address, err);
}

static int
read_new(struct log *l, struct torn *torn, struct err *err)
{
	struct scan_line line;
	struct scan s;
	int r;

	scan_init_at(&s, l->root, &l->list, l->end);
	s.no_sync = true;
	while ((r = scan_next(&s, &line, err)) == 1)
		if (note_line(l, &s, &line, err)) {
			r = -1;
			break;
		}
	l->end = s.at;
	*torn = s.torn;
	scan_release(&s);
	return r;
}

/* Copies [torn->end, torn->size) of the last segment to lost/. */
static int
keep(struct log *l, const struct torn *torn, char name[SEGMENT_NAME_MAX], struct err *err)
{
	struct disk *d = &l->root->disk;
	char block[16384];
	int fd, r = 0;

	segment_name(name, "lost", l->end.pos);
	if (d->calls->mkdir(d, "lost", root_dir_mode(l->root)) && errno != EEXIST)
		return err_system(err, "cannot make '%s/lost'", l->root->path);
	fd = d->calls->open(d, name, DISK_WRITE | DISK_ENSURE, l->root->file_mode);
	if (fd < 0)
		return err_system(err, "cannot open '%s/%s'", l->root->path, name);
	d->calls->chmod(d, fd, l->root->file_mode); /* whatever the umask */
	for (int64_t at = torn->end, to = d->calls->size(d, fd); r == 0 && at < torn->size;) {
		ssize_t n = disk_read(
			d, l->fd, block, (size_t)MIN((int64_t)sizeof(block), torn->size - at), at);

		r = n <= 0 || disk_write(d, fd, block, (size_t)n, to) ? -1 : 0;
		at += n;
		to += n;
	}
	if (r || d->calls->fdatasync(d, fd) || d->calls->fsync_dir(d, "lost") ||
		d->calls->fsync_dir(d, "."))
		r = err_system(err, "cannot write '%s/%s'", l->root->path, name);
	d->calls->close(d, fd);
	return r;
}

static int
cut(struct log *l, const struct torn *torn, struct err *err)
{
	struct disk *d = &l->root->disk;
	char name[SEGMENT_NAME_MAX];

	if (torn->is_wrong && keep(l, torn, name, err))
		return -1;
	if (d->calls->ftruncate(d, l->fd, torn->end))
		return err_system(err, "cannot cut '%s/seg'", l->root->path);
	if (torn->is_wrong && l->conf.lost)
		l->conf.lost(l->conf.ctx, name, torn->size - torn->end);
	return 0;
}

/* Opens the segment that l->end is in. */
static int
open_end(struct log *l, unsigned flags, struct err *err)
{
	struct segfile f;
	struct disk *d = &l->root->disk;

	if (l->fd >= 0)
		d->calls->close(d, l->fd);
	if (segfile_open(&f, l->root, l->list.items[l->end.segment].first, DISK_WRITE | flags, err))
		return -1;
	l->fd = f.fd;
	return 0;
}

/* A new last segment, durable before its first byte; the one before it is durable by then. */
static int
roll(struct log *l, struct err *err)
{
	struct disk *d = &l->root->disk;
	struct segment_list *list = &l->list;
	bool is_first = list->count == 0;
	struct segment next = {.first = l->end.pos};

	if (l->fd >= 0 && d->calls->fdatasync(d, l->fd))
		return err_system(err, "cannot sync '%s/seg'", l->root->path);
	next.base = is_first ? 0 : list->items[l->end.segment].base + l->end.offset;
	list->cap = list->count + 1;
	list->items = alloc_resize(list->items, list->cap * sizeof(*list->items));
	list->items[list->count++] = next;
	l->end.segment = list->count - 1;
	l->end.offset = 0;
	l->end.line_no = 1;
	if (open_end(l, DISK_CREATE, err))
		return -1;
	if (d->calls->fsync_dir(d, "seg"))
		return err_system(err, "cannot sync '%s/seg'", l->root->path);
	return 0;
}

/* A guess at the number of events in full segments, so that their table need not grow many times. */
static void
reserve(struct log *l)
{
	if (l->list.count > 1 && !l->ids.slots)
		ids_reserve(
			&l->ids, (l->list.count - 1) * (size_t)(l->conf.roll_bytes / LINE_GUESS));
}

static int
load(struct log *l, struct err *err)
{
	struct torn torn = {0};

	if (segment_list_read(&l->list, l->root, err))
		return -1;
	l->is_loaded = true;
	if (l->list.count == 0)
		return roll(l, err);
	l->is_dirty = true;
	reserve(l);
	if (read_new(l, &torn, err) || open_end(l, 0, err))
		return -1;
	return torn.end < torn.size ? cut(l, &torn, err) : 0;
}

/* Has nobody else written? A full segment may have a successor. */
static bool
is_current(struct log *l)
{
	return l->is_loaded && l->end.offset < l->conf.roll_bytes &&
	       l->root->disk.calls->size(&l->root->disk, l->fd) == l->end.offset;
}

int
catchup(struct log *l, struct err *err)
{
	if (!is_current(l) && load(l, err))
		return -1;
	return l->end.offset >= l->conf.roll_bytes ? roll(l, err) : 0;
}
