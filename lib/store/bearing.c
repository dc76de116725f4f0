/* bearing: one small file after the other. */
#include "store/bearing.h"

#include "store/consumer.h"
#include "store/trove.h"

#include <errno.h>

#define DIR_NAME "consumers"
#define PATH_BYTES 320

static bool
is_same(struct replica *to, const char *path, struct span text)
{
	struct buf b;
	bool same;

	buf_init(&b, CONSUMER_TEXT_MAX);
	same = trove_read(&to->disk, path, &b) == 0 && span_equal(buf_view(&b), text);
	buf_release(&b);
	return same;
}

/* What is no position is copied as it is. */
static int
copy_file(struct root *from, struct replica *to, const char *path, struct err *err)
{
	int64_t bytes = disk_size(&from->disk, path);

	if (bytes < 0)
		return errno == ENOENT ? 0
				       : err_system(err, "cannot read '%s/%s'", from->path, path);
	return replica_copy(to, from, path, bytes, err);
}

static int
take(struct root *from, struct replica *to, const char *name, const struct place *end,
	struct err *err)
{
	char path[PATH_BYTES], text[CONSUMER_TEXT_MAX];
	struct consumer_mark mark;
	struct span bytes;
	int r = consumer_get(from, name, &mark, err);

	snprintf(path, sizeof(path), DIR_NAME "/%.255s", name);
	if (r <= 0)
		return r == 0                    ? 0 /* removed meanwhile */
		       : err->kind == ERR_SYSTEM ? -1
						 : copy_file(from, to, path, err);
	if (mark.pos > end->pos)
		mark = (struct consumer_mark){.pos = end->pos, .sum = end->sum};
	bytes = consumer_text(&mark, text);
	return is_same(to, path, bytes) ? 0 : replica_put(to, path, bytes, err);
}

int
bearing_copy(struct root *from, struct replica *to, const struct place *end, struct err *err)
{
	struct trove_names names;
	int r = 0;

	if (trove_list(&names, &from->disk, DIR_NAME))
		return err_system(err, "cannot list '%s/" DIR_NAME "'", from->path);
	if (names.count)
		r = replica_dir(to, DIR_NAME, err);
	for (size_t i = 0; i < names.count && r == 0; i++)
		if (!span_ends(span_str(names.items[i]), SPAN(".tmp")))
			r = take(from, to, names.items[i], end, err);
	if (r == 0)
		r = trove_drop(to, DIR_NAME, &names, err);
	trove_names_release(&names);
	return r;
}
