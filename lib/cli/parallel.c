/* parallel: one source for each operand, a merge over them, spill behind it. */
#include "cli/parallel.h"

#include "base/alloc.h"
#include "cli/in.h"
#include "event/merge.h"
#include "io/spill.h"

#define THREADS 4 /* more inputs than this: their archives are decoded in line */

static void *
disk_open(void)
{
	struct spill *s = alloc_get(sizeof(*s));

	spill_init(s);
	return s;
}

static int
disk_put(void *file, struct span bytes, struct err *err)
{
	return spill_put(file, bytes, err);
}

static int
disk_get(void *file, char *p, size_t cap, size_t *n, struct err *err)
{
	return spill_get(file, p, cap, n, err);
}

static void
disk_close(void *file)
{
	spill_release(file);
	alloc_free(file);
}

const struct ahead_disk *
parallel_disk(void)
{
	static const struct ahead_disk disk = {disk_open, disk_put, disk_get, disk_close};

	return &disk;
}

struct source *
parallel_new(char *const *files, size_t count, const struct parallel_conf *conf)
{
	struct source **inputs = alloc_array(count, sizeof(struct source *)), *s;

	for (size_t i = 0; i < count; i++) {
		inputs[i] = in_new(files + i, 1, conf->max_line);
		if (count > THREADS)
			in_one_thread(inputs[i]);
	}
	s = merge_new(inputs, count,
		&(struct merge_conf){.timing = conf->timing,
			.max_buffer = conf->max_buffer,
			.disk = parallel_disk()});
	alloc_free(inputs);
	return s;
}
