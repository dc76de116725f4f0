/* outlet: opening, shutting, waiting. */
#include "cli/outlet.h"

#include "base/alloc.h"
#include "cli/place.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define NAME_MAX_BYTES ((size_t)1 << 20)

void
outlet_init_topic(struct outlet *o, const char *dir, struct span topic, int64_t partition)
{
	struct buf name;

	*o = (struct outlet){.partition = partition, .child.fd = -1};
	o->topic = alloc_terminated(topic.p, topic.n);
	buf_init(&name, NAME_MAX_BYTES);
	buf_print(&name, "%s/%s", dir, o->topic);
	if (partition >= 0)
		buf_print(&name, "/%lld", (long long)partition);
	buf_puts(&name, PLACE_SUFFIX);
	o->name = alloc_terminated(name.p, name.n);
	buf_release(&name);
}

void
outlet_init_command(struct outlet *o, struct span command, struct span topic)
{
	struct buf name;

	*o = (struct outlet){.partition = -1, .child.fd = -1};
	o->topic = alloc_terminated(topic.p, topic.n);
	o->command = alloc_terminated(command.p, command.n);
	buf_init(&name, NAME_MAX_BYTES);
	buf_print(&name, "command '%s'", o->command);
	o->name = alloc_terminated(name.p, name.n);
	buf_release(&name);
}

void
outlet_release(struct outlet *o)
{
	struct err ignored;

	outlet_shut(o, OUTLET_DEAD, &ignored);
	alloc_free(o->name);
	alloc_free(o->topic);
	alloc_free(o->command);
}

static int
open_command(struct outlet *o, struct err *err)
{
	if (child_start(&o->child, o->command, o->topic, err))
		return err_prefix(err, "%s", o->name);
	o->is_pipe = true;
	o->state = OUTLET_OPEN;
	writer_init(&o->out, o->child.fd, o->name);
	return 0;
}

int
outlet_open(struct outlet *o, int dir, struct err *err)
{
	struct place place;

	assert(o->state == OUTLET_CLOSED);
	if (o->command)
		return open_command(o, err);
	if (place_open_topic(dir, o->topic, o->partition, o->name, &place, err))
		return -1;
	o->is_pipe = place.is_fifo;
	o->state = place.fd < 0 ? OUTLET_WAITING : OUTLET_OPEN;
	writer_init(&o->out, place.fd, o->name);
	return 0;
}

int
outlet_retry(struct outlet *o, int dir, struct err *err)
{
	struct place place;

	assert(o->state == OUTLET_WAITING);
	if (place_open_topic(dir, o->topic, o->partition, o->name, &place, err))
		return -1;
	if (place.fd < 0)
		return 0;
	o->out.fd = place.fd;
	o->state = OUTLET_OPEN;
	writer_enlarge_pipe(place.fd);
	return 0;
}

bool
outlet_has_room(const struct outlet *o)
{
	struct pollfd p = {.fd = o->out.fd, .events = POLLOUT};

	return !o->is_pipe || poll(&p, 1, 0) == 1;
}

int
outlet_shut(struct outlet *o, enum outlet_state state, struct err *err)
{
	bool was_open = o->state == OUTLET_OPEN;
	int fd = o->out.fd;

	if (was_open || o->state == OUTLET_WAITING)
		buf_release(&o->out.b);
	o->state = state;
	o->child.fd = -1;
	if (was_open && close(fd) != 0 && errno != EINTR)
		return err_system(err, "%s", o->name);
	return 0;
}

int
outlet_wait(struct outlet *o, struct err *err)
{
	return child_wait(&o->child, err) ? err_prefix(err, "%s", o->name) : 0;
}

void
outlet_end_reader(const struct outlet *o, int dir)
{
	int fd = place_open_fifo(dir, o->topic, o->partition);

	if (fd >= 0)
		close(fd);
}
