/* process: who calls, whether he lives, what goes wrong before an operation and after it. */
#include "sim/inner.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdarg.h>

#define DISKS 64

static struct sim
	*disks[DISKS]; /* a struct disk knows numbers only: root is -1 - (disk * 1024 + process) */

void
process_add(struct sim *s)
{
	int i = 0;

	while (disks[i])
		i++;
	assert(i < DISKS);
	disks[i] = s;
	s->in->number = i;
}

void
process_remove(struct sim *s)
{
	disks[s->in->number] = NULL;
}

struct sim *
process_disk(const struct disk *d, int *process)
{
	*process = (-1 - d->root) % 1024;
	return disks[(-1 - d->root) / 1024];
}

struct disk
sim_disk(struct sim *s, int process)
{
	return (struct disk){&sim_calls, -1 - (s->in->number * 1024 + process)};
}

__attribute__((format(printf, 3, 4))) void
process_trace(const struct sim *s, int process, const char *fmt, ...)
{
	va_list ap;

	if (!s->in->is_traced)
		return;
	fprintf(stderr, "%6lld process %d: ", (long long)s->ops, process);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
process_blame(struct sim *s, const char *what)
{
	fprintf(stderr, "sim: operation %lld: %s\n", (long long)s->ops, what);
	s->is_broken = true;
}

/* --- processes ------------------------------------------------------------------------------ */

int
sim_process(struct sim *s, enum sim_rights rights)
{
	struct sim_inner *in = s->in;
	size_t i = 0;

	while (i < in->process_count && in->processes[i].is_used)
		i++;
	if (i == in->process_count)
		in->processes =
			alloc_resize(in->processes, ++in->process_count * sizeof(*in->processes));
	in->processes[i] = (struct sim_process){.is_used = true, .rights = rights};
	return (int)i;
}

bool
sim_is_dead(const struct sim *s, int process)
{
	return s->in->processes[process].is_dead;
}

static bool
close_all(struct sim *s, int process)
{
	bool any = false;

	for (size_t i = 0; i < s->in->desc_count; i++)
		if (s->in->descs[i].file && s->in->descs[i].process == process) {
			s->in->descs[i].file = NULL;
			s->in->descs[i].lock = 0;
			any = true;
		}
	return any;
}

void
sim_kill(struct sim *s, int process)
{
	process_trace(s, process, "dies");
	s->in->processes[process].is_dead = true;
	close_all(s, process);
}

void
sim_exit(struct sim *s, int process)
{
	if (close_all(s, process) && !sim_is_dead(s, process))
		process_blame(s, "a descriptor was left open");
	s->in->processes[process].is_used = false;
}

void
process_end(struct sim *s, int process)
{
	s->has_ended = true;
	for (size_t i = 0; i < s->in->process_count; i++)
		if (s->in->processes[i].is_used && (s->end != SIM_KILL || (int)i == process))
			sim_kill(s, (int)i);
	if (s->end == SIM_KILL)
		s->end = SIM_NEVER;
}

/* --- before and after an operation ---------------------------------------------------------- */

bool
process_fail(struct sim *s, int process, int error, const char *what)
{
	process_trace(s, process, "%s fails: %s", what, strerror(error));
	errno = error;
	return false;
}

bool
process_lives(struct sim *s, int process)
{
	if (!sim_is_dead(s, process))
		return true;
	if (++s->refused > 1000000) {
		process_blame(s, "a dead process goes on for ever");
		abort();
	}
	errno = EIO;
	return false;
}

int
process_ending(const struct sim *s)
{
	return s->end != SIM_NEVER && !s->has_ended && s->ops == s->end_at ? (int)(s->end_at % 3)
									   : -1;
}

bool
process_begin(struct sim *s, int process, enum sim_effect effect, const char *what)
{
	const struct sim_faults *f = &s->faults;

	if (!process_lives(s, process))
		return false;
	if (s->in->running && sim_chance(&s->rng, f->turn))
		sim_yield(s);
	if (!process_lives(s, process))
		return false;
	s->ops++;
	if (process_ending(s) == 0 || (process_ending(s) == 1 && effect != GROWS)) {
		process_end(s, process);
		return process_fail(s, process, EIO, what);
	}
	if (effect == READS && sim_chance(&s->rng, f->read))
		return process_fail(s, process, EIO, what);
	if ((effect == CHANGES || effect == GROWS) && sim_chance(&s->rng, f->change))
		return process_fail(s, process, EIO, what);
	if (effect == GROWS && (s->is_full || sim_chance(&s->rng, f->full)))
		return process_fail(s, process, ENOSPC, what);
	return true;
}

int64_t
process_done(struct sim *s, int process, int64_t result)
{
	if (process_ending(s) < 0)
		return result;
	process_end(s, process);
	errno = EIO;
	return -1;
}

struct sim_desc *
process_desc(struct sim *s, int process, int fd)
{
	size_t i = (size_t)(fd - SIM_FD);

	if (fd < SIM_FD || i >= s->in->desc_count || !s->in->descs[i].file ||
		s->in->descs[i].process != process) {
		process_blame(s, "a descriptor that is not open was used");
		errno = EBADF;
		return NULL;
	}
	return &s->in->descs[i];
}
