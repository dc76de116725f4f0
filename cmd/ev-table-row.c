/* ev-table-row: which columns there are, and an event's cells in them. */
#include "ev-table.h"

#include "base/when.h"
#include "cli/in.h"
#include "json/find.h"
#include "json/text.h"

#define MEMBERS_MAX 12 /* columns made of the members of an object without envelope */

/* One of the three says what is shown. */
struct ev_table_column {
	struct expr *expr;
	char *name; /* a member at the top */
	enum event_member member;
};

static struct ev_table_column *
add_column(struct ev_table *t, struct span name)
{
	size_t n = t->columns.count;

	t->shown = alloc_resize(t->shown, (n + 1) * sizeof *t->shown);
	t->shown[n] = (struct ev_table_column){.member = EVENT_MEMBERS};
	columns_add(&t->columns, name);
	return &t->shown[n];
}

int
ev_table_row_operands(struct cmd_run *run, struct ev_table *t, struct err *err)
{
	size_t count, n = 0;
	char **operands;

	count = cmd_files(run, &operands);
	t->files = alloc_array(count + 2, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		struct span name, body;

		if (!expr_named(span_str(operands[i]), &name, &body))
			t->files[n++] = operands[i];
		else if (expr_new(&add_column(t, name)->expr, body, &run->env, err))
			return -1;
	}
	t->dash[0] = '-';
	if (n == 0)
		t->files[n++] = t->dash;
	cmd_source(run, in_new(t->files, n, run->max_line));
	return 0;
}

static bool
is_event(struct event *ev)
{
	return event_get(ev, EVENT_TYPE).type == DOC_STRING ||
	       event_get(ev, EVENT_TIME).type != DOC_ABSENT;
}

int
ev_table_row_choose(struct cmd_run *run, struct ev_table *t, struct event *ev, struct err *err)
{
	static const struct {
		const char *name;
		enum event_member member;
	} envelope[] = {{"time", EVENT_TIME}, {"type", EVENT_TYPE}, {"aggregate", EVENT_AGGREGATE},
		{"user", EVENT_USER}};
	struct find_iter it;

	if (is_event(ev)) {
		for (size_t i = 0; i < ARRAY_LEN(envelope); i++)
			add_column(t, span_str(envelope[i].name))->member = envelope[i].member;
		return 0;
	}
	if (find_count(ev->doc, 0) == 0 || doc_type(ev->doc, 0) != DOC_OBJECT)
		return expr_new(&add_column(t, SPAN("value"))->expr, SPAN("."), &run->env, err);
	for (find_start(&it, ev->doc, 0); find_next(&it) && t->columns.count < MEMBERS_MAX;) {
		struct span name = text_decode(doc_span(ev->doc, it.name), run->scratch);

		add_column(t, name)->name = alloc_terminated(name.p, name.n);
	}
	return 0;
}

static int
column_value(const struct ev_table_column *c, struct event *ev, struct value *v, struct err *err)
{
	uint32_t token;

	if (c->expr)
		return expr_value(c->expr, ev, v, err);
	if (!c->name) {
		*v = event_get(ev, c->member);
		return 0;
	}
	token = find_member(ev->doc, 0, span_str(c->name));
	*v = (struct value){doc_type(ev->doc, token), doc_span(ev->doc, token)};
	return 0;
}

int
ev_table_row_make(struct cmd_run *run, struct ev_table *t, struct event *ev, struct err *err)
{
	char date[WHEN_MAX];
	int64_t ms;

	buf_clear(&t->row);
	for (size_t i = 0; i < t->columns.count; i++) {
		const struct ev_table_column *c = &t->shown[i];
		bool is_time = !c->expr && !c->name && c->member == EVENT_TIME;
		struct value v;
		struct span text;

		if (column_value(c, ev, &v, err))
			return -1;
		text = v.type > DOC_NULL ? value_text(v, run->scratch) : SPAN_NONE;
		if (is_time && v.type == DOC_NUMBER && event_time(ev, &ms, err) == 0) {
			text = span_of(date, when_put(date, ms));
			v.type = DOC_STRING;
		}
		columns_cell(&t->columns, &t->row, text, v.type == DOC_NUMBER);
	}
	if (t->row.over)
		return err_data(err, "row", -1, "the row is too long");
	return 0;
}

void
ev_table_row_release(struct ev_table *t)
{
	for (size_t i = 0; i < t->columns.count; i++) {
		expr_free(t->shown[i].expr);
		alloc_free(t->shown[i].name);
	}
	alloc_free(t->shown);
	alloc_free(t->files);
}
