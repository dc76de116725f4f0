/*
 * killed: how soon a store takes an event again after its writer was killed.
 *
 *	killed N COMMAND [ARGUMENT ...]
 *
 * N times: the command, which answers each event with a line once it is durable, is given events as fast as it takes
 * them and is killed with SIGKILL after 5 to 100 ms; then it is started anew with one event. Prints, N times, the
 * milliseconds from that start to the answer.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int run_id; /* so that events of another run are not the same ones */

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Event i of round n, of about the size of the story's. */
static int
put_event(int fd, int n, long i)
{
	char line[600];
	int size = snprintf(line, sizeof(line),
		"{\"eventId\":\"%d-%d-%ld\",\"eventType\":\"content.watched\",\"eventVersion\":\"1."
		"0\","
		"\"timestamp\":1637572532123,\"source\":\"bench\",\"aggregateId\":\"k%ld\","
		"\"aggregateType\":\"Killed\",\"data\":{\"text\":\"%0300d\"}}\n",
		run_id, n, i, i % 1000, 0);

	return write(fd, line, (size_t)size) == size ? 0 : -1;
}

/* The command, its standard input from in, its output to out; these are closed here. */
static pid_t
start(char **argv, int in, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(in, 0);
		dup2(out, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(in);
	close(out);
	return pid;
}

static void
stream_and_kill(char **argv, int n)
{
	int in[2];
	pid_t feeder, victim;

	if (pipe2(in, O_CLOEXEC))
		exit(3);
	feeder = fork();
	if (feeder == 0) {
		close(in[0]);
		for (long i = 1; put_event(in[1], n, i) == 0; i++)
			continue;
		_exit(0);
	}
	close(in[1]);
	victim = start(argv, in[0], open("/dev/null", O_WRONLY | O_CLOEXEC));
	usleep((useconds_t)(5000 + rand() % 95000));
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	waitpid(feeder, NULL, 0);
}

/* Milliseconds to the first answer; below 0: there was none. */
static double
first_append(char **argv, int n)
{
	char answer[4096];
	int in[2], out[2];
	double begin = now_ms(), took;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		exit(3);
	pid = start(argv, in[0], out[1]);
	put_event(in[1], n, 0);
	took = read(out[0], answer, sizeof(answer)) > 0 ? now_ms() - begin : -1;
	close(in[1]);
	close(out[0]);
	waitpid(pid, NULL, 0);
	return took;
}

int
main(int argc, char **argv)
{
	int count = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;

	run_id = (int)getpid();
	signal(SIGPIPE, SIG_IGN);
	srand(42);
	for (int n = 0; n < count; n++) {
		double took;

		stream_and_kill(argv + 2, n);
		took = first_append(argv + 2, n);
		if (took < 0)
			return 3;
		printf("%.3f\n", took);
	}
	return count ? 0 : 2;
}
