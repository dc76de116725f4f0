/*
 * ev-store: what several of its commands print and do.
 */
#include "ev-store.h"
#include "store/admit.h"
#include "store/backup.h"
#include "store/consumer.h"
#include "store/govern.h"
#include "store/survey.h"
#include "json/emit.h"

void
ev_store_member(struct emit *e, const char *name, int64_t v)
{
	emit_name(e, span_str(name));
	emit_i64(e, v);
}

void
ev_store_damage(struct buf *out, const struct survey_item *item)
{
	struct emit e;
	char name[SEGFILE_NAME_MAX];

	survey_name(item, name);
	emit_init(&e, out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("damage"));
	emit_string(&e, span_str(item->what));
	emit_name(&e, SPAN("segment"));
	emit_string(&e, span_str(name));
	ev_store_member(&e, "line", item->line_no);
	ev_store_member(&e, "byte", item->offset);
	ev_store_member(&e, "bytes", item->bytes);
	ev_store_member(&e, "position", item->pos);
	ev_store_member(&e, "lost", item->lost);
	emit_close(&e);
	buf_putc(out, '\n');
}

void
ev_store_backup_line(struct buf *out, const struct backup_result *r)
{
	struct emit e;

	emit_init(&e, out);
	emit_open(&e, '{');
	ev_store_member(&e, "position", r->pos);
	ev_store_member(&e, "segments", r->segments);
	ev_store_member(&e, "linked", r->linked);
	ev_store_member(&e, "copied", r->copied);
	ev_store_member(&e, "kept", r->kept);
	ev_store_member(&e, "bytes", r->bytes);
	emit_close(&e);
	buf_putc(out, '\n');
}

void
ev_store_passed(struct cmd_run *run, const struct err *err)
{
	cmd_warn(run, "%s", err->text);
	cmd_status(run, err->kind);
}

void
ev_store_consumer(
	struct cmd_run *run, struct emit *e, struct root *root, const char *name, int64_t end)
{
	struct consumer_mark mark;
	struct err err;
	int r = consumer_get(root, name, &mark, &err);

	if (r < 0)
		ev_store_passed(run, &err);
	if (r != 1)
		return;
	emit_open(e, '{');
	emit_name(e, SPAN("consumer"));
	emit_string(e, span_str(name));
	ev_store_member(e, "position", mark.pos);
	ev_store_member(e, "lag", MAX(end - mark.pos, 0));
	emit_close(e);
}

int
ev_store_name(const char *argument, struct span *out, struct err *err)
{
	*out = span_str(argument);
	if (admit_name(*out, err) == 0)
		return 0;
	err->kind = ERR_USAGE;
	return -1;
}

int
ev_store_govern(struct cmd_run *run, const char *store, int64_t lock_ms, const struct govern *g,
	struct err *err)
{
	struct log_conf conf = {.lock_ms = lock_ms, .lost = ev_store_lost, .ctx = run};
	struct span stream = span_str(run->arguments[0]);
	struct root root;
	struct log log;
	int r = -1;

	if (admit_stream(stream, err)) {
		err->kind = ERR_USAGE;
		return -1;
	}
	if (root_open(&root, store, err))
		return -1;
	if (log_open(&log, &root, &conf, err) == 0) {
		r = govern(&log, stream, g, err);
		log_close(&log);
	}
	root_close(&root);
	return r;
}

void
ev_store_lost(void *ctx, const char *name, int64_t bytes)
{
	cmd_warn(ctx, "the log ended in %lld damaged bytes; they are kept in '%s'",
		(long long)bytes, name);
}
