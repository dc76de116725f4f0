/* dead: writing and opening dead letters. */
#include "cli/dead.h"

#include "base/num.h"
#include "base/utf8.h"
#include "json/emit.h"
#include "json/find.h"
#include "json/text.h"

#define ATTEMPTS_MOST 1000000000 /* whatever a letter claims */

/* RFC 4648 section 4. */
static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
put_base64(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;

		v |= left > 1 ? (uint32_t)(unsigned char)s.p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)(unsigned char)s.p[i + 2] : 0;
		buf_putc(b, digits64[v >> 18]);
		buf_putc(b, digits64[v >> 12 & 63]);
		buf_putc(b, left > 1 ? digits64[v >> 6 & 63] : '=');
		buf_putc(b, left > 2 ? digits64[v & 63] : '=');
	}
}

/* Decodes into p; returns the length, or -1. */
static ptrdiff_t
get_base64(char *p, struct span s)
{
	char *start = p;

	if (s.n % 4 != 0)
		return -1;
	for (size_t i = 0; i < s.n; i += 4) {
		bool last = i + 4 == s.n;
		int pad = last ? (s.p[i + 3] == '=') + (s.p[i + 2] == '=') : 0;
		uint32_t v = 0;

		for (int k = 0; k < 4 - pad; k++) {
			const char *at =
				s.p[i + (size_t)k] ? strchr(digits64, s.p[i + (size_t)k]) : NULL;

			if (!at)
				return -1;
			v |= (uint32_t)(at - digits64) << (18 - 6 * k);
		}
		for (int k = 0; k < 3 - pad; k++)
			*p++ = (char)(v >> (16 - 8 * k));
	}
	return p - start;
}

static void
put_text(struct emit *e, const char *name, struct span value)
{
	if (!value.p)
		return;
	emit_name(e, span_str(name));
	emit_string(e, value);
}

static void
put_int(struct emit *e, const char *name, int64_t v)
{
	emit_name(e, span_str(name));
	emit_i64(e, v);
}

void
dead_put(struct buf *b, const struct dead *d, struct span raw)
{
	struct buf text;
	struct emit e;

	emit_init(&e, b);
	emit_open(&e, '{');
	emit_name(&e, SPAN("$dead"));
	emit_open(&e, '{');
	put_text(&e, "reason", span_str(d->reason));
	put_text(&e, "code", span_str(d->code));
	put_text(&e, "program", span_str(d->program));
	put_text(&e, "eventId", d->id);
	put_text(&e, "eventType", d->type);
	put_text(&e, "input", span_str(d->input));
	put_int(&e, "line", d->line_no);
	if (d->byte > 0)
		put_int(&e, "byte", d->byte);
	if (d->length > 0) {
		put_int(&e, "length", d->length);
		put_int(&e, "offset", d->offset);
	}
	put_int(&e, "attempts", d->attempts);
	emit_name(&e, SPAN("first"));
	if (d->first.p)
		emit_string(&e, d->first);
	else
		emit_time(&e, d->now_ms);
	emit_name(&e, SPAN("last"));
	emit_time(&e, d->now_ms);
	if (d->parked) {
		emit_name(&e, SPAN("parked"));
		emit_bool(&e, true);
	}
	emit_close(&e);
	if (utf8_check(raw) == raw.n) {
		put_text(&e, "raw", raw);
	} else {
		emit_name(&e, SPAN("rawBase64"));
		buf_init(&text, 2 * raw.n + 8);
		put_base64(&text, raw);
		emit_string(&e, buf_view(&text));
		buf_release(&text);
	}
	emit_close(&e);
	buf_putc(b, '\n');
}

static int
open_raw(const struct doc *d, struct arena *scratch, struct dead_opened *out, struct err *err)
{
	uint32_t raw = find_member(d, 0, SPAN("raw"));
	bool is_base64 = doc_type(d, raw) != DOC_STRING;
	struct span text;
	ptrdiff_t n;
	char *p;

	if (is_base64)
		raw = find_member(d, 0, SPAN("rawBase64"));
	if (doc_type(d, raw) != DOC_STRING)
		return err_data(err, "dead", -1, "dead letter without raw");
	text = text_decode(doc_span(d, raw), scratch);
	p = arena_get(scratch, text.n + 1);
	if (is_base64) {
		n = get_base64(p, text);
		if (n < 0)
			return err_data(err, "dead", -1, "dead letter with broken rawBase64");
		out->raw = span_of(p, (size_t)n);
		return 0;
	}
	memcpy(p, text.p, text.n);
	out->raw = span_of(p, text.n);
	return 0;
}

int
dead_open(const struct doc *d, struct arena *scratch, struct dead_opened *out, struct err *err)
{
	uint32_t dead = find_member(d, 0, SPAN("$dead"));
	uint32_t first = find_member(d, dead, SPAN("first"));
	uint32_t attempts = find_member(d, dead, SPAN("attempts"));

	if (dead == DOC_NONE)
		return 0;
	if (doc_type(d, dead) != DOC_OBJECT)
		return err_data(err, "dead", -1, "$dead is no object");
	if (open_raw(d, scratch, out, err))
		return -1;
	if (doc_type(d, find_member(d, dead, SPAN("length"))) == DOC_NUMBER)
		return err_data(err, "dead", -1,
			"dead letter holds only the start of a line that was too long");
	if (memchr(out->raw.p, '\n', out->raw.n))
		return err_data(err, "dead", -1, "dead letter holds more than one line");
	out->attempts = 1;
	if (doc_type(d, attempts) == DOC_NUMBER && num_i64(doc_span(d, attempts), &out->attempts))
		out->attempts = 1;
	out->attempts = MIN(MAX(out->attempts, 1), ATTEMPTS_MOST);
	out->first = SPAN_NONE;
	if (doc_type(d, first) == DOC_STRING)
		out->first = arena_copy(scratch, text_decode(doc_span(d, first), scratch));
	return 1;
}
