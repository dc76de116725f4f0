/*
 * drum: a disk in memory that remembers every write and flush, and can become what a power cut would have left of it.
 *
 *	drum -z BYTES DIRECTORY [FIFO=FILE ...]
 *
 * mounts itself (FUSE, spoken by hand) on DIRECTORY as one file "disk", for mkfs and a loop device. What comes out of each
 * FIFO is added to its FILE, and how much had come stands in the same history as the writes: acknowledgements that
 * had been read before a moment must hold in what a power cut at any later moment leaves. Commands on stdin, one
 * answer line each:
 *
 *	mark             "N": the history has N entries
 *	heard N          "M": entry M, N or later, is the first that something came out of a FIFO; if none is, the history's last
 *	crash N SEED     the disk becomes what may be left after entry N: everything up to the last flush before it, and of the
 *	                 later writes a random part of their pages (SEED 0: all). From now on nothing is remembered.
 *	                 "WRITES KEPT BYTES...": pages written since that flush, those kept, bytes of each FILE that had come
 *	quit
 *
 * It ends with the process that started it, whatever that was doing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096, REQUEST = 1 << 20, FIFOS = 16, DISK = 2 };
enum kind { WRITE, FLUSH, HEARD };

/* One entry of the history. */
struct entry {
	enum kind kind;
	uint64_t at, n; /* WRITE: offset, bytes; HEARD: number of the fifo, bytes in all */
	char *bytes;
};

static struct {
	int fuse;
	uint64_t size;
	/* the disk now; at the last flush before the crash */
	char *now, *stable;
	unsigned char *is_touched; /* pages of now that differ from stable */
	uint64_t *touched;
	size_t touched_count;

	struct entry *history;
	size_t count, cap;
	bool is_crashed;
	size_t stable_end; /* entries that stable has */
	uint64_t seed;

	int fifo[FIFOS], file[FIFOS];
	uint64_t heard[FIFOS];
	size_t fifos;
} drum;

