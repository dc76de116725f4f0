/* govern: the last event of "$$STREAM", and one more of them. */
#include "store/govern.h"

#include "base/clock.h"
#include "event/build.h"

int
govern_read(struct log *l, struct span stream, struct settings *out, struct err *err)
{
	char text[TRAILER_STREAM_MAX];
	struct span name = span_of(text, sizeof(SETTINGS_PREFIX) - 1 + stream.n), line;
	struct trailer t;
	int64_t ver, pos;
	int r;

	*out = (struct settings){0};
	if (name.n > sizeof(text) || settings_is_of(stream))
		return 0;
	memcpy(text, SETTINGS_PREFIX, sizeof(SETTINGS_PREFIX) - 1);
	memcpy(text + sizeof(SETTINGS_PREFIX) - 1, stream.p, stream.n);
	r = index_version(&l->index, reindex_hash(l->root->seed, name), &ver, &pos, err);
	if (r != 1)
		return r;
	if (log_line(l, pos, &line, err))
		return -1;
	if (!trailer_parse(line, &t))
		return err_set(err, ERR_DAMAGE, "damage", -1,
			"the line at position %lld has no trailer", (long long)pos);
	return settings_parse(span_of(line.p, t.at), out, err) ? -1 : 1;
}

int
govern_put(struct log *l, struct span stream, const struct settings *s, struct err *err)
{
	struct log_event ev = {0};
	struct buf name, body;
	int r;

	buf_init(&name, TRAILER_STREAM_MAX);
	buf_init(&body, TRAILER_MAX + 4096);
	r = settings_stream(stream, &name, err);
	if (r == 0) {
		settings_put(&body, stream, s, clock_wall_ms());
		ev.body = buf_view(&body);
		/* The id is the first member: {"eventId":"…". */
		ev.identity = span_of(body.p + 12, BUILD_ID_MAX - 1);
		ev.stream = buf_view(&name);
		r = log_append(l, (struct decide_expect){DECIDE_ANY, 0}, &ev, 1, err);
	}
	buf_release(&name);
	buf_release(&body);
	return r;
}

/* The version of the stream as the expectation sees it: what is deleted is not there, but versions go on. */
static int64_t
actual_of(struct decide_expect expect, const struct settings *s, int64_t ver)
{
	bool is_hidden = s->is_tombstoned || s->before > ver;

	return is_hidden && expect.kind != DECIDE_EXACT ? 0 : ver;
}

static bool
change(struct settings *s, const struct govern *g, int64_t ver)
{
	struct settings old = *s;

	if (g->act == GOVERN_DELETE)
		s->before = MAX(s->before, ver + 1);
	else if (g->act == GOVERN_TOMBSTONE)
		s->is_tombstoned = true;
	if (g->act == GOVERN_LIMITS && g->max_age_ms >= 0)
		s->max_age_ms = g->max_age_ms;
	if (g->act == GOVERN_LIMITS && g->max_count >= 0)
		s->max_count = g->max_count;
	return old.max_age_ms != s->max_age_ms || old.max_count != s->max_count ||
	       old.before != s->before || old.is_tombstoned != s->is_tombstoned;
}

static int
wrong(struct decide_expect expect, struct span stream, int64_t ver, struct err *err)
{
	char text[24];

	return err_set(err, ERR_VERSION, "version", -1,
		"wrong expected version: stream '%.*s' expected %s, actual %lld",
		(int)MIN(stream.n, 128), stream.p, decide_text(expect, text), (long long)ver);
}

int
govern(struct log *l, struct span stream, const struct govern *g, struct err *err)
{
	struct decide_facts facts = {0};
	struct settings s;
	int64_t ver;

	if (log_begin(l, err) || log_version(l, stream, &ver, err) ||
		govern_read(l, stream, &s, err) < 0)
		return -1;
	facts.actual = actual_of(g->expect, &s, ver);
	if (decide(g->expect, facts) != DECIDE_KNOWN)
		return log_commit(l, err) ? -1 : wrong(g->expect, stream, facts.actual, err);
	if (change(&s, g, ver) && (ver || g->act != GOVERN_DELETE) &&
		govern_put(l, stream, &s, err))
		return -1;
	return log_commit(l, err);
}
