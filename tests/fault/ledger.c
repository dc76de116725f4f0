/*
 * ledger: is what a store holds what was sent to it and acknowledged? Reads "ev-store read --meta" on stdin.
 *
 *	ev-store read --meta | ledger [-r] [-c] [-s SENT]... [-a ACKS]... [-f FOLLOWED]... [-n AT_LEAST]
 *
 *	-s SENT      events as they were sent: the stored ones are among them, byte for byte
 *	-a ACKS      what "append --ack" wrote: each is stored, in this stream, with this version and position
 *	-f FOLLOWED  what "read -F --meta" wrote: a run of the same lines in the same order
 *	-c           all that was sent is stored
 *	-n N         at least N events are stored
 *	-r           the first events may have been retired: acknowledgements of positions before the first are passed over
 *
 * And always: positions have no gap, versions in each stream have none, no id is there twice, batches are whole and as
 * long as mint made them. The last line of ACKS and of FOLLOWED may be cut off: whoever wrote it was killed.
 * Prints one line of counts; a line for each violation, and then the status is 1.
 */
#include "base/alloc.h"
#include "base/table.h"
#include "store/trailer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REPORTS_MAX 10
#define FILES_MAX 64

struct stored {
	struct span line, stream; /* stream as written, with its quotes */
	int64_t pos, ver;
};

struct sent {
	struct span line;
	bool is_stored;
};

struct version {
	int64_t last;
};

static struct {
	struct table events, sent, streams; /* id -> stored, id -> sent, stream -> version */
	struct stored **by_pos;             /* position - first */
	size_t count, cap, acks, known, followed, violations;
	int64_t first;
	bool may_be_retired;
} ledger;

static void
violation(const char *what, struct span where)
{
	if (ledger.violations++ < REPORTS_MAX)
		printf("violation: %s: %.*s\n", what, (int)MIN(where.n, (size_t)300), where.p);
}

/* The whole file, for the run. */
static struct span
slurp(FILE *f, const char *name)
{
	struct buf b;
	size_t got = 1;

	if (!f) {
		fprintf(stderr, "ledger: cannot read %s\n", name);
		exit(2);
	}
	buf_init(&b, SIZE_MAX / 2);
	while (got > 0 && buf_room(&b, (size_t)1 << 16)) {
		got = fread(b.p + b.n, 1, (size_t)1 << 16, f);
		b.n += got;
	}
	fclose(f);
	return buf_view(&b);
}

/* The next whole line; what stands after the last newline is none. */
static bool
next_line(struct span *text, struct span *line)
{
	const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;

	if (!end)
		return false;
	*line = span_of(text->p, (size_t)(end - text->p));
	*text = span_of(end + 1, text->n - line->n - 1);
	return true;
}

/* The text between prefix, which the line begins with or has at from, and the next quote that no backslash hides. */
static struct span
quoted(struct span line, const char *prefix)
{
	size_t n = strlen(prefix), end;
	const char *at = memmem(line.p, line.n, prefix, n);

	if (!at)
		return SPAN_NONE;
	at += n;
	for (end = 0; at + end < line.p + line.n && at[end] != '"'; end++)
		end += at[end] == '\\';
	return span_of(at, end);
}

static int64_t
number(struct span line, const char *prefix)
{
	const char *at = memmem(line.p, line.n, prefix, strlen(prefix));

	return at ? strtoll(at + strlen(prefix), NULL, 10) : -1;
}

/* --- what is stored ----------------------------------------------------------------------------- */

/* Where the id says "SEED.NUMBER-K-N", and is no UUID of digits: K and N. */
static bool
lot_of(struct span id, long long *k, long long *n)
{
	const char *dash = memchr(id.p, '-', id.n);
	size_t rest = dash ? (size_t)(id.p + id.n - dash) : 0;
	char text[64];
	int length = 0;

	/* A copy, as sscanf measures what it is given, which would be the rest of the file. */
	if (!rest || rest >= sizeof(text))
		return false;
	memcpy(text, dash, rest);
	text[rest] = '\0';
	return sscanf(text, "-%lld-%lld%n", k, n, &length) == 2 && (size_t)length == rest;
}

static void
check_batch(struct span id, const struct trailer *t, const struct trailer *before)
{
	long long k = 0, n = 0;

	if (t->batch_at != 1 &&
		(before->batch_at != t->batch_at - 1 || before->batch_count != t->batch_count))
		violation("a batch without its beginning", id);
	if (t->batch_at == 1 && before->batch_at != before->batch_count)
		violation("a batch without its end, before", id);
	if (lot_of(id, &k, &n) && n > 1 && (k != t->batch_at || n != t->batch_count))
		violation("another batch than was sent", id);
}

static void
check_version(const struct trailer *t, struct span line)
{
	bool is_new;
	struct version *v = table_put(&ledger.streams, t->stream, &is_new);

	if (t->ver != v->last + 1 && !(is_new && ledger.may_be_retired))
		violation("versions of a stream are not contiguous", line);
	v->last = t->ver;
}

static void
check_body(struct span id, struct span line, const struct trailer *t)
{
	struct sent *s = table_get(&ledger.sent, id);

	if (!s) {
		violation("stored but never sent", line);
		return;
	}
	s->is_stored = true;
	if (s->line.n != t->at + 1 || memcmp(s->line.p, line.p, t->at) != 0)
		violation("other bytes than were sent", line);
}

