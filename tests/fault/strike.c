/*
 * strike: runs a command under ptrace, counts its system calls, and kills it or fails a call at a chosen one.
 *
 *	strike [-c CALLS] [-s TEXT] [-k N [-g] | -e ERROR [-n N | -p PERCENT -r SEED] [-a]] [-w DIR] [-o FILE] [-l FILE]
 *	       command ...
 *
 *	-c CALLS   count only these: names, or the sets file (default: all that name files or use descriptors),
 *	           sync, write, any; joined by commas
 *	-s TEXT    counting begins, in each process, with its first opening of a name that contains TEXT
 *	-k N       SIGKILL to the process right before the N-th call; with -g to all processes of the command, those
 *	           too that are just being made
 *	-e ERROR   EIO, ENOSPC, EINTR, EDQUOT, ENOMEM, EAGAIN, or SHORT: half the bytes are asked for
 *	-n N       the N-th call fails; with -a it and all after it
 *	-p, -r     each call fails with this probability, from this seed
 *	-w DIR     reports each name outside DIR that is opened for writing, made, renamed, linked or removed; the status
 *	           is then 120. /dev/null and /dev/tty are no such names
 *	-o FILE    writes the number of calls counted
 *	-l FILE    writes each counted call as "N name PID"
 *
 * Calls of all threads and children are counted in the order in which they begin. The status is the command's; 128 and
 * the signal's number when it was killed. A call that fails is not made.
 */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc gives the requests types of their own. */
#define ptrace_call(what, pid, addr, data) ptrace((what), (pid), (void *)(addr), (void *)(data))

enum { FILES = 1, SYNC = 2, WRITE = 4, COUNTED = 8 };
enum { SHORT = -1, TRACEES = 4096 };

struct call {
	const char *name;
	long number;
	unsigned sets;
	int path; /* argument that is a name to be opened or made, -1 for none */
	int size; /* argument that says how many bytes, -1 for none */
};

#define CALL(name, sets, path, size)                      \
	{                                                 \
#name, SYS_##name, (sets), (path), (size) \
	}

static struct call calls[] = {
	CALL(openat, FILES, 1, -1),
	CALL(close, FILES, -1, -1),
	CALL(read, FILES, -1, 2),
	CALL(write, FILES | WRITE, -1, 2),
	CALL(pread64, FILES, -1, 2),
	CALL(pwrite64, FILES | WRITE, -1, 2),
	CALL(readv, FILES, -1, -1),
	CALL(writev, FILES | WRITE, -1, -1),
	CALL(fsync, FILES | SYNC, -1, -1),
	CALL(fdatasync, FILES | SYNC, -1, -1),
	CALL(sync_file_range, FILES | SYNC, -1, -1),
	CALL(syncfs, FILES | SYNC, -1, -1),
	CALL(ftruncate, FILES | WRITE, -1, -1),
	CALL(fallocate, FILES | WRITE, -1, -1),
	CALL(copy_file_range, FILES | WRITE, -1, 4),
	CALL(sendfile, FILES | WRITE, -1, 3),
	CALL(ioctl, FILES, -1, -1),
	CALL(fcntl, FILES, -1, -1),
	CALL(fstat, FILES, -1, -1),
	CALL(newfstatat, FILES, -1, -1),
	CALL(statx, FILES, -1, -1),
	CALL(getdents64, FILES, -1, -1),
	CALL(mkdirat, FILES | WRITE, 1, -1),
	CALL(linkat, FILES | WRITE, -1, -1),
	CALL(symlinkat, FILES | WRITE, -1, -1),
	CALL(unlinkat, FILES | WRITE, -1, -1),
	CALL(renameat, FILES | WRITE, -1, -1),
	CALL(renameat2, FILES | WRITE, -1, -1),
	CALL(fchmod, FILES, -1, -1),
	CALL(fchmodat, FILES, -1, -1),
	CALL(fchown, FILES, -1, -1),
	CALL(utimensat, FILES, -1, -1),
	CALL(ppoll, FILES, -1, -1),
	CALL(inotify_init1, FILES, -1, -1),
	CALL(inotify_add_watch, FILES, -1, -1),
	CALL(fadvise64, FILES, -1, -1),
	CALL(lseek, FILES, -1, -1),
#ifdef SYS_open
	CALL(open, FILES, 0, -1),
	CALL(mkdir, FILES | WRITE, 0, -1),
	CALL(unlink, FILES | WRITE, -1, -1),
	CALL(rename, FILES | WRITE, -1, -1),
	CALL(link, FILES | WRITE, -1, -1),
	CALL(stat, FILES, -1, -1),
	CALL(chmod, FILES, -1, -1),
	CALL(poll, FILES, -1, -1),
#endif
};

