/* inner: what sim.h hides: files with their versions, names with what happened to them, descriptors, tasks. */
#ifndef TESTS_SIM_INNER_H
#define TESTS_SIM_INNER_H

#include "sim/sim.h"

#define SIM_NAME 64
#define SIM_FD 100 /* added to the index of a descriptor, so that no real one is hit by mistake */
#define SIM_TASKS 16
#define SIM_DESCS 512

/* One thing that is not durable: a sector's bytes, or with sector -1 a size. */
struct sim_change {
	int64_t sector, size;
	char *bytes;
};

struct sim_file {
	struct sim_file *next; /* of all */
	char *live, *durable;  /* zero from the sizes to cap */
	int64_t size, durable_size, cap;
	struct sim_change *changes;
	size_t count, room;
	int64_t *lost; /* sectors that are clean, and older on the disk */
	size_t lost_count;
	uint64_t error; /* number of errors in writing back */
	bool is_seen;   /* somebody has learned of the last one */
	unsigned mode;
};

void file_write(struct sim_file *f, const void *p, size_t n, int64_t at);
void file_cut(struct sim_file *f, int64_t size);
void file_sync(struct sim_file *f);
/* Writing back fails: any part of the pages is lost. */
void file_lose(struct sim_file *f, struct sim_rng *r);
void file_evict(struct sim_file *f);
/* The power goes: keep in a thousand of what is not durable stays. */
void file_crash(struct sim_file *f, struct sim_rng *r, unsigned keep);
void file_free(struct sim_file *f);

struct sim_entry {
	char name[SIM_NAME];
	struct sim_file *file; /* NULL: a directory */
};

struct sim_names {
	struct sim_entry *items;
	size_t count, room;
};

/* name is there now as file; with from it was moved from there; with gone it is no more. */
struct sim_move {
	char name[SIM_NAME], from[SIM_NAME];
	struct sim_file *file;
	bool is_gone;
};

struct sim_tree {
	struct sim_names live, durable;
	struct sim_move *moves;
	size_t count, room;
};

struct sim_entry *tree_find(struct sim_names *names, const char *name);
void tree_put(struct sim_tree *t, const char *name, struct sim_file *file);
void tree_drop(struct sim_tree *t, const char *name);
void tree_rename(struct sim_tree *t, const char *from, const char *to);
void tree_sync(struct sim_tree *t, const char *dir);
void tree_sync_all(struct sim_tree *t);
void tree_crash(struct sim_tree *t, struct sim_rng *r, unsigned keep);
void tree_free(struct sim_tree *t);
/* Is name in dir? "." is the root. */
bool tree_in(const char *name, const char *dir);

struct sim_desc {
	struct sim_file *file; /* NULL: free */
	int process, lock;     /* 0, or 1 + enum disk_lock */
	bool can_write;
	uint64_t seen_error;
	char name[SIM_NAME];
};

struct sim_process {
	bool is_used, is_dead;
	enum sim_rights rights;
};

struct sim_task {
	void *at; /* ucontext_t */
	char *stack;
	void (*run)(void *);
	void *arg;
	bool is_done;
	struct sim_desc *waits; /* for this lock, in the table that never moves */
	int process;
	enum disk_lock how;
	bool is_late; /* waiting is over */
};

struct sim_inner {
	int number; /* of the disk */
	struct sim_tree tree;
	struct sim_file *files;
	struct sim_desc *descs;
	size_t desc_count;
	struct sim_process *processes;
	size_t process_count;
	struct sim_task tasks[SIM_TASKS];
	size_t task_count;
	struct sim_task *running; /* NULL: none, the caller of sim_run */
	void *main;               /* ucontext_t */
	bool is_traced;
};

enum sim_effect { READS, CHANGES, GROWS, SYNCS, ENDS };

struct sim *process_disk(const struct disk *d, int *process);
void process_add(struct sim *s);
void process_remove(struct sim *s);
void process_trace(const struct sim *s, int process, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void process_blame(struct sim *s, const char *what);
/* False, and errno. */
bool process_fail(struct sim *s, int process, int error, const char *what);
/* False, and EIO, when it is dead. */
bool process_lives(struct sim *s, int process);
/* May the call go on? Else errno is set. */
bool process_begin(struct sim *s, int process, enum sim_effect effect, const char *what);
/* The result; -1 when the process dies right after the operation. */
int64_t process_done(struct sim *s, int process, int64_t result);
/* How it ends at this operation: 0 before it, 1 in the middle, 2 after it; -1: it does not. */
int process_ending(const struct sim *s);
void process_end(struct sim *s, int process);
struct sim_desc *process_desc(struct sim *s, int process, int fd);

bool calls_is_free(const struct sim *s, const struct sim_desc *desc, enum disk_lock how);
/* Waits for the lock as a task; false when it is too late. */
bool task_wait(struct sim *s, int process, struct sim_desc *desc, enum disk_lock how);
void task_release(struct sim *s);
extern const struct disk_calls sim_calls;

#endif
