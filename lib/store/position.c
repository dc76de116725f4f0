/* position: lines of a small file. */
#include "store/position.h"

#include "base/num.h"
#include "io/durable.h"
#include "json/emit.h"
#include "json/find.h"
#include "json/text.h"

#define FILE_MAX ((size_t)64 << 20)
#define HASH_MAX 48

void
position_release(struct position *p)
{
	for (size_t i = 0; i < p->count; i++)
		alloc_free(p->items[i].path);
	alloc_free(p->items);
	buf_release(&p->text);
	*p = (struct position){0};
}

/* Where the path is, or would be. */
static size_t
find(const struct position *p, const char *path, bool *is_there)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->items[mid].path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*is_there = low < p->count && strcmp(p->items[low].path, path) == 0;
	return low;
}

const struct position_entry *
position_get(const struct position *p, const char *path)
{
	bool is_there;
	size_t i = find(p, path, &is_there);

	return is_there ? &p->items[i] : NULL;
}

void
position_set(struct position *p, const struct position_entry *entry)
{
	bool is_there;
	size_t i = find(p, entry->path, &is_there);
	char *path = is_there ? p->items[i].path : alloc_string(entry->path);

	if (!is_there && p->count == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 16;
		p->items = alloc_resize(p->items, p->cap * sizeof(*p->items));
	}
	if (!is_there) {
		memmove(p->items + i + 1, p->items + i, (p->count - i) * sizeof(*p->items));
		p->count++;
	}
	p->items[i] = *entry;
	p->items[i].path = path;
}

/* --- reading ----------------------------------------------------------------------------------- */

static struct span
member(const struct doc *d, const char *name)
{
	uint32_t at = find_member(d, 0, span_str(name));

	return at == DOC_NONE ? SPAN_NONE : doc_span(d, at);
}

static int
read_count(const struct doc *d, const char *name, int64_t *n)
{
	struct span s = member(d, name);

	return !s.p || num_i64(s, n) || *n < 0 ? -1 : 0;
}

/* Lower-case digits. */
static int
read_hex(struct span hex, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < hex.n; i++) {
		char c = hex.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return -1;
		v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = v;
	return 0;
}

/* "96-0123456789abcdef" */
static int
read_hash(const struct doc *d, const char *name, size_t *n, uint64_t *hash)
{
	struct span s = member(d, name), count, hex;
	uint64_t bytes;

	if (s.n < 2 || s.p[0] != '"' || !span_cut(span_of(s.p + 1, s.n - 2), '-', &count, &hex) ||
		hex.n != 16 || num_u64(count, &bytes) || bytes > 4096)
		return -1;
	*n = (size_t)bytes;
	return read_hex(hex, hash);
}

/* Older files have no sum. */
static int
read_store(const struct doc *d, struct position_entry *e)
{
	struct span sum = member(d, "sum");

	e->has_sum = sum.p != NULL;
	return read_count(d, "pos", &e->pos) ||
	       (e->has_sum && (sum.n != 18 || sum.p[0] != '"' ||
				      read_hex(span_of(sum.p + 1, 16), &e->sum)));
}

static int
read_log(const struct doc *d, struct mark *m)
{
	int64_t inode;

	if (read_count(d, "line", &m->line_no) || read_count(d, "offset", &m->offset) ||
		read_count(d, "inode", &inode) || read_hash(d, "head", &m->head_n, &m->head) ||
		read_hash(d, "near", &m->near_n, &m->near) || (int64_t)m->near_n > m->offset)
		return -1;
	m->inode = (uint64_t)inode;
	return 0;
}

static int
read_line(struct position *p, struct doc *d, struct span line)
{
	struct position_entry e = {0};
	struct span name;
	struct err ignored;
	struct buf b;
	int r;

	if (doc_parse(d, line, &ignored) || doc_type(d, 0) != DOC_OBJECT)
		return -1;
	name = member(d, "log");
	e.is_store = !name.p;
	if (e.is_store)
		name = member(d, "store");
	if (name.n < 2 || name.p[0] != '"')
		return -1;
	buf_init(&b, FILE_MAX);
	text_decode_to(&b, name);
	buf_putc(&b, '\0');
	e.path = b.p;
	r = e.is_store ? read_store(d, &e) : read_log(d, &e.mark);
	if (r == 0)
		position_set(p, &e);
	buf_release(&b);
	return r;
}

static int
read_lines(struct position *p, const char *file, struct err *err)
{
	struct span rest = buf_view(&p->text), line;
	struct doc d;
	int r = 0;

	doc_init(&d, DOC_KERNEL_BEST);
	for (int64_t n = 1; r == 0 && rest.n; n++) {
		span_cut(rest, '\n', &line, &rest);
		if (read_line(p, &d, line))
			r = err_set(err, ERR_DAMAGE, "position", -1, "%s: line %lld is no position",
				file, (long long)n);
	}
	doc_release(&d);
	return r;
}

int
position_load(struct position *p, const char *file, struct err *err)
{
	char *content;
	size_t n;

	*p = (struct position){0};
	if (durable_check(file, err))
		return -1;
	buf_init(&p->text, 2 * FILE_MAX);
	if (durable_read(file, FILE_MAX, &content, &n, err))
		return err->kind == ERR_USAGE ? 0 : -1;
	buf_put(&p->text, content, n);
	alloc_free(content);
	return read_lines(p, file, err);
}

/* --- writing ----------------------------------------------------------------------------------- */

static void
put_count(struct emit *e, const char *name, int64_t n)
{
	emit_name(e, span_str(name));
	emit_i64(e, n);
}

static void
put_hash(struct emit *e, const char *name, size_t n, uint64_t hash)
{
	char text[HASH_MAX];

	snprintf(text, sizeof(text), "%zu-%016llx", n, (unsigned long long)hash);
	emit_name(e, span_str(name));
	emit_string(e, span_str(text));
}

static void
put_store(struct emit *e, const struct position_entry *p)
{
	char text[HASH_MAX];

	put_count(e, "pos", p->pos);
	if (!p->has_sum)
		return;
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)p->sum);
	emit_name(e, SPAN("sum"));
	emit_string(e, span_str(text));
}

static void
put_entry(struct buf *b, const struct position_entry *p)
{
	struct emit e;

	emit_init(&e, b);
	emit_open(&e, '{');
	emit_name(&e, p->is_store ? SPAN("store") : SPAN("log"));
	emit_string(&e, span_str(p->path));
	if (p->is_store) {
		put_store(&e, p);
	} else {
		put_count(&e, "line", p->mark.line_no);
		put_count(&e, "offset", p->mark.offset);
		put_count(&e, "inode", (int64_t)p->mark.inode);
		put_hash(&e, "head", p->mark.head_n, p->mark.head);
		put_hash(&e, "near", p->mark.near_n, p->mark.near);
	}
	emit_close(&e);
	buf_putc(b, '\n');
}

int
position_save(struct position *p, const char *file, struct err *err)
{
	struct buf b;
	int r = 0;

	buf_init(&b, FILE_MAX);
	for (size_t i = 0; i < p->count; i++)
		put_entry(&b, &p->items[i]);
	if (b.over)
		r = err_set(
			err, ERR_SYSTEM, "position", -1, "%s: more than %zu bytes", file, FILE_MAX);
	else if (!span_equal(buf_view(&b), buf_view(&p->text)))
		r = durable_replace(file, buf_view(&b), true, err);
	if (r) {
		buf_release(&b);
		return -1;
	}
	buf_release(&p->text);
	p->text = b;
	return 0;
}
