/* sigs: the signal pipe. */
#include "cli/sigs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t pending, stop_signal, stops, reload, report;
static int pipe_fds[2] = {-1, -1};
static bool has_terminal; /* a controlling one, at the start */

static void
handle(int n)
{
	int saved = errno;
	ssize_t ignored;

	if (n == SIGHUP)
		reload = 1;
	else if (n == SIGUSR1)
		report = 1;
	else if (stops < 2) {
		stop_signal = n;
		stops++;
	} else {
		/* Asked three times: stuck in a write, perhaps. Dies of it once this handler is left. */
		signal(n, SIG_DFL);
		raise(n);
	}
	pending = 1;
	ignored = write(pipe_fds[1], "", 1);
	(void)ignored;
	errno = saved;
}

/* Asked at the start: when HUP comes because the terminal has gone, it cannot be asked any more. */
static bool
find_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int
sigs_start(struct err *err)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
	struct sigaction sa = {.sa_handler = handle};

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_system(err, "pipe");
	has_terminal = find_terminal();
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
		struct sigaction old;

		/* Ignored by whoever started us (nohup, a shell's background job): so it stays. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught[i], &sa, NULL);
	}
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);
	return 0;
}

bool
sigs_pending(void)
{
	return pending != 0;
}

/* Was it asked for? Forgotten first, so that a signal that comes meanwhile asks anew. */
static bool
take(volatile sig_atomic_t *flag)
{
	bool was_set = *flag != 0;

	if (was_set)
		*flag = 0;
	return was_set;
}

unsigned
sigs_take(void)
{
	static sig_atomic_t seen;
	sig_atomic_t now;
	unsigned flags = SIGS_NONE;
	char bytes[64];

	pending = 0;
	while (read(pipe_fds[0], bytes, sizeof(bytes)) > 0)
		;
	if (take(&reload)) {
		if (has_terminal) {
			stop_signal = SIGHUP;
			stops++;
		} else {
			flags |= SIGS_RELOAD;
		}
	}
	if (take(&report))
		flags |= SIGS_REPORT;
	now = stops;
	if (now > seen)
		flags |= seen == 0 && now == 1 ? SIGS_STOP : SIGS_STOP | SIGS_AGAIN;
	seen = now;
	return flags;
}

int
sigs_number(void)
{
	return stop_signal;
}

int
sigs_fd(void)
{
	return pipe_fds[0];
}

_Noreturn void
sigs_raise(int n)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigemptyset(&sa.sa_mask);
	sigaction(n, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, n);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(n);
	_exit(128 + n);
}
