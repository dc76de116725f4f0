/* ahead: records in a buffer, then in a file. */
#include "event/ahead.h"

#define DISK_BYTES ((size_t)256 << 10) /* brought back at once */
#define QUEUE_MAX ((size_t)1 << 31)

void
ahead_init(struct ahead *a, struct ahead_pool *pool)
{
	*a = (struct ahead){.pool = pool};
	buf_init(&a->queue, QUEUE_MAX);
}

void
ahead_release(struct ahead *a)
{
	if (a->file)
		a->pool->disk->close(a->file);
	buf_release(&a->queue);
}

static size_t
record_bytes(const struct source_line *l)
{
	return sizeof(*l) + l->line.n;
}

static bool
is_memory_full(const struct ahead *a)
{
	return a->pool->held >= a->pool->max || a->queue.n >= QUEUE_MAX / 2;
}

bool
ahead_has_room(const struct ahead *a)
{
	return a->pool->disk || !is_memory_full(a);
}

/* Lines near the largest --max-line can come to the end of the queue before the pool's memory is used up. */
static int
no_room(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "memory", -1, "more than %zu bytes read ahead of one input",
		QUEUE_MAX);
}

static int
put_on_disk(struct ahead *a, const struct source_line *l, struct err *err)
{
	const struct ahead_disk *disk = a->pool->disk;

	if (!a->file)
		a->file = disk->open();
	a->on_disk += (int64_t)record_bytes(l);
	if (disk->put(a->file, span_of((const char *)l, sizeof(*l)), err))
		return -1;
	return disk->put(a->file, l->line, err);
}

int
ahead_put(struct ahead *a, const struct source_line *l, bool force, struct err *err)
{
	if (a->on_disk > 0 || (!force && is_memory_full(a)))
		return put_on_disk(a, l, err);
	if (!buf_room(&a->queue, record_bytes(l)))
		return no_room(err);
	buf_put(&a->queue, l, sizeof(*l));
	buf_span(&a->queue, l->line);
	a->pool->held += record_bytes(l);
	return 0;
}

/* What was read back from disk may end in the middle of a record. */
static bool
has_record(const struct ahead *a)
{
	size_t n = a->queue.n - a->at;
	struct source_line l;

	if (n < sizeof(l))
		return false;
	memcpy(&l, a->queue.p + a->at, sizeof(l));
	return n >= record_bytes(&l);
}

/* Brings records back until the first one is whole. */
static int
take_from_disk(struct ahead *a, struct err *err)
{
	while (a->on_disk > 0 && !has_record(a)) {
		size_t n;

		if (!buf_room(&a->queue, DISK_BYTES))
			return no_room(err);
		if (a->pool->disk->get(a->file, a->queue.p + a->queue.n, DISK_BYTES, &n, err))
			return -1;
		a->queue.n += n;
		a->on_disk -= (int64_t)n;
		a->pool->held += n;
	}
	return 0;
}

int
ahead_front(struct ahead *a, struct source_line *out, struct err *err)
{
	const char *p;

	if (unlikely(a->on_disk > 0) && take_from_disk(a, err))
		return -1;
	if (a->queue.n == a->at)
		return 0;
	p = a->queue.p + a->at;
	memcpy(out, p, sizeof(*out));
	out->line.p = p + sizeof(*out);
	return 1;
}

/* The rest moves to the front once half of the queue is gone. */
void
ahead_drop(struct ahead *a)
{
	struct source_line l;

	memcpy(&l, a->queue.p + a->at, sizeof(l));
	a->at += record_bytes(&l);
	a->pool->held -= record_bytes(&l);
	if (a->at < a->queue.n / 2)
		return;
	a->queue.n -= a->at;
	memmove(a->queue.p, a->queue.p + a->at, a->queue.n);
	a->at = 0;
}
