/* in: a source over readers. */
#include "cli/in.h"

#include <poll.h>

#include "base/alloc.h"
#include "io/reader.h"

struct in {
	struct source source;
	char *const *files;
	size_t count, at; /* files; the next to open */
	struct reader *reader;
	const char *name; /* of the open one, for messages */
	struct reader_conf conf;
	bool stopped;
};

static int
open_next(struct in *in, struct err *err)
{
	const char *path = in->files[in->at];

	if (reader_open(&in->reader, path, &in->conf, err))
		return -1;
	in->at++;
	in->name = strcmp(path, "-") == 0 ? "stdin" : path;
	in->source.is_pipe = reader_is_pipe(in->reader);
	in->source.bytes_total = in->count == 1 ? reader_bytes_total(in->reader) : -1;
	return 0;
}

static int
in_next(struct source *s, struct source_line *out, struct err *err)
{
	struct in *in = (struct in *)s;
	struct reader_line line;
	int r;

	for (;;) {
		if (!in->reader) {
			if (in->at == in->count || in->stopped)
				return SOURCE_END;
			if (open_next(in, err))
				return SOURCE_ERROR;
		}
		r = reader_next(in->reader, &line, err);
		if (r != READER_END)
			break;
		reader_close(in->reader);
		in->reader = NULL;
	}
	if (r == READER_LINE)
		*out = (struct source_line){line.line, in->name, line.line_no, line.offset,
			line.full_length, line.ends_in_newline};
	s->bytes_done = reader_bytes_done(in->reader);
	return r;
}

static size_t
in_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct in *in = (struct in *)s;

	if (!in->reader || max == 0)
		return 0;
	fds[0] = (struct pollfd){.fd = reader_fd(in->reader), .events = POLLIN};
	return 1;
}

static void
in_ready(struct source *s)
{
	struct in *in = (struct in *)s;

	if (in->reader)
		reader_ready(in->reader);
}

static void
in_stop(struct source *s)
{
	struct in *in = (struct in *)s;

	in->stopped = true;
	if (in->reader)
		reader_stop(in->reader);
}

static void
in_close(struct source *s)
{
	struct in *in = (struct in *)s;

	if (in->reader)
		reader_close(in->reader);
	alloc_free(in);
}

void
in_one_thread(struct source *s)
{
	((struct in *)s)->conf.may_thread = false;
}

struct source *
in_new(char *const *files, size_t count, size_t max_line)
{
	struct in *in = alloc_zero(sizeof(*in));

	in->source = (struct source){.next = in_next,
		.fds = in_fds,
		.ready = in_ready,
		.stop = in_stop,
		.close = in_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	in->files = files;
	in->count = count;
	in->conf =
		(struct reader_conf){.max_line = max_line, .poll_first = true, .may_thread = true};
	return &in->source;
}
