/* child: posix_spawn with a pipe. */
#include "cli/child.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOPIC "EV_TOPIC="

extern char **environ;

/* The environment with EV_TOPIC; the strings but *assignment are the process's own. */
static char **
environment(const char *topic, char **assignment)
{
	size_t n = 0, at = 0, length = strlen(topic);
	char **env;

	while (environ && environ[n])
		n++;
	env = alloc_array(n + 2, sizeof *env);
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], TOPIC, sizeof TOPIC - 1) != 0)
			env[at++] = environ[i];
	*assignment = alloc_get(sizeof TOPIC + length);
	memcpy(*assignment, TOPIC, sizeof TOPIC - 1);
	memcpy(*assignment + sizeof TOPIC - 1, topic, length + 1);
	env[at] = *assignment;
	return env;
}

static void
default_signals(posix_spawnattr_t *attr)
{
	sigset_t set;

	sigemptyset(&set);
	posix_spawnattr_setsigmask(attr, &set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	posix_spawnattr_setsigdefault(attr, &set);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* 0 or the error number. */
static int
spawn(pid_t *pid, const char *command, const char *topic, int input)
{
	char name[] = "sh", option[] = "-c", *argv[] = {name, option, alloc_string(command), NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char *assignment, **env = environment(topic, &assignment);
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawnattr_init(&attr);
	default_signals(&attr);
	failed = posix_spawn(pid, "/bin/sh", &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	alloc_free(argv[2]);
	alloc_free(assignment);
	alloc_free(env);
	return failed;
}

int
child_start(struct child *c, const char *command, const char *topic, struct err *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_system(err, "pipe");
	errno = spawn(&pid, command, topic, ends[0]);
	close(ends[0]);
	if (errno) {
		int failed = errno;

		close(ends[1]);
		errno = failed;
		return err_system(err, "/bin/sh");
	}
	*c = (struct child){.pid = pid, .fd = ends[1]};
	return 0;
}

void
child_close(struct child *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

int
child_wait(struct child *c, struct err *err)
{
	pid_t pid = c->pid, got;
	int status;

	child_close(c);
	if (!pid)
		return 0;
	while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		continue;
	c->pid = 0;
	if (got < 0)
		return err_system(err, "waiting");
	if (WIFSIGNALED(status))
		return err_set(
			err, ERR_SYSTEM, "child", -1, "killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(err, ERR_SYSTEM, "child", -1, "exit status %d", WEXITSTATUS(status));
	return 0;
}