static void
keep(struct span id, struct span line, const struct trailer *t)
{
	bool is_new;
	struct stored *s = table_put(&ledger.events, id, &is_new);

	if (!is_new)
		violation("stored twice", line);
	*s = (struct stored){.line = line, .stream = t->stream, .pos = t->pos, .ver = t->ver};
	if (ledger.count == ledger.cap) {
		ledger.cap = ledger.cap ? 2 * ledger.cap : 1024;
		ledger.by_pos = alloc_resize(ledger.by_pos, ledger.cap * sizeof(*ledger.by_pos));
	}
	ledger.by_pos[ledger.count++] = s;
}

static void
read_stored(struct span text)
{
	struct trailer t, before = {.batch_at = 1, .batch_count = 1};
	struct span line, id;

	while (next_line(&text, &line)) {
		id = quoted(line, "\"eventId\":\"");
		if (!trailer_parse(line, &t) || !id.n) {
			violation("no stored line", line);
			continue;
		}
		if (ledger.count == 0)
			ledger.first = t.pos;
		if (t.pos != ledger.first + (int64_t)ledger.count)
			violation("positions are not contiguous", line);
		check_version(&t, line);
		check_batch(id, &t, &before);
		/* Settings of a stream are the store's own. */
		if (ledger.sent.count && !span_starts(t.stream, SPAN("\"$$")))
			check_body(id, line, &t);
		keep(id, line, &t);
		before = t;
	}
	if (text.n)
		violation("a line without its end", text);
	if (before.batch_at != before.batch_count)
		violation("a batch without its end, at the end", SPAN(""));
	if (ledger.first != 0 && !ledger.may_be_retired)
		violation("the first position is not 0", SPAN(""));
}

/* --- what is known of it ------------------------------------------------------------------------ */

static void
read_sent(struct span text)
{
	struct span line, id;
	bool is_new;

	while (next_line(&text, &line)) {
		id = quoted(line, "\"eventId\":\"");
		if (id.n)
			((struct sent *)table_put(&ledger.sent, id, &is_new))->line = line;
	}
}

/* Whoever was killed may have left a beginning; the next one's line stands right behind it. */
static struct span
last_ack(struct span line)
{
	static const char start[] = "{\"id\":\"";
	const char *at;

	while ((at = memmem(line.p + 1, line.n - 1, start, sizeof(start) - 1)))
		line = span_of(at, (size_t)(line.p + line.n - at));
	return line;
}

static void
check_ack(struct span line)
{
	struct span id = quoted(line, "{\"id\":\""), stream = quoted(line, "\"stream\":\"");
	int64_t ver = number(line, ",\"ver\":"), pos = number(line, ",\"pos\":");
	struct stored *s = table_get(&ledger.events, id);

	ledger.acks++;
	ledger.known += memmem(line.p, line.n, "\"known\":true", 12) != NULL;
	if (!s && ledger.may_be_retired && pos < ledger.first)
		return;
	if (!s)
		violation("acknowledged but not stored", line);
	else if (s->pos != pos || s->ver != ver)
		violation("acknowledged at another place", line);
	else if (s->stream.n != stream.n + 2 || memcmp(s->stream.p + 1, stream.p, stream.n) != 0)
		violation("acknowledged in another stream", line);
}

static void
read_acks(struct span text)
{
	struct span line;

	while (next_line(&text, &line))
		if (line.n)
			check_ack(last_ack(line));
}

static void
read_followed(struct span text)
{
	int64_t next = -1, pos;
	struct span line;

	while (next_line(&text, &line)) {
		pos = number(line, ",\"$pos\":");
		ledger.followed++;
		if (next >= 0 && pos != next)
			violation("a follower saw another order", line);
		next = pos + 1;
		if (pos < ledger.first && ledger.may_be_retired)
			continue;
		if (pos < ledger.first || pos >= ledger.first + (int64_t)ledger.count ||
			!span_equal(ledger.by_pos[pos - ledger.first]->line, line))
			violation("a follower saw what is not stored", line);
	}
}

static void
all_sent_is_stored(void)
{
	struct sent *s;

	for (size_t at = 0; (s = table_next(&ledger.sent, &at));)
		if (!s->is_stored)
			violation("sent but not stored", s->line);
}

static struct {
	const char *files[FILES_MAX];
	char kinds[FILES_MAX];
	size_t count, at_least;
	bool is_complete;
} options;

static bool
read_options(int argc, char **argv)
{
	for (int o; (o = getopt(argc, argv, "rcs:a:f:n:")) != -1;)
		switch (o) {
		case 'r': ledger.may_be_retired = true; break;
		case 'c': options.is_complete = true; break;
		case 'n': options.at_least = strtoull(optarg, NULL, 10); break;
		case 's':
		case 'a':
		case 'f':
			if (options.count == FILES_MAX)
				return false;
			options.kinds[options.count] = (char)o;
			options.files[options.count++] = optarg;
			break;
		default: return false;
		}
	return true;
}

static void
read_files(char kind, void (*take)(struct span))
{
	for (size_t i = 0; i < options.count; i++)
		if (options.kinds[i] == kind)
			take(slurp(fopen(options.files[i], "re"), options.files[i]));
}

int
main(int argc, char **argv)
{
	table_init(&ledger.events, sizeof(struct stored));
	table_init(&ledger.sent, sizeof(struct sent));
	table_init(&ledger.streams, sizeof(struct version));
	if (!read_options(argc, argv))
		return 2;
	read_files('s', read_sent);
	read_stored(slurp(stdin, "stdin"));
	read_files('a', read_acks);
	read_files('f', read_followed);
	if (options.is_complete)
		all_sent_is_stored();
	if (ledger.count < options.at_least)
		violation("fewer events than there were", SPAN(""));
	printf("%zu stored, %zu acknowledged (%zu known), %zu followed, %zu violations\n",
		ledger.count, ledger.acks, ledger.known, ledger.followed, ledger.violations);
	return ledger.violations ? 1 : 0;
}
