/* jq: libjq by dlopen. */
#include "ext/jq.h"

#include <dlfcn.h>
#include <jq.h>
#include <jv.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/buf.h"

/* What is used of libjq: X(name). */
#define FUNCTIONS(X)              \
	X(jq_init)                \
	X(jq_set_error_cb)        \
	X(jq_compile_args)        \
	X(jq_start)               \
	X(jq_next)                \
	X(jq_teardown)            \
	X(jq_halted)              \
	X(jv_get_kind)            \
	X(jv_copy)                \
	X(jv_free)                \
	X(jv_invalid_has_msg)     \
	X(jv_invalid_get_msg)     \
	X(jv_parse_sized)         \
	X(jv_array)               \
	X(jv_array_append)        \
	X(jv_object)              \
	X(jv_object_set)          \
	X(jv_string)              \
	X(jv_string_value)        \
	X(jv_string_length_bytes) \
	X(jv_dump_string)         \
	X(jv_null)

/* The loaded functions, under their own names. */
struct library {
#define X(name) __typeof__(name) *name;
	FUNCTIONS(X)
#undef X
};

struct jq {
	struct library lib;
	void *handle;
	jq_state *state;
	size_t changing_count;
	bool needs[JQ_CHANGING_MAX], needs_any;
	struct err *err; /* while compiling: takes the first message */
};

static int
load(struct jq *q, struct err *err)
{
	q->handle = dlopen("libjq.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!q->handle)
		return err_set(err, ERR_SYSTEM, "system", -1,
			"the expression needs libjq, which is not installed (%s)", dlerror());
#define X(name)                                           \
	*(void **)&q->lib.name = dlsym(q->handle, #name); \
	if (!q->lib.name)                                 \
		return err_set(err, ERR_SYSTEM, "system", -1, "libjq.so.1 lacks " #name);
	FUNCTIONS(X)
#undef X
	return 0;
}

/* --- making a program --------------------------------------------------------------------------- */

/* Copies jq's sentence without its frame: "jq: error: " before, where it is behind, all past the first line. */
static void
take_sentence(char out[ERR_TEXT_MAX], const char *text)
{
	static const char *const heads[] = {"jq: error: ", "error: "};
	static const char *const tails[] = {
		" (Unix shell quoting issues?)", " at <top-level>", " (while parsing "};
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (strncmp(text, heads[i], strlen(heads[i])) == 0)
			text += strlen(heads[i]);
	n = strcspn(text, "\n");
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		const char *tail = strstr(text, tails[i]);

		if (tail && (size_t)(tail - text) < n)
			n = (size_t)(tail - text);
	}
	snprintf(out, ERR_TEXT_MAX, "%.*s", (int)MIN(n, ERR_TEXT_MAX / 2), text);
}

/* libjq's messages while it compiles; the first says most. */
static void
on_message(void *ctx, jv message)
{
	struct jq *q = ctx;

	if (q->err && !q->err->text[0] && q->lib.jv_get_kind(message) == JV_KIND_STRING)
		take_sentence(q->err->text, q->lib.jv_string_value(message));
	q->lib.jv_free(message);
}

static int
compile(struct jq *q, const char *text, jv names, struct err *err)
{
	int is_good;

	err_clear(err);
	q->err = err;
	is_good = q->lib.jq_compile_args(q->state, text, names);
	q->err = NULL;
	if (is_good)
		return 0;
	if (!err->text[0])
		snprintf(err->text, sizeof(err->text), "jq cannot compile it");
	err->kind = ERR_USAGE;
	err->code = "usage";
	return -1;
}

static bool
mentions(struct span program, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n < program.n; i++) {
		char after = i + n + 1 < program.n ? program.p[i + n + 1] : ' ';

		if (program.p[i] == '$' && memcmp(program.p + i + 1, name, n) == 0 &&
			!(after == '_' || (after >= '0' && after <= '9') ||
				((after | 32) >= 'a' && (after | 32) <= 'z')))
			return true;
	}
	return false;
}

/* Every name with its constant, or null where its value changes. */
static jv
names_of(struct jq *q, const struct jq_name *constants, size_t count, const char *const *changing)
{
	jv names = q->lib.jv_object();

	for (size_t i = 0; i < q->changing_count; i++)
		names = q->lib.jv_object_set(
			names, q->lib.jv_string(changing[i]), q->lib.jv_null());
	for (size_t i = 0; i < count; i++)
		names = q->lib.jv_object_set(names, q->lib.jv_string(constants[i].name),
			q->lib.jv_parse_sized(constants[i].json.p, (int)constants[i].json.n));
	return names;
}

/* A constant takes the place of a changing name that is the same. */
static bool
is_hidden(const char *name, const struct jq_name *constants, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, constants[i].name) == 0)
			return true;
	return false;
}

/*
 * ". as [$in,$a,$b]|$in|(PROGRAM)": changing values come in beside the input. The line numbers of jq's messages
 * stay right, and the program alone was compiled before, so the brackets cannot be broken open.
 */
static char *
wrapped(const struct jq *q, struct span program, const char *const *changing)
{
	struct buf b;
	char *text;

	buf_init(&b, SIZE_MAX);
	buf_puts(&b, ". as [$__input");
	for (size_t i = 0; i < q->changing_count; i++)
		buf_print(&b, ",$%s", q->needs[i] ? changing[i] : "__unused");
	buf_puts(&b, "]|$__input|(");
	buf_span(&b, program);
	buf_puts(&b, "\n)");
	text = alloc_terminated(b.p, b.n);
	buf_release(&b);
	return text;
}