static void
die(const char *what)
{
	fprintf(stderr, "drum: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void *
memory(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		-1, 0);

	if (p == MAP_FAILED)
		die("memory");
	return p;
}

static void
remember(enum kind kind, uint64_t at, uint64_t n, const char *bytes)
{
	struct entry *e;

	if (drum.is_crashed)
		return;
	if (drum.count == drum.cap) {
		drum.cap = drum.cap ? drum.cap * 2 : 1024;
		drum.history = realloc(drum.history, drum.cap * sizeof(*drum.history));
		if (!drum.history)
			die("history");
	}
	e = &drum.history[drum.count++];
	*e = (struct entry){kind, at, n, NULL};
	if (bytes) {
		e->bytes = malloc(n);
		if (!e->bytes)
			die("history");
		memcpy(e->bytes, bytes, n);
	}
}

/* --- the disk after a power cut ------------------------------------------------------------------ */

static uint64_t
next_random(void)
{
	uint64_t z = drum.seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
touch(uint64_t at, uint64_t n)
{
	for (uint64_t page = at / PAGE; n && page <= (at + n - 1) / PAGE; page++)
		if (!drum.is_touched[page]) {
			drum.is_touched[page] = 1;
			drum.touched[drum.touched_count++] = page;
		}
}

/* now becomes stable again. */
static void
untouch(void)
{
	for (size_t i = 0; i < drum.touched_count; i++) {
		uint64_t page = drum.touched[i];

		memcpy(drum.now + page * PAGE, drum.stable + page * PAGE, PAGE);
		drum.is_touched[page] = 0;
	}
	drum.touched_count = 0;
}

/* The first crash, or one before the last: from the start, all zero. */
static void
rewind_history(void)
{
	if (madvise(drum.now, drum.size, MADV_DONTNEED) ||
		madvise(drum.stable, drum.size, MADV_DONTNEED))
		die("memory");
	memset(drum.is_touched, 0, drum.size / PAGE);
	drum.touched_count = 0;
	drum.stable_end = 0;
}

/* Each page of the write is kept with a chance of keep in 100. */
static void
keep_some(const struct entry *e, unsigned keep, size_t *pages, size_t *kept)
{
	for (uint64_t done = 0, n; done < e->n; done += n) {
		uint64_t at = e->at + done;

		n = PAGE - at % PAGE;
		n = n < e->n - done ? n : e->n - done;
		++*pages;
		if (keep < 100 && next_random() % 100 >= keep)
			continue;
		++*kept;
		touch(at, n);
		memcpy(drum.now + at, e->bytes + done, n);
	}
}

static void
crash(size_t end, uint64_t seed)
{
	size_t flushed = 0, pages = 0, kept = 0;
	unsigned keep = 100;
	uint64_t heard[FIFOS] = {0};

	for (size_t i = 0; i < end; i++) {
		const struct entry *e = &drum.history[i];

		if (e->kind == FLUSH)
			flushed = i + 1;
		if (e->kind == HEARD)
			heard[e->at] = e->n;
	}
	if (!drum.is_crashed || flushed < drum.stable_end)
		rewind_history();
	drum.is_crashed = true;
	untouch();
	for (size_t i = drum.stable_end; i < flushed; i++) {
		const struct entry *e = &drum.history[i];

		if (e->kind != WRITE)
			continue;
		memcpy(drum.stable + e->at, e->bytes, e->n);
		memcpy(drum.now + e->at, e->bytes, e->n);
	}
	drum.stable_end = flushed;
	drum.seed = seed;
	if (seed)
		keep = (unsigned)(next_random() % 101);
	for (size_t i = flushed; i < end; i++)
		if (drum.history[i].kind == WRITE)
			keep_some(&drum.history[i], keep, &pages, &kept);
	printf("%zu %zu", pages, kept);
	for (size_t i = 0; i < drum.fifos; i++)
		printf(" %llu", (unsigned long long)heard[i]);
	putchar('\n');
}

/* --- FUSE ---------------------------------------------------------------------------------------- */

static void
answer(const struct fuse_in_header *in, int error, const void *p, size_t n)
{
	struct fuse_out_header out = {(uint32_t)(sizeof(out) + n), -error, in->unique};
	struct iovec io[] = {{&out, sizeof(out)}, {(void *)(uintptr_t)p, n}};

	if (writev(drum.fuse, io, n ? 2 : 1) < 0 && errno != ENOENT)
		die("answer");
}

static struct fuse_attr
attributes(uint64_t node)
{
	return (struct fuse_attr){.ino = node,
		.size = node == DISK ? drum.size : 0,
		.blocks = node == DISK ? drum.size / 512 : 0,
		.mode = node == DISK ? S_IFREG | 0600 : S_IFDIR | 0700,
		.nlink = 1,
		.blksize = PAGE};
}

static void
answer_init(const struct fuse_in_header *in, const struct fuse_init_in *init)
{
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = init->max_readahead,
		.flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ,
		.max_background = 64,
		.congestion_threshold = 48,
		.max_write = REQUEST - PAGE,
		.max_pages = (REQUEST - PAGE) / PAGE};

	if (init->minor < out.minor)
		out.minor = init->minor;
	answer(in, 0, &out, sizeof(out));
}

static void
answer_lookup(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out out = {.nodeid = DISK, .attr_valid = 3600, .entry_valid = 3600};

	out.attr = attributes(DISK);
	if (strcmp(name, "disk") != 0)
		answer(in, ENOENT, NULL, 0);
	else
		answer(in, 0, &out, sizeof(out));
}

static void
answer_read(const struct fuse_in_header *in, const struct fuse_read_in *r)
{
	uint64_t n = r->offset >= drum.size ? 0 : drum.size - r->offset;

	answer(in, 0, drum.now + (n ? r->offset : 0), r->size < n ? r->size : n);
}

static void
answer_write(const struct fuse_in_header *in, const struct fuse_write_in *w, const char *bytes)
{
	struct fuse_write_out out = {.size = w->size};

	if (w->offset > drum.size || w->size > drum.size - w->offset) {
		answer(in, ENOSPC, NULL, 0);
		return;
	}
	if (drum.is_crashed)
		touch(w->offset, w->size);
	memcpy(drum.now + w->offset, bytes, w->size);
	remember(WRITE, w->offset, w->size, bytes);
	answer(in, 0, &out, sizeof(out));
}

static void
answer_attributes(const struct fuse_in_header *in)
{
	struct fuse_attr_out out = {.attr_valid = 3600};

	out.attr = attributes(in->nodeid);
	answer(in, 0, &out, sizeof(out));
}

static void
request(const struct fuse_in_header *in, const char *body)
{
	struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
	struct fuse_statfs_out space = {.st = {.bsize = PAGE, .namelen = 255}};

	switch (in->opcode) {
	case FUSE_INIT: answer_init(in, (const void *)body); break;
	case FUSE_LOOKUP: answer_lookup(in, body); break;
	case FUSE_GETATTR:
	case FUSE_SETATTR: answer_attributes(in); break;
	case FUSE_OPEN: answer(in, 0, &opened, sizeof(opened)); break;
	case FUSE_READ: answer_read(in, (const void *)body); break;
	case FUSE_WRITE:
		answer_write(in, (const void *)body, body + sizeof(struct fuse_write_in));
		break;
	case FUSE_FSYNC:
		remember(FLUSH, 0, 0, NULL);
		answer(in, 0, NULL, 0);
		break;
	case FUSE_STATFS: answer(in, 0, &space, sizeof(space)); break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_DESTROY: answer(in, 0, NULL, 0); break;
	case FUSE_OPENDIR: answer(in, 0, &(struct fuse_open_out){0}, sizeof(opened)); break;
	case FUSE_READDIR: answer(in, 0, NULL, 0); break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: break;
	default: answer(in, ENOSYS, NULL, 0);
	}
}

static bool
serve(void)
{
	static _Alignas(8) char b[REQUEST + PAGE];
	ssize_t got = read(drum.fuse, b, sizeof(b));

	if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
		return true;
	if (got < (ssize_t)sizeof(struct fuse_in_header))
		return false; /* unmounted */
	request((const void *)b, b + sizeof(struct fuse_in_header));
	return true;
}

/* --- the rest ------------------------------------------------------------------------------------ */

static void
listen_to(const char *pair)
{
	char *fifo = strdup(pair), *file = fifo ? strchr(fifo, '=') : NULL;
	size_t i = drum.fifos++;

	if (!file || i >= FIFOS) {
		errno = EINVAL;
		die(pair);
	}
	*file++ = '\0';
	drum.fifo[i] = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	drum.file[i] = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (drum.fifo[i] < 0 || drum.file[i] < 0)
		die(pair);
	free(fifo);
}

static void
hear(size_t i)
{
	char b[65536];
	ssize_t got = read(drum.fifo[i], b, sizeof(b));

	if (got <= 0)
		return;
	if (write(drum.file[i], b, (size_t)got) != got)
		die("file of a fifo");
	drum.heard[i] += (uint64_t)got;
	remember(HEARD, i, drum.heard[i], NULL);
}

/* Entries are counted from 1. */
static size_t
next_heard(size_t entry)
{
	size_t i = entry ? entry - 1 : 0;

	while (i < drum.count && drum.history[i].kind != HEARD)
		i++;
	return i < drum.count ? i + 1 : drum.count;
}

static bool
command(void)
{
	unsigned long long end, seed;
	char line[128];

	if (!fgets(line, sizeof(line), stdin) || strcmp(line, "quit\n") == 0)
		return false;
	if (strcmp(line, "mark\n") == 0)
		printf("%zu\n", drum.count);
	else if (sscanf(line, "heard %llu", &end) == 1)
		printf("%zu\n", next_heard((size_t)end));
	else if (sscanf(line, "crash %llu %llu", &end, &seed) == 2 && end <= drum.count)
		crash((size_t)end, seed);
	else
		puts("what?");
	fflush(stdout);
	return true;
}

static void
loop(void)
{
	struct pollfd p[2 + FIFOS] = {{drum.fuse, POLLIN, 0}, {0, POLLIN, 0}};

	for (size_t i = 0; i < drum.fifos; i++)
		p[2 + i] = (struct pollfd){drum.fifo[i], POLLIN, 0};
	for (;;) {
		if (poll(p, 2 + drum.fifos, -1) < 0 && errno != EINTR)
			die("poll");
		/* Fifos first: what was said before a write came is remembered before it. */
		for (size_t i = 0; i < drum.fifos; i++)
			if (p[2 + i].revents & POLLIN)
				hear(i);
		if (p[0].revents && !serve())
			return;
		if (p[1].revents && !command())
			return;
	}
}

int
main(int argc, char **argv)
{
	char how[96];

	for (int o; (o = getopt(argc, argv, "z:")) != -1;)
		if (o != 'z' || (drum.size = strtoull(optarg, NULL, 10) / PAGE * PAGE) == 0)
			return 2;
	if (optind >= argc)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* its disk is for its parent */
	setvbuf(stdin, NULL, _IONBF, 0);
	drum.now = memory(drum.size);
	drum.stable = memory(drum.size);
	drum.is_touched = memory(drum.size / PAGE);
	drum.touched = memory(drum.size / PAGE * sizeof(*drum.touched));
	for (int i = optind + 1; i < argc; i++)
		listen_to(argv[i]);
	drum.fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(how, sizeof(how), "fd=%d,rootmode=40000,user_id=%d,group_id=%d", drum.fuse,
		(int)getuid(), (int)getgid());
	if (drum.fuse < 0 || mount("drum", argv[optind], "fuse", MS_NOSUID | MS_NODEV, how))
		die(argv[optind]);
	/*
	 * The file system on the disk is mounted later, and not in here: when this process is killed and was the last one
	 * there, the kernel would take that mount off in its exit, and wait for an answer of it for ever.
	 */
	if (unshare(CLONE_NEWNS))
		die("mounts");
	loop();
	close(drum.fuse);
	umount2(argv[optind], MNT_DETACH);
	return 0;
}
