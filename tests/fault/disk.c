/* disk: the simulated disk loses what may be lost, and nothing else. */
#include "tap.h"

#include "sim/sim.h"

#include <errno.h>

struct machine {
	struct sim *s;
	struct disk d;
	int process;
};

static void
boot(struct machine *m)
{
	m->process = sim_process(m->s, SIM_OWNER);
	m->d = sim_disk(m->s, m->process);
}

static void
start(struct machine *m, uint64_t seed)
{
	m->s = sim_new(seed);
	boot(m);
	m->d.calls->mkdir(&m->d, "seg", 0700);
	m->d.calls->fsync_dir(&m->d, ".");
}

static void
power(struct machine *m)
{
	m->s->end = SIM_POWER;
	sim_restart(m->s);
	boot(m);
}

static int
create(struct machine *m, const char *name)
{
	return m->d.calls->open(&m->d, name, DISK_WRITE | DISK_CREATE, 0600);
}

static void
put(struct machine *m, int fd, char c, size_t n, int64_t at)
{
	char block[4096];

	memset(block, c, n);
	disk_write(&m->d, fd, block, n, at);
}

/* What a file begins with, or "-" when it is not there. */
static const char *
look(struct machine *m, const char *name, int64_t at)
{
	static char c[2];
	int fd = m->d.calls->open(&m->d, name, DISK_READ, 0);

	c[0] = '-';
	if (fd < 0)
		return c;
	c[0] = '.';
	if (m->d.calls->pread(&m->d, fd, c, 1, at) == 1 && !c[0])
		c[0] = '0';
	m->d.calls->close(&m->d, fd);
	return c;
}

TEST(writes)
{
	int lost = 0, kept = 0, turned = 0, synced = 0;

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct machine m;
		char first, last;
		int fd;

		start(&m, seed);
		fd = create(&m, "seg/a");
		m.d.calls->fsync_dir(&m.d, "seg");
		put(&m, fd, 'x', 512, 0);
		m.d.calls->fsync(&m.d, fd);
		put(&m, fd, 'y', 2048, 512);
		power(&m);
		synced += *look(&m, "seg/a", 0) == 'x';
		first = *look(&m, "seg/a", 512);
		last = *look(&m, "seg/a", 2559);
		lost += first == '.' && last == '.';
		kept += first == 'y' && last == 'y';
		turned += first == '0' && last == 'y';
		sim_free(m.s);
	}
	is_int(synced, 300, "what was synced is always there");
	ok(lost > 20 && kept > 20, "the rest is lost %d times, there %d times", lost, kept);
	ok(turned > 5, "a later sector without an earlier one: %d times", turned);
}

TEST(versions)
{
	int seen[3] = {0};

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct machine m;
		int fd;

		start(&m, seed);
		fd = create(&m, "a");
		put(&m, fd, '0', 512, 0);
		m.d.calls->fsync(&m.d, fd);
		m.d.calls->fsync_dir(&m.d, ".");
		put(&m, fd, '1', 512, 0);
		put(&m, fd, '2', 512, 0);
		power(&m);
		seen[*look(&m, "a", 0) - '0']++;
		sim_free(m.s);
	}
	ok(seen[0] && seen[1] && seen[2], "of several versions any: %d, %d, %d", seen[0], seen[1],
		seen[2]);
}

TEST(names)
{
	int neither = 0, made = 0, moved = 0, both = 0;

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct machine m;
		bool a, b;
		int fd;

		start(&m, seed);
		fd = create(&m, "seg/a");
		put(&m, fd, 'a', 10, 0);
		m.d.calls->fsync(&m.d, fd);
		m.d.calls->rename(&m.d, "seg/a", "seg/b");
		power(&m);
		a = *look(&m, "seg/a", 0) != '-';
		b = *look(&m, "seg/b", 0) != '-';
		neither += !a && !b;
		made += a && !b;
		moved += !a && b;
		both += a && b;
		sim_free(m.s);
	}
	ok(neither && made && moved, "made and moved: not at all %d, half %d, whole %d", neither,
		made, moved);
	is_int(both, 0, "never under two names");
}

TEST(names_synced)
{
	int there = 0;

	for (uint64_t seed = 1; seed <= 100; seed++) {
		struct machine m;
		int fd;

		start(&m, seed);
		fd = create(&m, "seg/a");
		m.d.calls->close(&m.d, fd);
		m.d.calls->rename(&m.d, "seg/a", "seg/b");
		m.d.calls->fsync_dir(&m.d, "seg");
		power(&m);
		there += *look(&m, "seg/b", 0) == '.' && *look(&m, "seg/a", 0) == '-';
		sim_free(m.s);
	}
	is_int(there, 100, "what was done before an fsync of the directory stays done");
}

