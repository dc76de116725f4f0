/* turn: sixteen bytes of lock.sync, and one futex with a reason for each sync. */
#include "store/turn.h"

#include "base/clock.h"

#include <limits.h>
#include <stddef.h>

_Static_assert(sizeof(struct turn_sign) == 16, "lock.sync holds it as it is");

void
turn_init(struct turn *t, struct root *r, int fd)
{
	*t = (struct turn){.root = r, .fd = fd};
}

void
turn_release(struct turn *t)
{
	bell_release(&t->bell);
}

struct turn_sign
turn_read(const struct turn *t)
{
	struct turn_sign sign = {0};

	disk_read(&t->root->disk, t->fd, &sign, sizeof(sign), 0);
	return sign;
}

/* Those who wait for the end of a sync; syncs that are 32 apart share a bit. */
static uint32_t
reason(uint32_t number)
{
	return (uint32_t)1 << number % 32;
}

void
turn_begin(struct turn *t, int64_t target)
{
	struct turn_sign sign = turn_read(t);

	sign.number++;
	sign.target = target;
	disk_write(&t->root->disk, t->fd, &sign.number,
		sizeof(sign) - offsetof(struct turn_sign, number),
		offsetof(struct turn_sign, number));
}

void
turn_end(struct turn *t)
{
	struct disk *d = &t->root->disk;
	struct turn_sign sign = turn_read(t);

	sign.word = (uint32_t)clock_mono_ns();
	disk_write(d, t->fd, &sign.word, sizeof(sign.word), 0);
	d->calls->rouse(d, &t->bell, t->fd, reason(sign.number + 1), 1);
	d->calls->rouse(d, &t->bell, t->fd, reason(sign.number), INT_MAX);
}

int
turn_wait(struct turn *t, const struct turn_sign *seen, int64_t upto, int64_t timeout_ms)
{
	struct disk *d = &t->root->disk;
	bool is_next = seen->target < upto;

	t->is_crowded = true;
	return d->calls->doze(
		d, &t->bell, t->fd, seen->word, reason(seen->number + is_next), timeout_ms);
}
