/* memory: the default of --max-memory. */
#include "cli/memory.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/num.h"

static uint64_t
cgroup_limit(void)
{
	char text[32];
	uint64_t limit;
	ssize_t n;
	int fd = open("/sys/fs/cgroup/memory.max", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return UINT64_MAX;
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n <= 0 || num_u64(span_trim(span_of(text, (size_t)n)), &limit))
		return UINT64_MAX; /* "max" */
	return limit;
}

uint64_t
memory_default(void)
{
	uint64_t least = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t group = cgroup_limit();
	struct rlimit limit;

	least = MIN(least, group);
	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		least = MIN(least, (uint64_t)limit.rlim_cur);
	return least / 4;
}
