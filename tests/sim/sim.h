/*
 * sim: a disk in memory that fails as disks and machines fail, for tests of the event store.
 *
 * It stands in for struct disk (io/disk.h). What was written, cut, made, renamed or removed is seen at once by every
 * process, but is durable only after fsync of the file, or fsync_dir of the directory. On it live *processes*
 * (numbers that own descriptors and locks) and *tasks* (coroutines, in which code of the store runs): before any
 * operation another task may go on, so every interleaving of several writers is possible, and one seed is one case.
 *
 * At operation number end_at, before it, in the middle of a write or after it,
 *
 *	SIM_KILL       the process that calls dies; all that was written stays
 *	SIM_KILL_ALL   so do all others
 *	SIM_POWER      all die; sim_restart then leaves of what is not durable any part: sectors of 512 bytes one by one
 *	               (of several versions any), sizes up to some point in time, operations on directories in any order
 *	               that keeps the order of those about one name
 *
 * The operations of a dead process do nothing and fail with EIO, so the code in it unwinds, and frees what it has.
 *
 * Calls fail by chance as struct sim_faults says. An fsync that fails has lost some of the dirty pages: they are
 * clean, read as they were written until they are evicted, and are not on the disk. As on Linux each descriptor that
 * was open learns of it once; one that is opened later only if nobody has learned of it yet.
 *
 * One thread; any number of disks. EV_SIM_TRACE=1 prints each operation on stderr.
 */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include "io/disk.h"

#define SIM_SECTOR 512
#define SIM_PAGE 4096

/* Numbers from a seed. */
struct sim_rng {
	uint64_t state;
};

void sim_seed(struct sim_rng *r, uint64_t seed);
/* 0 to below - 1. */
unsigned sim_pick(struct sim_rng *r, unsigned below);
bool sim_chance(struct sim_rng *r, unsigned per_mille);

/* Chances in one thousand. */
struct sim_faults {
	unsigned turn;   /* another task goes on */
	unsigned sync;   /* an fsync, or writing back before it, fails and loses pages */
	unsigned read;   /* EIO from pread, size, list or an open for reading */
	unsigned change; /* EIO from anything else */
	unsigned full; /* ENOSPC where something new is written or made; some of it may have been */
	unsigned part; /* a write or read of fewer bytes than asked for */
	unsigned wait; /* a lock that is not free is not waited for to the end: EAGAIN or EINTR */
	unsigned evict; /* lost pages leave the cache */
};

enum sim_end { SIM_NEVER, SIM_KILL, SIM_KILL_ALL, SIM_POWER };

struct sim {
	struct sim_rng rng;
	struct sim_faults faults;
	enum sim_end end;
	int64_t end_at;  /* operation number */
	int64_t ops;     /* so far */
	bool is_full;    /* no space for anything new until it is false again */
	bool no_sync;    /* fsync and fsync_dir lie: nothing becomes durable by them */
	uint64_t boots;  /* how often there was a power cut */
	bool has_ended;  /* end has come */
	bool is_broken;  /* the code under test did what no code may do; why is on stderr */
	int64_t refused; /* operations of the dead */
	struct sim_inner *in;
};

struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *s);

enum sim_rights {
	SIM_OWNER,
	SIM_READER
}; /* a reader may open nothing for writing and make nothing */

/* A new process, and the disk as it sees it. Numbers of processes that have ended are used again. */
int sim_process(struct sim *s, enum sim_rights rights);
struct disk sim_disk(struct sim *s, int process);
bool sim_is_dead(const struct sim *s, int process);
/* It dies now, as of SIGKILL. */
void sim_kill(struct sim *s, int process);
/* It ends; a descriptor it left open is a mistake (is_broken). */
void sim_exit(struct sim *s, int process);

/* All processes are gone and no operation ends anything any more. After SIM_POWER not all is left. */
void sim_restart(struct sim *s);

/* Tasks run until all have returned. */
void sim_spawn(struct sim *s, void (*run)(void *arg), void *arg);
void sim_run(struct sim *s);
/* Another task may go on now. */
void sim_yield(struct sim *s);

/* The bytes of a file as they are, to be changed at will; NULL when there is none. */
char *sim_bytes(struct sim *s, const char *name, int64_t *size);
/* Makes a file this long, or cuts it. */
char *sim_resize(struct sim *s, const char *name, int64_t size);
void sim_remove(struct sim *s, const char *name);
/* All is durable, as it is now. */
void sim_settle(struct sim *s);
/* The i-th file's name, or NULL. */
const char *sim_name(struct sim *s, size_t i);
/* Another disk with the same files, all of them durable. */
struct sim *sim_clone(struct sim *s, uint64_t seed);

#endif
