/* logs: a directory of log files for a trail, and what it gives as one text. */
#ifndef UNIT_LOGS_H
#define UNIT_LOGS_H

#include "scratch_dir.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "ext/zst.h"
#include "store/trail.h"

#include <poll.h>

static struct tail notices;
static char said[512];

static void
turn(const char *from, const char *to)
{
	if (rename(path_of(from), path_of(to)) != 0)
		abort();
}

/* As zstd --rm does. */
static void
compress(const char *name)
{
	char content[1 << 16], archive[64];
	int fd = open(path_of(name), O_RDONLY);
	ssize_t n = read(fd, content, sizeof(content));
	struct err err;
	struct buf b;

	buf_init(&b, 1 << 20);
	zst_compress(&b, span_of(content, (size_t)n), 3, &err);
	close(fd);
	snprintf(archive, sizeof(archive), "%s.zst", name);
	fd = open(path_of(archive), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(fd, b.p, b.n) != (ssize_t)b.n)
		abort();
	close(fd);
	buf_release(&b);
	unlink(path_of(name));
}

static void
clear(void)
{
	dir_clear();
	said[0] = '\0';
}

static void
say(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(said, sizeof(said), "%s", text);
}

static struct trail *
open_trail(struct trail_conf conf)
{
	struct trail *t;
	struct err err;

	conf.leaf = (struct leaf_conf){
		.max_line = 1000, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .say = say};
	conf.tail = &notices;
	conf.drains = conf.follows;
	t = trail_new(path_of("log"), &conf, &err);
	if (!t) {
		printf("Bail out! %s\n", err.text);
		abort();
	}
	return t;
}

/* The lines, "|" after each, then '.' for a wait, '$' for the end, 'E' for an error. At most max lines. */
static const char *
walk_some(struct trail *t, int max)
{
	static char text[4096];
	struct source *s = trail_source(t);
	struct source_line l;
	struct err err;
	size_t n = 0;
	int r = SOURCE_LINE;

	text[0] = '\0';
	while (max-- && (r = s->next(s, &l, &err)) == SOURCE_LINE)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s|", (int)l.line.n, l.line.p);
	if (r != SOURCE_LINE)
		snprintf(text + n, sizeof(text) - n, "%s",
			r == SOURCE_END    ? "$"
			: r == SOURCE_WAIT ? "."
					   : "E");
	return text;
}

static const char *
walk(struct trail *t)
{
	return walk_some(t, 1000);
}

static void
shut(struct trail *t)
{
	trail_source(t)->close(trail_source(t));
}

static void
resumes(const struct mark *m, const char *want, const char *what)
{
	struct trail *t = open_trail((struct trail_conf){.mark = m});

	is_str(walk(t), want, "%s", what);
	shut(t);
}

#endif