static int
make(struct jq *q, struct span program, const struct jq_name *constants, size_t count,
	const char *const *changing, struct err *err)
{
	char *text;
	int r;

	q->state = q->lib.jq_init();
	if (!q->state)
		return err_set(err, ERR_SYSTEM, "system", -1, "libjq cannot start");
	q->lib.jq_set_error_cb(q->state, on_message, q);
	text = alloc_terminated(program.p, program.n);
	r = compile(q, text, names_of(q, constants, count, changing), err);
	alloc_free(text);
	for (size_t i = 0; i < q->changing_count; i++) {
		q->needs[i] =
			mentions(program, changing[i]) && !is_hidden(changing[i], constants, count);
		q->needs_any |= q->needs[i];
	}
	if (r || !q->needs_any)
		return r;
	text = wrapped(q, program, changing);
	r = compile(q, text, names_of(q, constants, count, changing), err);
	alloc_free(text);
	return r;
}

int
jq_new(struct jq **out, struct span program, const struct jq_name *constants, size_t count,
	const char *const *changing, size_t changing_count, struct err *err)
{
	struct jq *q = alloc_zero(sizeof(*q));

	assert(changing_count <= JQ_CHANGING_MAX);
	q->changing_count = changing_count;
	if (memchr(program.p ? program.p : "", '\0', program.n)) {
		jq_free(q);
		return err_usage(err, "a NUL byte in the expression");
	}
	if (load(q, err) || make(q, program, constants, count, changing, err)) {
		jq_free(q);
		return -1;
	}
	*out = q;
	return 0;
}

void
jq_free(struct jq *q)
{
	if (q && q->state)
		q->lib.jq_teardown(&q->state);
	/* The library stays: it has handlers for the end of threads and of the process. */
	alloc_free(q);
}

bool
jq_needs(const struct jq *q, size_t changing)
{
	return q->needs[changing];
}

/* --- runs --------------------------------------------------------------------------------------- */

/* jq's sentences begin in upper case where they begin with a word of its own. */
static void
lower_first(char *text)
{
	if (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
		text[0] = (char)(text[0] | 32);
}

/* An invalid value with its message becomes the error; takes the value. */
static int
fail_with(struct jq *q, jv invalid, const char *prefix, struct err *err)
{
	const struct library *l = &q->lib;
	char sentence[ERR_TEXT_MAX];
	jv message = l->jv_invalid_get_msg(invalid);

	if (l->jv_get_kind(message) != JV_KIND_STRING)
		message = l->jv_dump_string(message, 0);
	take_sentence(sentence, l->jv_string_value(message));
	l->jv_free(message);
	lower_first(sentence);
	return err_data(err, "expr", -1, "%s%s", prefix, sentence);
}

static int
parse(struct jq *q, struct span json, jv *out, struct err *err)
{
	if (json.n > INT_MAX)
		return err_data(err, "expr", -1, "too long for libjq");
	*out = q->lib.jv_parse_sized(json.p, (int)json.n);
	if (q->lib.jv_get_kind(*out) != JV_KIND_INVALID)
		return 0;
	return fail_with(q, *out, "libjq cannot read it: ", err);
}

/* The input, with the changing values beside it where the program wants them. */
static int
input_of(struct jq *q, struct span input, const struct span *values, jv *out, struct err *err)
{
	jv v, all;

	if (parse(q, input, &v, err))
		return -1;
	if (!q->needs_any) {
		*out = v;
		return 0;
	}
	all = q->lib.jv_array_append(q->lib.jv_array(), v);
	for (size_t i = 0; i < q->changing_count; i++) {
		v = q->lib.jv_null();
		if (q->needs[i] && parse(q, values[i], &v, err)) {
			q->lib.jv_free(all);
			return -1;
		}
		all = q->lib.jv_array_append(all, v);
	}
	*out = all;
	return 0;
}

static int
output(struct jq *q, jv v, jq_fn *fn, void *ctx, struct err *err)
{
	const struct library *l = &q->lib;
	jv text = l->jv_dump_string(v, 0);
	size_t n = (size_t)l->jv_string_length_bytes(l->jv_copy(text));
	int r = fn(ctx, span_of(l->jv_string_value(text), n), err);

	l->jv_free(text);
	return r;
}

int
jq_run(struct jq *q, struct span input, const struct span *values, jq_fn *fn, void *ctx,
	struct err *err)
{
	const struct library *l = &q->lib;
	jv v;
	int r = 0;

	if (input_of(q, input, values, &v, err))
		return -1;
	l->jq_start(q->state, v, 0);
	for (;;) {
		v = l->jq_next(q->state);
		if (l->jv_get_kind(v) == JV_KIND_INVALID)
			break;
		r = output(q, v, fn, ctx, err);
		if (r)
			return r;
	}
	if (l->jv_invalid_has_msg(l->jv_copy(v)))
		return fail_with(q, v, "", err);
	l->jv_free(v);
	return l->jq_halted(q->state) ? err_data(err, "expr", -1, "the expression halted") : 0;
}