struct tracee {
	pid_t pid;
	bool is_known, is_counting, is_failing;
};

static struct {
	const char *text;
	const char *inside;
	long kill_at, fail_at, percent, count;
	uint64_t seed;
	int error;
	bool has_escaped, is_any, is_fail_all, is_kill_all, is_over;
	FILE *log;
	struct tracee tracees[TRACEES];
	size_t live;
} strike = {.percent = -1};

static void
die(const char *what)
{
	fprintf(stderr, "strike: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct tracee *
tracee(pid_t pid)
{
	for (size_t i = 0; i < strike.live; i++)
		if (strike.tracees[i].pid == pid)
			return &strike.tracees[i];
	if (strike.live == TRACEES) {
		errno = EAGAIN;
		die("processes");
	}
	strike.tracees[strike.live] = (struct tracee){.pid = pid};
	return &strike.tracees[strike.live++];
}

static void
forget(pid_t pid)
{
	struct tracee *t = tracee(pid);

	*t = strike.tracees[--strike.live];
}

static struct call *
call_of(uint64_t number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if ((uint64_t)calls[i].number == number)
			return &calls[i];
	return NULL;
}

/* splitmix64: the next random number. */
static uint64_t
next_random(void)
{
	uint64_t z = strike.seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static bool
names_text(pid_t pid, const struct call *c, const struct __ptrace_syscall_info *info)
{
	char name[512];

	if (!c || c->path < 0)
		return false;
	outside_read(pid, info->entry.args[c->path], name, sizeof(name));
	return strstr(name, strike.text) != NULL;
}

/* --- registers ---------------------------------------------------------------------------------- */

#if defined(__x86_64__)
static bool
change(pid_t pid, bool is_entry, int size_arg)
{
	static const size_t at[] = {offsetof(struct user_regs_struct, rdi),
		offsetof(struct user_regs_struct, rsi), offsetof(struct user_regs_struct, rdx),
		offsetof(struct user_regs_struct, r10), offsetof(struct user_regs_struct, r8)};
	struct user_regs_struct r;
	unsigned long long *arg;

	if (ptrace_call(PTRACE_GETREGS, pid, 0, &r))
		return false;
	if (is_entry && strike.error == SHORT) {
		arg = (unsigned long long *)((char *)&r + at[size_arg]);
		*arg = (*arg + 1) / 2;
	} else if (is_entry) {
		r.orig_rax = (unsigned long long)-1;
	} else {
		r.rax = (unsigned long long)-strike.error;
	}
	return ptrace_call(PTRACE_SETREGS, pid, 0, &r) == 0;
}
#elif defined(__aarch64__)
#include <asm/ptrace.h>
#include <elf.h>
static bool
change(pid_t pid, bool is_entry, int size_arg)
{
	struct user_pt_regs r;
	struct iovec io = {&r, sizeof(r)};
	int none = -1;

	if (is_entry && strike.error != SHORT) {
		io = (struct iovec){&none, sizeof(none)};
		return ptrace_call(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &io) == 0;
	}
	if (ptrace_call(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io))
		return false;
	if (is_entry)
		r.regs[size_arg] = (r.regs[size_arg] + 1) / 2;
	else
		r.regs[0] = (uint64_t) - (int64_t)strike.error;
	return ptrace_call(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io) == 0;
}
#else
static bool
change(pid_t pid, bool is_entry, int size_arg)
{
	(void)pid, (void)is_entry, (void)size_arg;
	errno = ENOTSUP;
	die("calls can be failed only on x86-64 and aarch64");
	return false;
}
#endif

/* --- stops -------------------------------------------------------------------------------------- */

static bool
shall_fail(const struct call *c, uint64_t size)
{
	if (!strike.error || (strike.error == SHORT && (!c || c->size < 0 || size < 2)))
		return false;
	if (strike.percent >= 0)
		return next_random() % 100 < (uint64_t)strike.percent;
	return strike.count == strike.fail_at ||
	       (strike.is_fail_all && strike.fail_at > 0 && strike.count > strike.fail_at);
}

static void
enter(struct tracee *t, const struct __ptrace_syscall_info *info)
{
	struct call *c = call_of(info->entry.nr);

	if (!t->is_counting && (!strike.text || names_text(t->pid, c, info)))
		t->is_counting = true;
	if (strike.inside && outside_names(t->pid, info->entry.nr, info->entry.args, strike.inside))
		strike.has_escaped = true;
	if (!t->is_counting || !(strike.is_any || (c && c->sets & COUNTED)))
		return;
	strike.count++;
	if (strike.log)
		fprintf(strike.log, "%ld %s %d\n", strike.count, c ? c->name : "other",
			(int)t->pid);
	if (strike.count == strike.kill_at) {
		strike.is_over = strike.is_kill_all;
		for (size_t i = 0; i < strike.live; i++)
			if (strike.is_kill_all || &strike.tracees[i] == t)
				kill(strike.tracees[i].pid, SIGKILL);
		return;
	}
	if (!shall_fail(c, c && c->size >= 0 ? info->entry.args[c->size] : 0))
		return;
	t->is_failing = change(t->pid, true, c ? c->size : -1) && strike.error != SHORT;
}

static void
call_stop(struct tracee *t)
{
	struct __ptrace_syscall_info info;

	if (ptrace_call(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		enter(t, &info);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->is_failing) {
		t->is_failing = false;
		change(t->pid, false, -1);
	}
}

/* The signal that the tracee is to get. */
static int
stopped(struct tracee *t, int status)
{
	int sig = WSTOPSIG(status);
	bool is_new = !t->is_known;

	t->is_known = true;
	/* It was made before all were killed, but is seen only now. */
	if (strike.is_over)
		kill(t->pid, SIGKILL);
	if (sig == (SIGTRAP | 0x80)) {
		call_stop(t);
		return 0;
	}
	if (status >> 16 || (is_new && sig == SIGSTOP))
		return 0;
	return sig;
}

static int
follow(pid_t first)
{
	int result = 0, status, sig;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status)) {
			sig = stopped(tracee(pid), status);
			ptrace_call(PTRACE_SYSCALL, pid, 0, (intptr_t)sig);
			continue;
		}
		forget(pid);
		if (pid == first)
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	return result;
}

static pid_t
launch(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		ptrace_call(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("start");
	if (ptrace_call(PTRACE_SETOPTIONS, pid, 0,
		    (intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)))
		die("ptrace");
	tracee(pid)->is_known = true;
	ptrace_call(PTRACE_SYSCALL, pid, 0, 0);
	return pid;
}

/* --- options ------------------------------------------------------------------------------------ */

static void
choose(char *list)
{
	static const struct {
		const char *name;
		unsigned set;
	} sets[] = {{"file", FILES}, {"sync", SYNC}, {"write", WRITE}};

	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		unsigned set = 0;
		bool found = strcmp(name, "any") == 0;

		strike.is_any = strike.is_any || found;
		for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
			if (strcmp(name, sets[i].name) == 0)
				set = sets[i].set;
		for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
			if (calls[i].sets & set || strcmp(name, calls[i].name) == 0) {
				calls[i].sets |= COUNTED;
				found = true;
			}
		if (!found) {
			errno = EINVAL;
			die(name);
		}
	}
}

static int
error_of(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EDQUOT", EDQUOT},
		{"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN}, {"SHORT", SHORT}};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (strcmp(name, errors[i].name) == 0)
			return errors[i].error;
	errno = EINVAL;
	die(name);
	return 0;
}

static const char *
options(int argc, char **argv)
{
	static char all[] = "file";
	const char *out = NULL;
	bool has_calls = false;

	for (int o; (o = getopt(argc, argv, "+c:s:k:ge:n:p:r:aw:o:l:")) != -1;)
		switch (o) {
		case 'c':
			choose(optarg);
			has_calls = true;
			break;
		case 's': strike.text = optarg; break;
		case 'k': strike.kill_at = atol(optarg); break;
		case 'g': strike.is_kill_all = true; break;
		case 'e': strike.error = error_of(optarg); break;
		case 'n': strike.fail_at = atol(optarg); break;
		case 'p': strike.percent = atol(optarg); break;
		case 'r': strike.seed = (uint64_t)atoll(optarg); break;
		case 'a': strike.is_fail_all = true; break;
		case 'w': strike.inside = optarg; break;
		case 'o': out = optarg; break;
		case 'l':
			strike.log = fopen(optarg, "we");
			if (!strike.log)
				die(optarg);
			break;
		default: exit(125);
		}
	if (!has_calls)
		choose(all);
	return out;
}

int
main(int argc, char **argv)
{
	const char *out = options(argc, argv);
	int status;
	FILE *f;

	if (optind == argc) {
		errno = EINVAL;
		die("no command");
	}
	status = follow(launch(argv + optind));
	if (out) {
		f = fopen(out, "we");
		if (!f || fprintf(f, "%ld\n", strike.count) < 0 || fclose(f))
			die(out);
	}
	if (strike.log && fclose(strike.log))
		die("log");
	return strike.has_escaped ? 120 : status;
}
