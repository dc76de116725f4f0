/*
 * ev-edit: sets and deletes members.
 *
 * reads: any JSON, an object mostly
 * writes: each line with its changes spliced in; untouched bytes stay
 * keeps: the files of --lookup, at most 16 MiB each
 */
#include "base/alloc.h"
#include "cli/cmd.h"
#include "event/lookup.h"
#include "json/edit.h"

enum change_kind { CHANGE_SET, CHANGE_DELETE, CHANGE_LOOKUP };

struct change {
	enum change_kind kind;
	const char *option; /* as it was given, for messages */
	struct edit_path path;
	struct expr *expr;
	struct lookup lookup;
};

struct edit_state {
	struct opt_list list; /* of all three options, in the order given */

	struct change *changes;
	size_t count;
	struct arena kept; /* the paths */
};

#define ROW(name, arg, help) OPT_ROW(0, name, OPT_LIST, struct edit_state, list, arg, NULL, help)

static const struct opt options[] = {
	ROW("set", "PATH=EXPR", "set a member to what EXPR yields; repeatable"),
	ROW("del", "PATH", "delete a member; repeatable"),
	ROW("lookup", "PATH=FILE:EXPR",
		"set a member to what FILE has for the key EXPR; repeatable"),
	OPT_END,
};

static int
open_lookup(struct cmd_run *run, struct change *c, struct span *rest, struct err *err)
{
	struct span file;
	const char *text, *path;

	if (!span_cut(*rest, ':', &file, rest) || file.n == 0)
		return err_usage(err, "--lookup '%.100s' is not PATH=FILE:EXPR", c->option);
	path = cmd_print(run, "%.*s", (int)file.n, file.p);
	text = cmd_read(run, path, err);
	if (!text)
		return -1;
	if (lookup_init(&c->lookup, span_str(text), err))
		return err_prefix(err, "%s", path);
	return 0;
}

static int
parse_change(
	struct cmd_run *run, struct edit_state *s, const struct opt_item *item, struct err *err)
{
	struct change *c = &s->changes[s->count];
	struct span rest = span_str(item->text), path;

	*c = (struct change){.option = item->text};
	c->kind = item->row == &options[0]   ? CHANGE_SET
		  : item->row == &options[1] ? CHANGE_DELETE
					     : CHANGE_LOOKUP;
	s->count++;
	if (c->kind == CHANGE_DELETE)
		return expr_path(rest, &s->kept, &c->path, err);
	if (!expr_split(&rest, '=', &path) || rest.n == 0)
		return err_usage(err, "--%s '%.100s' is not %s", item->row->name, item->text,
			item->row->arg);
	if (expr_path(path, &s->kept, &c->path, err))
		return -1;
	if (c->kind == CHANGE_LOOKUP && open_lookup(run, c, &rest, err))
		return -1;
	return expr_new(&c->expr, rest, &run->env, err);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct edit_state *s = state;

	if (s->list.count == 0)
		return err_usage(err, "nothing to do: give --set, --del or --lookup");
	arena_init(&s->kept);
	s->changes = alloc_array(s->list.count, sizeof(*s->changes));
	for (size_t i = 0; i < s->list.count; i++)
		if (parse_change(run, s, &s->list.items[i], err))
			return -1;
	return 0;
}

/* What a member is set to; p == NULL: it stays. */
static int
find_value(const struct change *c, struct event *ev, struct span *json, struct err *err)
{
	struct value v;

	if (expr_value(c->expr, ev, &v, err))
		return err_prefix(err, "%.100s", c->option);
	*json = c->kind == CHANGE_LOOKUP ? lookup_get(&c->lookup, v, ev->scratch) : v.json;
	if (v.type == DOC_ABSENT)
		*json = SPAN_NONE;
	return 0;
}

/* How many changes there are for this event, or -1. */
static int
collect(struct edit_state *s, struct event *ev, struct edit *e, struct err *err)
{
	struct span json;
	int n = 0;

	edit_start(e, ev->doc, ev->scratch);
	for (size_t i = 0; i < s->count; i++) {
		const struct change *c = &s->changes[i];

		if (c->kind == CHANGE_DELETE) {
			if (edit_delete(e, c->path, err))
				return -1;
			n++;
			continue;
		}
		if (find_value(c, ev, &json, err))
			return -1;
		if (json.p && edit_set(e, c->path, json, err))
			return err_prefix(err, "%.100s", c->option);
		n += json.p != NULL;
	}
	return n;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	size_t before = run->out->n;
	const char *body_end = ev->body.p + ev->body.n;
	struct edit e;
	int n = collect(state, ev, &e, err);

	if (n < 0)
		return err->kind == ERR_USAGE ? CMD_FAIL : CMD_BAD;
	if (n == 0)
		return CMD_PASS;
	buf_put(run->out, ev->line.p, (size_t)(ev->body.p - ev->line.p));
	if (edit_write(&e, run->out, err)) {
		run->out->n = before;
		return CMD_BAD;
	}
	buf_put(run->out, body_end, (size_t)(ev->line.p + ev->line.n - body_end));
	buf_putc(run->out, '\n');
	return CMD_USED;
}

static void
release(struct cmd_run *run, void *state)
{
	struct edit_state *s = state;

	(void)run;
	for (size_t i = 0; i < s->count; i++) {
		expr_free(s->changes[i].expr);
		if (s->changes[i].kind == CHANGE_LOOKUP)
			lookup_release(&s->changes[i].lookup);
	}
	alloc_free(s->changes);
	arena_release(&s->kept);
}

static const struct cmd ev_edit = {
	.name = "ev-edit",
	.purpose = "set and delete members of events",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS,
	.state_size = sizeof(struct edit_state),
	.start = start,
	.event = event,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_edit, argc, argv);
}
