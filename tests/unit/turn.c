/* turn: whom the end of a sync wakes. */
#include "tap.h"

#include "scratch_store.h"
#include "store/turn.h"

#include <errno.h>
#include <sys/wait.h>

#define LONG_MS 20000

static struct scratch s;

static void
begin(struct turn *t)
{
	scratch_make(&s);
	if (root_open(&s.root, s.dir, &s.err)) {
		printf("Bail out! %s\n", s.err.text);
		exit(1);
	}
	turn_init(t, &s.root, s.root.disk.calls->open(&s.root.disk, "lock.sync", DISK_WRITE, 0));
	ok(t->fd >= 0, "lock.sync is there");
}

static void
end(struct turn *t)
{
	turn_release(t);
	s.root.disk.calls->close(&s.root.disk, t->fd);
	root_close(&s.root);
	scratch_remove(&s);
}

/* A child that waits for a sync that reaches upto. */
static pid_t
waiter(const struct turn *t, int64_t upto)
{
	struct turn own = {.root = t->root, .fd = t->fd};
	pid_t child = fork();

	if (child == 0) {
		struct turn_sign sign = turn_read(&own);

		_exit(turn_wait(&own, &sign, upto, LONG_MS) != 0 && errno != EAGAIN);
	}
	return child;
}

static int
gone(pid_t child)
{
	return waitpid(child, NULL, WNOHANG) == child;
}

/* Those that the sync was for wake, and one of the others. */
TEST(ends)
{
	struct turn t;
	pid_t now[2], later[3] = {0};
	struct turn_sign sign;
	int count = 0;

	begin(&t);
	turn_end(&t); /* the file has its word */
	turn_begin(&t, 10);
	sign = turn_read(&t);
	is_int(sign.target, 10, "how far it reaches can be read");
	is_int(sign.number, 1, "and its number");
	for (int i = 0; i < 2; i++)
		now[i] = waiter(&t, 10);
	for (int i = 0; i < 3; i++)
		later[i] = waiter(&t, 11);
	usleep(50000);
	is_int(gone(now[0]) + gone(now[1]) + gone(later[0]) + gone(later[1]) + gone(later[2]), 0,
		"all sleep");
	turn_end(&t);
	ok(waitpid(now[0], NULL, 0) == now[0] && waitpid(now[1], NULL, 0) == now[1],
		"both that it was for wake");
	usleep(50000);
	for (int i = 0; i < 3; i++)
		if (gone(later[i])) {
			later[i] = -1;
			count++;
		}
	is_int(count, 1, "and one of those that wait for the next");
	turn_begin(&t, 11);
	turn_end(&t);
	for (int i = 0; i < 3; i++)
		count += later[i] > 0 && waitpid(later[i], NULL, 0) == later[i];
	is_int(count, 3, "the others wake after that");
	end(&t);
}

/* What was read before a sync ended is no reason to sleep. */
TEST(late)
{
	struct turn_sign sign;
	struct turn t;

	begin(&t);
	turn_end(&t);
	sign = turn_read(&t);
	turn_begin(&t, 5);
	turn_end(&t);
	ok(turn_wait(&t, &sign, 5, LONG_MS) == -1 && errno == EAGAIN, "it has ended meanwhile");
	ok(t.is_crowded, "who waits has company");
	sign = turn_read(&t);
	ok(turn_wait(&t, &sign, 6, 5) == -1 && errno == ETIMEDOUT, "nobody syncs: the time is up");
	end(&t);
}

int
main(void)
{
	RUN(ends);
	RUN(late);
	return tap_done();
}