TEST(failing_sync)
{
	int lost = 0;

	for (uint64_t seed = 1; seed <= 100; seed++) {
		struct machine m;
		int fd, other, later;
		bool right;

		start(&m, seed);
		fd = create(&m, "a");
		other = m.d.calls->open(&m.d, "a", DISK_READ, 0);
		m.d.calls->fsync_dir(&m.d, ".");
		put(&m, fd, 'a', 512, 0);
		m.s->faults.sync = 1000;
		right = m.d.calls->fsync(&m.d, fd) == -1 && errno == EIO;
		m.s->faults.sync = 0;
		later = m.d.calls->open(&m.d, "a", DISK_READ, 0);
		right = right && *look(&m, "a", 0) == 'a'; /* still in the cache */
		right = right && m.d.calls->fsync(&m.d, fd) == 0;
		right = right && m.d.calls->fsync(&m.d, other) == -1;
		right = right && m.d.calls->fsync(&m.d, other) == 0;
		right = right && m.d.calls->fsync(&m.d, later) == 0;
		if (!right)
			ok(false, "a failed sync is told once for each descriptor, EV_SEED=%d",
				(int)seed);
		m.s->faults.evict = 1000;
		lost += *look(&m, "a", 0) == '0';
		sim_free(m.s);
	}
	ok(lost > 20 && lost < 90, "after a failed sync pages are lost: %d of 100", lost);
}

TEST(kills)
{
	struct machine m;
	int fd;

	start(&m, 1);
	fd = create(&m, "a");
	m.d.calls->lock(&m.d, fd, DISK_EXCLUSIVE, 0);
	put(&m, fd, 'a', 512, 0);
	sim_kill(m.s, m.process);
	ok(m.d.calls->fsync(&m.d, fd) == -1 && errno == EIO, "the dead do nothing");
	boot(&m);
	is_str(look(&m, "a", 511), "a", "what was written is there after a kill");
	fd = m.d.calls->open(&m.d, "a", DISK_WRITE, 0);
	is_int(m.d.calls->lock(&m.d, fd, DISK_EXCLUSIVE, 0), 0, "and its lock is free");
	sim_exit(m.s, m.process);
	ok(m.s->is_broken, "a descriptor left open is noticed");
	sim_free(m.s);
}

TEST(locks)
{
	struct machine m;
	int a, b, c;

	start(&m, 1);
	a = create(&m, "lock");
	b = m.d.calls->open(&m.d, "lock", DISK_WRITE, 0);
	c = m.d.calls->open(&m.d, "lock", DISK_READ, 0);
	is_int(m.d.calls->lock(&m.d, c, DISK_SHARED, 0), 0,
		"shared, with a descriptor for reading");
	is_int(m.d.calls->lock(&m.d, b, DISK_SHARED, 0), 0, "shared by two");
	ok(m.d.calls->lock(&m.d, a, DISK_EXCLUSIVE, 0) == -1 && errno == EAGAIN, "not alone then");
	m.d.calls->unlock(&m.d, c);
	is_int(m.d.calls->lock(&m.d, b, DISK_EXCLUSIVE, 0), 0,
		"one's own shared lock does not count");
	ok(m.d.calls->lock(&m.d, c, DISK_SHARED, 0) == -1 && errno == EAGAIN,
		"nothing beside an exclusive one");
	sim_free(m.s);
}

struct step {
	struct machine *m;
	int fd, number;
	char *order;
};

static void
walk(void *arg)
{
	struct step *t = arg;

	t->m->d.calls->lock(&t->m->d, t->fd, DISK_EXCLUSIVE, 1000);
	for (int i = 0; i < 3; i++) {
		t->order[strlen(t->order)] = (char)('0' + t->number);
		sim_yield(t->m->s);
	}
	t->m->d.calls->unlock(&t->m->d, t->fd);
}

TEST(tasks)
{
	bool seen[2] = {false, false};

	for (uint64_t seed = 1; seed <= 20; seed++) {
		char order[16] = "";
		struct machine m;
		struct step a = {&m, 0, 0, order}, b = {&m, 0, 1, order};

		start(&m, seed);
		a.fd = create(&m, "lock");
		b.fd = m.d.calls->open(&m.d, "lock", DISK_WRITE, 0);
		sim_spawn(m.s, walk, &a);
		sim_spawn(m.s, walk, &b);
		sim_run(m.s);
		seen[0] = seen[0] || strcmp(order, "000111") == 0;
		seen[1] = seen[1] || strcmp(order, "111000") == 0;
		if (strcmp(order, "000111") != 0 && strcmp(order, "111000") != 0)
			ok(false, "who has a lock has it alone: %s", order);
		sim_free(m.s);
	}
	ok(seen[0] && seen[1], "tasks wait for locks, and either may be first");
}

int
main(void)
{
	RUN(writes);
	RUN(versions);
	RUN(names);
	RUN(names_synced);
	RUN(failing_sync);
	RUN(kills);
	RUN(locks);
	RUN(tasks);
	return tap_done();
}
