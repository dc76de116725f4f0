/* roll: names, sorted by what their ends say. */
#include "io/roll.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "io/mark.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES ((size_t)1 << 16)
#define DATE_RANK (INT64_MIN / 2) /* dates come before all numbers */
#define DATE_DIGITS 8
#define DIGITS_MAX 17
#define NUMBER_DIGITS 3

void
roll_release(struct roll *r)
{
	for (size_t i = 0; i < r->count; i++) {
		alloc_free(r->items[i].path);
		alloc_free(r->items[i].only);
	}
	alloc_free(r->items);
	*r = (struct roll){0};
}

/* Takes path and only over. */
static void
add(struct roll *r, char *path, int64_t rank, bool is_archive, char *only)
{
	if (r->count == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 16;
		r->items = alloc_resize(r->items, r->cap * sizeof(*r->items));
	}
	r->items[r->count++] = (struct roll_item){path, rank, is_archive, only};
}

/* --- names ------------------------------------------------------------------------------------- */

static bool
cut_archive(struct span *name)
{
	if (!span_ends(*name, SPAN(".zst")) && !span_ends(*name, SPAN(".gz")))
		return false;
	name->n -= span_ends(*name, SPAN(".zst")) ? 4 : 3;
	return true;
}

/* ".7" at the end: taken off, and 7; else 0. */
static int64_t
cut_number(struct span *name)
{
	size_t n = name->n;
	int64_t number;

	while (n && isdigit((unsigned char)name->p[n - 1]))
		n--;
	if (n < 2 || name->p[n - 1] != '.' || name->n == n || name->n - n > NUMBER_DIGITS ||
		name->p[n] == '0' || num_i64(span_of(name->p + n, name->n - n), &number))
		return 0;
	name->n = n - 1;
	return number;
}

/* "-20211122", "-2021112210", "-20211122-1030" at the end: taken off, and its digits as a number; else 0. */
static int64_t
cut_date(struct span *name)
{
	int64_t value = 0;
	size_t n = name->n, at, digits = 0;

	while (n && (isdigit((unsigned char)name->p[n - 1]) || name->p[n - 1] == '-'))
		n--;
	at = n;
	if (n == 0 || name->n - n <= DATE_DIGITS || name->p[n] != '-')
		return 0;
	for (n++; n < name->n; n++) {
		if (!isdigit((unsigned char)name->p[n]))
			continue;
		value = value * 10 + (name->p[n] - '0');
		digits++;
	}
	if (digits < DATE_DIGITS || digits > DIGITS_MAX)
		return 0;
	name->n = at;
	return value;
}

/* Takes the marks of rotation off; the name's rank. */
static int64_t
cut(struct span *name, bool *is_archive)
{
	int64_t value;

	*is_archive = cut_archive(name);
	value = cut_number(name);
	if (value)
		return -value;
	value = cut_date(name);
	return value ? DATE_RANK + value : 0;
}

size_t
roll_log_bytes(const char *name)
{
	struct span s = span_str(name);
	bool is_archive;

	cut(&s, &is_archive);
	return s.n ? s.n : strlen(name);
}

bool
roll_is_archive(const char *name)
{
	struct span s = span_str(name);

	return cut_archive(&s);
}

static bool
is_left_out(const char *name)
{
	struct span s = span_str(name);

	return name[0] == '.' || span_ends(s, SPAN("~")) || span_ends(s, SPAN(".tmp")) ||
	       span_ends(s, SPAN(".prom"));
}

/* --- directories ------------------------------------------------------------------------------- */

/* Called for each name; false ends the listing with an error. */
typedef bool found_fn(void *ctx, int dir, const char *name, struct err *err);

static int
list(const char *path, found_fn *found, void *ctx, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!d) {
		err_system(err, "cannot list '%s'", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, e = readdir(d)))
		if (!found(ctx, fd, e->d_name, err))
			r = -1;
	if (r == 0 && errno)
		r = err_system(err, "cannot list '%s'", path);
	closedir(d);
	return r;
}

/* The mode of what has the name; a link to another name of the same directory counts as nothing. */
static mode_t
kind_of(int dir, const char *name)
{
	char target[256];
	struct stat st;
	ssize_t n;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (!S_ISLNK(st.st_mode))
		return st.st_mode;
	n = readlinkat(dir, name, target, sizeof(target));
	if (n <= 0 || !memchr(target, '/', (size_t)n) || fstatat(dir, name, &st, 0) != 0)
		return 0;
	return st.st_mode;
}

