/* task: coroutines, one of which runs at a time. */
#include "sim/inner.h"

#include "base/alloc.h"

#include <sys/mman.h>
#include <ucontext.h>

#define STACK ((size_t)512 << 10)

static struct sim *starting; /* makecontext passes only integers */

static void
enter(void)
{
	struct sim *s = starting;
	struct sim_task *t = s->in->running;

	t->run(t->arg);
	t->is_done = true;
	swapcontext(t->at, s->in->main);
}

void
sim_spawn(struct sim *s, void (*run)(void *arg), void *arg)
{
	struct sim_inner *in = s->in;
	struct sim_task *t = &in->tasks[in->task_count++];
	ucontext_t *at;

	assert(in->task_count <= SIM_TASKS);
	if (!in->main)
		in->main = alloc_zero(sizeof(ucontext_t));
	if (!t->stack)
		t->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!t->at)
		t->at = alloc_zero(sizeof(ucontext_t));
	at = t->at;
	getcontext(at);
	at->uc_stack.ss_sp = t->stack;
	at->uc_stack.ss_size = STACK;
	makecontext(at, enter, 0);
	t->run = run;
	t->arg = arg;
	t->is_done = t->is_late = false;
	t->waits = NULL;
}

static bool
can_run(const struct sim *s, const struct sim_task *t)
{
	if (t->is_done)
		return false;
	return !t->waits || t->is_late || s->in->processes[t->process].is_dead ||
	       calls_is_free(s, t->waits, t->how);
}

/* Any task that can run; when all wait for each other, one has waited for too long. */
static struct sim_task *
choose(struct sim *s)
{
	struct sim_inner *in = s->in;
	struct sim_task *able[SIM_TASKS], *waiting[SIM_TASKS];
	unsigned ables = 0, waits = 0;

	for (size_t i = 0; i < in->task_count; i++) {
		struct sim_task *t = &in->tasks[i];

		if (can_run(s, t))
			able[ables++] = t;
		else if (!t->is_done)
			waiting[waits++] = t;
	}
	if (ables)
		return able[sim_pick(&s->rng, ables)];
	if (!waits)
		return NULL;
	waiting[0] = waiting[sim_pick(&s->rng, waits)];
	waiting[0]->is_late = true;
	return waiting[0];
}

void
sim_run(struct sim *s)
{
	struct sim_inner *in = s->in;
	struct sim_task *t;

	while ((t = choose(s))) {
		in->running = t;
		starting = s;
		swapcontext(in->main, t->at);
	}
	in->running = NULL;
	in->task_count = 0;
}

void
sim_yield(struct sim *s)
{
	struct sim_task *t = s->in->running;

	if (t)
		swapcontext(t->at, s->in->main);
}

bool
task_wait(struct sim *s, int process, struct sim_desc *desc, enum disk_lock how)
{
	struct sim_task *t = s->in->running;
	bool is_late;

	if (!t)
		return false;
	t->waits = desc;
	t->process = process;
	t->how = how;
	swapcontext(t->at, s->in->main);
	is_late = t->is_late;
	t->waits = NULL;
	t->is_late = false;
	return !is_late;
}

void
task_release(struct sim *s)
{
	for (size_t i = 0; i < SIM_TASKS; i++) {
		if (s->in->tasks[i].stack)
			munmap(s->in->tasks[i].stack, STACK);
		alloc_free(s->in->tasks[i].at);
	}
	alloc_free(s->in->main);
}
