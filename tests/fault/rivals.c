/*
 * rivals: writers that append with an expected version, are killed at random, and try again.
 *
 *	rivals [-n OPERATIONS] [-w WRITERS] [-k STREAMS] [-r SEED] [-p PERCENT]
 *
 * Each writer loads the version of a stream at random (ev-store version), appends one event that expects it (ev-store
 * append --expect), and does both again until the event is stored. PERCENT of the commands are killed at a random moment.
 * Writes sent.W and acks.W for each writer W. Checked at once: a version that is loaded is no older than any that had
 * been acknowledged before the command was started; an event that was not known is acknowledged as the version after
 * the expected one; no status but 0, 4 and death. The rest is for ledger. EV_STORE is the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS_MAX = 4096, KILLED = 256 };

extern char **environ;

/* What all writers share. */
struct board {
	_Atomic int64_t acked[STREAMS_MAX]; /* the highest version that was acknowledged */
	_Atomic long stored, kills, conflicts, known, violations;
};

static struct {
	long operations, writers, streams, percent;
	uint64_t seed;
	struct board *board;
} rivals = {1000, 8, 100, 10, 1, NULL};

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct writer {
	long number;
	uint64_t random;
	FILE *sent, *acks;
};

static void
violation(const struct writer *w, const char *what, const char *detail)
{
	rivals.board->violations++;
	printf("violation: writer %ld: %s: %s\n", w->number, what, detail);
	fflush(stdout);
}

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

/* Runs the command with input on stdin; its output and its status, KILLED when we killed it. */
static int
run(struct writer *w, const char *const *argv, const char *input, char *out, size_t room)
{
	posix_spawn_file_actions_t actions;
	bool shall_die = next_random(&w->random) % 100 < (uint64_t)rivals.percent;
	int in[2], got[2], status;
	size_t n = 0;
	ssize_t r;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(got, O_CLOEXEC))
		die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, got[1], 1);
	if (write(in[1], input, strlen(input)) < 0 || close(in[1]))
		die("write");
	if ((errno = posix_spawnp(
		     &pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ)))
		die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(got[1]);
	if (shall_die) {
		usleep((useconds_t)(next_random(&w->random) % 6000));
		kill(pid, SIGKILL);
	}
	while (n + 1 < room && ((r = read(got[0], out + n, room - 1 - n)) > 0 || errno == EINTR))
		n += r > 0 ? (size_t)r : 0;
	out[n] = '\0';
	close(got[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && shall_die) {
		rivals.board->kills++;
		return KILLED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The version of the stream, or -1 when the command was killed. */
static int64_t
load(struct writer *w, const char *name, long stream)
{
	int64_t least = rivals.board->acked[stream], ver;
	const char *argv[] = {"ev-store", "version", name, NULL};
	char out[64];
	int status = run(w, argv, "", out, sizeof(out));

	if (status == KILLED)
		return -1;
	ver = strtoll(out, NULL, 10);
	if (status != 0)
		violation(w, "version fails", name);
	else if (ver < least)
		violation(w, "a version older than an acknowledged one", out);
	return ver;
}

static void
take_ack(struct writer *w, const char *ack, int64_t expected, long stream)
{
	const char *at = strstr(ack, ",\"ver\":");
	int64_t ver = at ? strtoll(at + 7, NULL, 10) : -1, seen = rivals.board->acked[stream];
	bool is_known = strstr(ack, "\"known\":true") != NULL;

	if (ver < 1 || ack[strlen(ack) - 1] != '\n')
		violation(w, "success without an acknowledgement", ack);
	else if (!is_known && ver != expected + 1)
		violation(w, "stored at another version than the next", ack);
	rivals.board->known += is_known;
	while (seen < ver &&
		!atomic_compare_exchange_weak(&rivals.board->acked[stream], &seen, ver))
		;
	fputs(ack, w->acks);
	fflush(w->acks);
}

/* Until the event is stored. */
static void
store(struct writer *w, long number)
{
	long stream = (long)(next_random(&w->random) % (uint64_t)rivals.streams);
	char name[32], event[256], version[24], out[1024];
	const char *argv[] = {"ev-store", "append", name, "--expect", version, "--ack", NULL};
	int64_t expected = -1;
	int status = 4;

	snprintf(name, sizeof(name), "s-%ld", stream);
	snprintf(event, sizeof(event),
		"{\"eventId\":\"%llu.%ld.%ld-1-1\",\"eventType\":\"fault.tried\",\"aggregateId\":"
		"\"%ld\",\"data\":%llu}\n",
		(unsigned long long)rivals.seed, w->number, number, stream,
		(unsigned long long)next_random(&w->random));
	fputs(event, w->sent);
	fflush(w->sent);
	while (status != 0 && rivals.board->violations == 0) {
		/* Killed: it may be stored or not; the same is asked again. */
		if (status != KILLED || expected < 0)
			expected = load(w, name, stream);
		if (expected < 0)
			continue;
		snprintf(version, sizeof(version), "%lld", (long long)expected);
		status = run(w, argv, event, out, sizeof(out));
		if (status == 0)
			take_ack(w, out, expected, stream);
		else if (status == 4)
			rivals.board->conflicts++;
		else if (status != KILLED)
			violation(w, "append fails", event);
	}
	rivals.board->stored += status == 0;
}

static void
writer(long number)
{
	struct writer w = {.number = number, .random = rivals.seed * 1000 + (uint64_t)number};
	char name[32];

	snprintf(name, sizeof(name), "sent.%ld", number);
	w.sent = fopen(name, "we");
	snprintf(name, sizeof(name), "acks.%ld", number);
	w.acks = fopen(name, "we");
	if (!w.sent || !w.acks)
		die(name);
	for (long i = 0; i < rivals.operations / rivals.writers; i++)
		if (rivals.board->violations == 0)
			store(&w, i);
	exit(0);
}

int
main(int argc, char **argv)
{
	int status;
	pid_t pid;

	for (int o; (o = getopt(argc, argv, "n:w:k:r:p:")) != -1;)
		switch (o) {
		case 'n': rivals.operations = atol(optarg); break;
		case 'w': rivals.writers = atol(optarg); break;
		case 'k': rivals.streams = atol(optarg); break;
		case 'r': rivals.seed = strtoull(optarg, NULL, 10); break;
		case 'p': rivals.percent = atol(optarg); break;
		default: return 2;
		}
	if (rivals.streams < 1 || rivals.streams > STREAMS_MAX || rivals.writers < 1)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	rivals.board = mmap(NULL, sizeof(*rivals.board), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rivals.board == MAP_FAILED)
		die("memory");
	for (long i = 0; i < rivals.writers; i++)
		if (fork() == 0)
			writer(i);
	while ((pid = wait(&status)) > 0 || errno == EINTR)
		if (pid > 0 && status != 0) {
			printf("violation: a writer ended with status %#x\n", status);
			rivals.board->violations++;
		}
	if (!rivals.board->violations &&
		rivals.board->stored != rivals.operations / rivals.writers * rivals.writers) {
		puts("violation: not all is stored");
		rivals.board->violations++;
	}
	printf("%ld stored, %ld kills, %ld conflicts, %ld known\n", rivals.board->stored,
		rivals.board->kills, rivals.board->conflicts, rivals.board->known);
	return rivals.board->violations ? 1 : 0;
}