static char *
join(const char *dir, const char *name, size_t n)
{
	struct buf b;

	buf_init(&b, PATH_BYTES);
	buf_print(
		&b, "%s%s%.*s", dir, *dir && dir[strlen(dir) - 1] == '/' ? "" : "/", (int)n, name);
	buf_putc(&b, '\0');
	return b.p;
}

static int
by_rank(const void *a, const void *b)
{
	const struct roll_item *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->is_archive != y->is_archive)
		return x->is_archive ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct roll_item *)a)->path, ((const struct roll_item *)b)->path);
}

static void
sort(struct roll *r, int (*order)(const void *, const void *))
{
	if (r->count > 1)
		qsort(r->items, r->count, sizeof(*r->items), order);
}

static void
drop(struct roll *r, size_t i)
{
	alloc_free(r->items[i].path);
	alloc_free(r->items[i].only);
	memmove(r->items + i, r->items + i + 1, (--r->count - i) * sizeof(*r->items));
}

/* --- the files of one log ---------------------------------------------------------------------- */

struct rolling {
	struct roll *out;
	const char *dir;
	struct span log; /* its name in the directory */
};

static bool
take_file(void *ctx, int dir, const char *name, struct err *err)
{
	struct rolling *r = ctx;
	struct span s = span_str(name);
	bool is_archive = false;
	int64_t rank = 0;

	(void)err;
	if (!span_starts(s, r->log))
		return true;
	if (s.n != r->log.n)
		rank = cut(&s, &is_archive);
	if (s.n == r->log.n && S_ISREG(kind_of(dir, name)))
		add(r->out, join(r->dir, name, strlen(name)), rank, is_archive, NULL);
	return true;
}

int
roll_list(struct roll *r, const char *log, struct err *err)
{
	const char *slash = strrchr(log, '/');
	char *dir = !slash ? alloc_string(".") : alloc_terminated(log, (size_t)(slash - log) + 1);
	struct rolling rolling = {r, slash ? dir : "", span_str(slash ? slash + 1 : log)};
	int result;

	*r = (struct roll){0};
	if (!slash) /* so that paths look like the log's: "NAME.1", not "./NAME.1" */
		rolling.dir = "./";
	result = list(dir, take_file, &rolling, err);
	alloc_free(dir);
	if (result) {
		roll_release(r);
		return -1;
	}
	for (size_t i = 0; !slash && i < r->count; i++)
		memmove(r->items[i].path, r->items[i].path + 2, strlen(r->items[i].path) - 1);
	sort(r, by_rank);
	for (size_t i = 0; i + 1 < r->count;) {
		if (r->items[i].rank == r->items[i + 1].rank && r->items[i].is_archive &&
			!r->items[i + 1].is_archive &&
			mark_same_head(r->items[i + 1].path, r->items[i].path))
			drop(r, i);
		else
			i++;
	}
	return 0;
}

/* --- the logs of a directory ------------------------------------------------------------------- */

struct logs {
	struct roll *out;
	const char *dir;
	bool is_below; /* in a subdirectory */
};

static int below(struct logs *l, int dir, const char *name, struct err *err);

static bool
take_log(void *ctx, int dir, const char *name, struct err *err)
{
	struct logs *l = ctx;
	mode_t mode;

	if (is_left_out(name))
		return true;
	mode = kind_of(dir, name);
	if (S_ISDIR(mode) && !l->is_below)
		return below(l, dir, name, err) == 0;
	if (S_ISREG(mode))
		add(l->out, join(l->dir, name, roll_log_bytes(name)), 0, false,
			join(l->dir, name, strlen(name)));
	return true;
}

static int
below(struct logs *l, int dir, const char *name, struct err *err)
{
	char *path = join(l->dir, name, strlen(name)), *format = join(name, "FORMAT", 6);
	struct logs sub = {l->out, path, true};
	bool is_store = faccessat(dir, format, F_OK, 0) == 0;
	int r = 0;

	add(l->out, alloc_string(path), is_store ? ROLL_STORE : ROLL_DIRECTORY, false, NULL);
	if (!is_store && list(path, take_log, &sub, err) && errno != ENOENT)
		r = -1;
	alloc_free(path);
	alloc_free(format);
	return r;
}

int
roll_logs(struct roll *r, const char *dir, struct err *err)
{
	struct logs logs = {r, dir, false};

	*r = (struct roll){0};
	if (list(dir, take_log, &logs, err)) {
		roll_release(r);
		return -1;
	}
	sort(r, by_path);
	for (size_t i = 0; i + 1 < r->count;) {
		if (strcmp(r->items[i].path, r->items[i + 1].path) == 0) {
			alloc_free(r->items[i].only);
			r->items[i].only = NULL;
			drop(r, i + 1);
		} else {
			i++;
		}
	}
	return 0;
}
