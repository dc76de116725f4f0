/* peel: trailer, with the sum of the line before kept. */
#include "store/peel.h"

#include "base/alloc.h"
#include "base/num.h"
#include "store/segment.h"

#include <sys/stat.h>

#define NAME_DIGITS 20
#define PATH_BYTES 4096
#define HEAD ((size_t)4 << 10) /* what is given of a line that is too long */

/* --- is it a segment? -------------------------------------------------------------------------- */

/* The position in a segment's name, -1: it is another name. */
static int64_t
position_of(struct span name)
{
	int64_t first;

	if (name.n != NAME_DIGITS + 7 || !span_ends(name, SPAN(".ndjson")) || name.p[0] == '-' ||
		num_i64(span_of(name.p, NAME_DIGITS), &first))
		return -1;
	return first;
}

/* store/seg/NAME is this file. */
static bool
is_in(const char *store, int64_t first, const char *path)
{
	char there[PATH_BYTES];
	struct stat a, b;
	int n = snprintf(there, sizeof(there), "%s/" SEGFILE_PLAIN, store, (long long)first);

	return n > 0 && n < PATH_BYTES && stat(path, &a) == 0 && stat(there, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The sum that stands right before this offset of the segment. */
static int
read_sum(struct root *r, int64_t first, int64_t offset, uint64_t *sum, struct err *err)
{
	char tail[TRAILER_SUM_BYTES + 1];
	int64_t at = offset - (int64_t)sizeof(tail);
	struct segfile f;
	ssize_t n;

	if (at < 0 || segfile_open(&f, r, first, DISK_READ, err))
		return -1;
	n = segfile_read(&f, tail, sizeof(tail), at, err);
	segfile_close(&f);
	return n == sizeof(tail) && trailer_sum(span_of(tail, TRAILER_SUM_BYTES), sum) ? 0 : -1;
}

/* What the first line of the segment is chained to. */
static int
read_seed(struct root *r, int64_t first, uint64_t *sum, struct err *err)
{
	struct segment_list list = {0};
	int result;

	if (segment_list_read(&list, r, err))
		return -1;
	result = list.count ? segment_seed(r, &list, segment_of_pos(&list, first), sum, err) : -1;
	segment_list_release(&list);
	return result;
}

bool
peel_start(struct peel *p, const char *path, int64_t offset, size_t max_line)
{
	const char *slash = strrchr(path, '/');
	int64_t first = position_of(span_str(slash ? slash + 1 : path));
	char store[PATH_BYTES];
	struct err ignored;
	struct root r;
	bool is_segment;
	int n;

	*p = (struct peel){.max_line = max_line};
	if (first < 0)
		return false;
	n = snprintf(store, sizeof(store), "%.*s..", slash ? (int)(slash + 1 - path) : 0, path);
	if (n < 0 || n >= PATH_BYTES || root_open(&r, store, &ignored))
		return false;
	is_segment = is_in(store, first, path);
	if (is_segment)
		p->has_sum = (offset ? read_sum(&r, first, offset, &p->sum, &ignored)
				     : read_seed(&r, first, &p->sum, &ignored)) == 0;
	root_close(&r);
	return is_segment;
}

/* --- lines ------------------------------------------------------------------------------------- */

int
peel_line(struct peel *p, struct source_line *line, struct err *err)
{
	struct trailer t;

	if (line->full_length > (int64_t)line->line.n) {
		p->has_sum = false;
		return 0;
	}
	if (!trailer_parse(line->line, &t) ||
		(p->has_sum && !trailer_holds(line->line, t.sum, p->sum)))
		return err_set(err, ERR_DAMAGE, "damage", line->offset,
			"%s: line %lld, byte %lld of the text: sum is wrong", line->input,
			(long long)line->line_no, (long long)line->offset);
	p->sum = t.sum;
	p->has_sum = true;
	line->line = trailer_strip((char *)(uintptr_t)line->line.p, &t);
	line->full_length = (int64_t)line->line.n;
	if (line->line.n > p->max_line)
		line->line.n = MIN(HEAD, p->max_line);
	return 0;
}
