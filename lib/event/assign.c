/* assign: key=text and key:=json. */
#include "event/assign.h"

#include "event/expr.h"
#include "json/text.h"

#define TEXT_MAX ((size_t)1 << 30)

static struct span
to_string(struct span text, struct arena *a)
{
	struct buf b;
	struct span json;

	buf_init(&b, TEXT_MAX);
	text_put(&b, text);
	json = arena_copy(a, buf_view(&b));
	buf_release(&b);
	return json;
}

static int
check_json(struct span argument, struct span json, struct err *err)
{
	struct doc d;
	int r;

	doc_init(&d, DOC_KERNEL_BEST);
	r = doc_parse(&d, json, err);
	doc_release(&d);
	if (r) {
		err->kind = ERR_USAGE;
		return err_prefix(err, "'%.*s'", (int)MIN(argument.n, 100), argument.p);
	}
	return 0;
}

int
assign_parse(struct span argument, struct arena *a, struct assign *out, struct err *err)
{
	struct span key, value;
	bool is_json;

	if (!span_cut(argument, '=', &key, &value) || key.n == 0)
		return err_usage(err, "'%.*s' is neither key=value nor key:=json",
			(int)MIN(argument.n, 100), argument.p);
	is_json = key.p[key.n - 1] == ':';
	key.n -= is_json;
	if (expr_path(key, a, &out->path, err))
		return -1;
	out->json = is_json ? arena_copy(a, value) : to_string(value, a);
	return is_json ? check_json(argument, out->json, err) : 0;
}

int
assign_all(const struct assign *list, size_t count, struct doc *d, struct span *data,
	struct arena *scratch, struct err *err)
{
	struct buf b;
	int r = 0;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < count && r == 0; i++) {
		struct edit e;

		buf_clear(&b);
		edit_start(&e, d, scratch);
		if (edit_set(&e, list[i].path, list[i].json, err) || edit_write(&e, &b, err)) {
			r = -1;
		} else {
			*data = arena_copy(scratch, buf_view(&b));
			r = doc_parse(d, *data, err);
		}
	}
	buf_release(&b);
	return r;
}
