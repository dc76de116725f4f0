/* columns: widths, alignment, cutting, and text that would steer a terminal. */
#include "cli/columns.h"
#include "tap.h"

static struct buf row, out;

/* A row of texts; one that begins with '#' is a number, NULL is absent. */
static struct span
make(struct columns *c, const char *const *texts)
{
	buf_clear(&row);
	for (size_t i = 0; i < c->count; i++) {
		bool number = texts[i] && texts[i][0] == '#';

		columns_cell(c, &row, span_str(texts[i] ? texts[i] + number : NULL), number);
	}
	return buf_view(&row);
}

static const char *
lines(struct columns *c, const char *const *texts)
{
	static char z[4096];
	struct span r = make(c, texts);

	columns_fit(c, r);
	buf_clear(&out);
	columns_put_header(c, &out);
	columns_put(c, r, &out);
	memcpy(z, out.p, out.n);
	z[out.n] = '\0';
	return z;
}

TEST(alignment)
{
	struct columns c;

	columns_init(&c, 20);
	columns_add(&c, SPAN("name"));
	columns_add(&c, SPAN("count"));
	columns_add(&c, SPAN("rest"));
	is_str(lines(&c, (const char *[]){"a", "#1", "x"}), "name  count  rest\na         1  x\n",
		"numbers to the right, no blanks at the end");
	is_str(lines(&c, (const char *[]){"longer", "#123456", "y"}),
		"name     count  rest\nlonger  123456  y\n", "columns grow");
	is_str(lines(&c, (const char *[]){"b", NULL, NULL}),
		"name     count  rest\nb            -  -\n", "and do not shrink; absent is '-'");
	columns_release(&c);
}

TEST(wide)
{
	struct columns c;

	columns_init(&c, 6);
	columns_add(&c, SPAN("a"));
	columns_add(&c, SPAN("b"));
	is_str(lines(&c, (const char *[]){"\xe6\x97\xa5\xe6\x9c\xac", "x"}),
		"a     b\n\xe6\x97\xa5\xe6\x9c\xac  x\n", "wide characters count two");
	is_str(lines(&c, (const char *[]){"1234567", "x"}), "a       b\n12345\xe2\x80\xa6  x\n",
		"cut at the greatest width");
	is_str(lines(&c, (const char *[]){"\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac", "x"}),
		"a       b\n\xe6\x97\xa5\xe6\x9c\xac\xe2\x80\xa6   x\n",
		"never through a character");
	columns_release(&c);
}

TEST(safety)
{
	struct columns c;
	char big[10000];

	columns_init(&c, 60);
	columns_add(&c, SPAN("n\nm"));
	is_str(lines(&c, (const char *[]){"\x1b[2Ja\tb\x7f"}), "n\\x0am\n\\x1b[2Ja\\x09b\\x7f\n",
		"escapes and controls");
	is_str(lines(&c, (const char *[]){"\xc2\x9b"
					  "1m\xe2\x80\xae"
					  "x\xe2\x81\xa6"}),
		"n\\x0am\n\\xc2\\x9b1m\\xe2\\x80\\xaex\\xe2\\x81\\xa6\n",
		"C1 controls and bidirectional overrides");
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	make(&c, (const char *[]){big});
	is_int((int64_t)row.n, 1 + 59 + 3 + 1, "a long text is not kept");
	columns_release(&c);
}

TEST(runs_of_rows)
{
	struct columns c;
	struct span first, second;
	struct buf both;

	columns_init(&c, 9);
	columns_add(&c, SPAN("a"));
	columns_add(&c, SPAN("b"));
	buf_init(&both, 1000);
	buf_span(&both, first = make(&c, (const char *[]){"1", "22"}));
	buf_span(&both, second = make(&c, (const char *[]){"333", ""}));
	is_int((int64_t)columns_row_length(&c, buf_view(&both)), 7, "the first of two");
	is_int((int64_t)second.n, 7, "an empty cell is a cell");
	(void)first;
	buf_release(&both);
	columns_release(&c);
}

int
main(void)
{
	buf_init(&row, 1 << 20);
	buf_init(&out, 1 << 20);
	RUN(alignment);
	RUN(wide);
	RUN(safety);
	RUN(runs_of_rows);
	buf_release(&row);
	buf_release(&out);
	return tap_done();
}
