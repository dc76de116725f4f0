/* unpack: one producer, one consumer, four chunks. */
#include "io/unpack.h"

#include "base/alloc.h"

#include <pthread.h>
#include <signal.h>

#define CHUNKS 4
#define CHUNK_BYTES ((size_t)256 << 10)

struct chunk {
	char *p;
	size_t n;
	int64_t taken; /* of the archive, when it was filled */
	int result;    /* a feed_result that comes after the bytes; FEED_BYTES: none */
};

struct unpack {
	struct feed feed; /* the thread's */
	struct chunk chunks[CHUNKS];
	pthread_t thread;
	pthread_mutex_t lock; /* of full and stops */
	pthread_cond_t changed;
	unsigned full;  /* chunks that wait for the caller */
	unsigned at;    /* the caller's chunk */
	size_t at_byte; /* emptied of it */
	bool stops;
	struct err err; /* of the chunk whose result is FEED_ERROR */
};

/* Waits until a chunk is free. False: stop. */
static bool
wait_for_free(struct unpack *u)
{
	bool stops;

	pthread_mutex_lock(&u->lock);
	while (u->full == CHUNKS && !u->stops)
		pthread_cond_wait(&u->changed, &u->lock);
	stops = u->stops;
	pthread_mutex_unlock(&u->lock);
	return !stops;
}

static void
fill(struct unpack *u, struct chunk *c)
{
	c->n = 0;
	do {
		size_t n = 0;

		c->result = feed_read(&u->feed, c->p + c->n, CHUNK_BYTES - c->n, &n, &u->err);
		c->n += n;
	} while (c->result == FEED_BYTES && c->n < CHUNK_BYTES);
	c->taken = u->feed.taken;
}

static void *
run(void *ctx)
{
	struct unpack *u = ctx;

	for (unsigned i = 0; wait_for_free(u); i = (i + 1) % CHUNKS) {
		struct chunk *c = &u->chunks[i];

		fill(u, c);
		pthread_mutex_lock(&u->lock);
		u->full++;
		pthread_cond_signal(&u->changed);
		pthread_mutex_unlock(&u->lock);
		if (c->result != FEED_BYTES)
			break;
	}
	return NULL;
}

/* Signals stay with the caller's thread. */
static int
start(struct unpack *u)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&u->thread, NULL, run, u);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void
release(struct unpack *u)
{
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->lock);
	alloc_free(u->chunks[0].p);
	alloc_free(u);
}

struct unpack *
unpack_new(const struct feed *f)
{
	struct unpack *u = alloc_zero(sizeof(*u));

	u->feed = *f;
	u->chunks[0].p = alloc_get(CHUNKS * CHUNK_BYTES);
	for (unsigned i = 1; i < CHUNKS; i++)
		u->chunks[i].p = u->chunks[0].p + i * CHUNK_BYTES;
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->changed, NULL);
	if (start(u) == 0)
		return u;
	release(u);
	return NULL;
}

static void
give_back(struct unpack *u)
{
	u->at = (u->at + 1) % CHUNKS;
	u->at_byte = 0;
	pthread_mutex_lock(&u->lock);
	u->full--;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
}

int
unpack_read(struct unpack *u, char *p, size_t cap, size_t *n, int64_t *taken, struct err *err)
{
	struct chunk *c = &u->chunks[u->at];

	pthread_mutex_lock(&u->lock);
	while (u->full == 0)
		pthread_cond_wait(&u->changed, &u->lock);
	pthread_mutex_unlock(&u->lock);
	*taken = c->taken;
	*n = MIN(cap, c->n - u->at_byte);
	if (*n == 0) { /* what comes after the last bytes; it stays */
		if (c->result == FEED_ERROR)
			*err = u->err;
		return c->result;
	}
	memcpy(p, c->p + u->at_byte, *n);
	u->at_byte += *n;
	if (u->at_byte == c->n && c->result == FEED_BYTES)
		give_back(u);
	return FEED_BYTES;
}

void
unpack_free(struct unpack *u)
{
	pthread_mutex_lock(&u->lock);
	u->stops = true;
	pthread_cond_signal(&u->changed);
	pthread_mutex_unlock(&u->lock);
	pthread_join(u->thread, NULL);
	release(u);
}
