/*
 * sink: many outputs at once: topic files, fifos, commands.
 *
 * A set of sinks has one directory; topics lie in it as TOPIC.ndjson or TOPIC/PARTITION.ndjson. A file is created
 * when its first line comes, opened for appending, never truncated. What stands there already is used if it is
 * a regular file or a fifo; symbolic links are refused, so no name leads out of the directory. Names are the
 * caller's to make safe (route.h): one path segment, not "." or "..".
 *
 * Each sink gathers whole lines, up to SINK_FULL bytes, less when many are open; sink_flush writes all. At most
 * max_open files are open at once: the one unused for longest is written out and closed. Fifos and commands are never
 * closed before the end, since their readers would take that for the end. A fifo without a reader does not block
 * the others: its lines wait until a reader comes; only a full buffer and the end wait for one.
 * Before a write to a pipe that is full, whatever waits for other readers is written, so that readers
 * that wait for each other go on.
 *
 * A sink that fails is given to conf.failed, with err naming it. 0: go on without it (its lines are counted in
 * sink_lost), -1: the call that met the failure returns -1.
 */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include "base/err.h"
#include "base/span.h"

#define SINK_FULL ((size_t)256 << 10)
#define SINK_LOW ((size_t)64 << 10)   /* a buffer's limit when many are open */
#define SINK_TOTAL ((size_t)16 << 20) /* shared out among the open ones */
#define SINK_NO_PARTITION (-1)

struct sink_conf {
	const char *dir; /* borrowed; made when missing; NULL: the set has no topics */
	size_t max_open;
	int (*failed)(void *ctx, struct err *err);
	bool (*stopping)(void *ctx); /* true: wait no longer for a fifo's reader. May be NULL */
	void *ctx;
};

struct sink;
struct sink_set;

int sink_new(struct sink_set **out, const struct sink_conf *conf, struct err *err);
/*
 * The sink of a topic. Nothing is opened yet. A kept one stays valid until sink_free; another until the next
 * call of sink_topic or sink_write.
 */
struct sink *sink_topic(struct sink_set *set, struct span topic, int64_t partition, bool keep);
/* One child for each pair of command and topic, started by its first line. Kept. */
struct sink *sink_command(struct sink_set *set, struct span command, struct span topic);
/* Takes the line, to which a newline is added. */
int sink_write(struct sink_set *set, struct sink *s, struct span line, struct err *err);
int sink_flush(struct sink_set *set, struct err *err);
/* Writes out and closes the files, so that the next line opens what then has the name; revives those that failed. */
int sink_reopen(struct sink_set *set, struct err *err);
/* Writes out and closes everything, then waits for every command; each that fails is given to conf.failed. */
int sink_end(struct sink_set *set, struct err *err);
/* Closes without writing (after a failure); children that run are not waited for. NULL is fine. */
void sink_free(struct sink_set *set);
/* Lines that failed sinks did not take. */
uint64_t sink_lost(const struct sink_set *set);
/* Some fifo with lines for it has no reader yet: call sink_flush now and then. */
bool sink_is_waiting(const struct sink_set *set);
/* Files, fifos and commands open now. */
size_t sink_open_count(const struct sink_set *set);

#endif
