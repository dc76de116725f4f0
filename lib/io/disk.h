/*
 * disk: the one table of functions through which the event store reaches the disk.
 *
 * Everything the store does to files goes through a struct disk, so that a simulated disk with crashes at any
 * operation can stand in for the real one. Names are relative to the disk's root directory and have at most
 * one '/': "FORMAT", "seg/00000000000000000000.ndjson". The real disk never follows a symbolic link below its
 * root, opens nothing but regular files (EINVAL otherwise), and for writing none with a second name (EMLINK), so what
 * was planted there stays untouched.
 *
 * The functions answer as the system calls they are named after: -1 and errno. Interrupted calls are
 * repeated, except by lock.
 */
#ifndef IO_DISK_H
#define IO_DISK_H

#include "base/err.h"
#include "io/bell.h"

#include <sys/types.h>

enum disk_flags {
	DISK_READ = 0,
	DISK_WRITE = 1,  /* read and write */
	DISK_CREATE = 2, /* make it; EEXIST when it is there */
	DISK_ENSURE = 4, /* make it where it is missing */
};

enum disk_lock { DISK_SHARED, DISK_EXCLUSIVE };

struct disk;
/* Called with each name in a directory; non-zero ends the listing and is returned. */
typedef int disk_list_fn(void *ctx, const char *name);

struct disk_calls {
	int (*open)(struct disk *d, const char *name, unsigned flags, unsigned mode);
	int (*close)(struct disk *d, int fd);
	int64_t (*size)(struct disk *d, int fd);
	int64_t (*mode)(struct disk *d, int fd); /* permission bits */
	int (*chmod)(struct disk *d, int fd, unsigned mode);
	ssize_t (*pread)(struct disk *d, int fd, void *p, size_t n, int64_t at);
	ssize_t (*pwrite)(struct disk *d, int fd, const void *p, size_t n, int64_t at);
	/*
	 * Not fdatasync: on ext4 that may leave the new size of a file behind when somebody reads it, which sets the time of
	 * its last access, in the moment in which it grows. Seen on Linux 6.18 after 63 of 8,000 appends beside such a reader,
	 * after none where that one had opened it with O_NOATIME, and after none of 16,000 with fsync. For a file that
	 * grows both take the same time.
	 */
	int (*fsync)(struct disk *d, int fd);
	int (*ftruncate)(struct disk *d, int fd, int64_t size);
	int (*rename)(struct disk *d, const char *from, const char *to);
	int (*unlink)(struct disk *d, const char *name);
	int (*mkdir)(struct disk *d, const char *name, unsigned mode); /* whatever the umask */
	int (*fsync_dir)(struct disk *d, const char *name);            /* "." is the root */
	int (*list)(struct disk *d, const char *name, disk_list_fn *fn, void *ctx);
	/*
	 * A lock on the whole file, released by unlock, close or death; many may share it, or one have it
	 * alone. EAGAIN when it was not to be had within timeout_ms (0: at once), EINTR when a signal came
	 * first. A shared lock needs no more than a descriptor for reading.
	 */
	int (*lock)(struct disk *d, int fd, enum disk_lock how, int64_t timeout_ms);
	int (*unlock)(struct disk *d, int fd);
	/*
	 * Sleeps while the first four bytes of a file are `seen`, until rouse for one of the reasons (bits) or for
	 * timeout_ms; it may wake earlier. A lock is handed from one to the next, this wakes all whom it concerns. ENOSYS
	 * where it cannot be had. The bell is for this file alone, and released by the caller.
	 */
	int (*doze)(struct disk *d, struct bell *b, int fd, uint32_t seen, uint32_t reasons,
		int64_t timeout_ms);
	/* Wakes at most count of those who doze over a file for one of the reasons, in every process. */
	void (*rouse)(struct disk *d, struct bell *b, int fd, uint32_t reasons, int count);
	/* A number that changes when the machine starts again, and with it what the kernel remembers; 0: not known. */
	uint64_t (*boot)(struct disk *d);
	/* A second name, on another disk of this kind, for a file. NULL: there are none. */
	int (*link)(struct disk *d, const char *name, struct disk *to, const char *to_name);
};

struct disk {
	const struct disk_calls *calls;
	int root; /* the real disk's; a simulated one may use a negative one as it likes */
};

/* Permission bits of a new directory, as the umask of the process says. */
unsigned disk_default_mode(void);
/* The directory path as a disk. 0, or -1 and errno. */
int disk_open(struct disk *d, const char *path);
void disk_close(struct disk *d);
/*
 * One regular file, anywhere, for reading, with a disk that knows nothing else; "-" is standard input when that is a
 * regular file at its start. The descriptor; -1 and errno, EINVAL when it is no regular file.
 */
int disk_open_file(struct disk *d, const char *path);
/* Makes the directory itself, with exactly this mode; one that exists stays as it is. 0, or -1 and errno. */
int disk_make(const char *path, unsigned mode);

/* All n bytes or less at the end of the file; -1 and errno. */
ssize_t disk_read(struct disk *d, int fd, void *p, size_t n, int64_t at);
/* Bytes of the file of a name; -1 and errno. */
int64_t disk_size(struct disk *d, const char *name);
/* All n bytes: 0, or -1 and errno; some may then have been written. */
int disk_write(struct disk *d, int fd, const void *p, size_t n, int64_t at);
/* A hard link, between disks of one kind: 0, or -1 and errno. EXDEV: copy it. */
int disk_link(struct disk *d, const char *name, struct disk *to, const char *to_name);

#endif
