/* decide: a pure function of what is expected and what is there. */
#include "store/decide.h"

#include "base/num.h"

int64_t
decide_version(struct decide_expect expect)
{
	return expect.kind == DECIDE_NONE ? 0 : expect.kind == DECIDE_EXACT ? expect.version : -1;
}

static enum decide_answer
judge(const struct decide_facts *f)
{
	if (f->conflicts)
		return DECIDE_CONFLICT;
	if (!f->fresh)
		return DECIDE_KNOWN;
	return f->known ? DECIDE_PARTLY : DECIDE_APPEND;
}

enum decide_answer
decide(struct decide_expect expect, struct decide_facts f)
{
	int64_t version = decide_version(expect);
	bool is_empty = !f.fresh && !f.known && !f.conflicts;

	if (expect.kind == DECIDE_EXISTS && f.actual == 0)
		return f.known && !f.fresh && !f.conflicts ? DECIDE_KNOWN : DECIDE_VERSION;
	if (version < 0 || version == f.actual)
		return judge(&f);
	if (version < f.actual && !is_empty && !f.fresh && !f.conflicts && f.in_place)
		return DECIDE_KNOWN;
	return DECIDE_VERSION;
}

int
decide_parse(struct span text, struct decide_expect *out, struct err *err)
{
	static const char *const words[] = {"any", "none", "exists"};
	int64_t version;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_is(text, words[i])) {
			*out = (struct decide_expect){(enum decide_kind)i, 0};
			return 0;
		}
	if (num_i64(text, &version) || version < 0)
		return err_usage(err, "'%.*s' is not any, none, exists or a version",
			(int)MIN(text.n, 64), text.p);
	*out = (struct decide_expect){version ? DECIDE_EXACT : DECIDE_NONE, version};
	return 0;
}

const char *
decide_text(struct decide_expect expect, char out[24])
{
	static const char *const words[] = {"any", "none", "exists"};

	if (expect.kind != DECIDE_EXACT)
		return words[expect.kind];
	snprintf(out, 24, "%lld", (long long)expect.version);
	return out;
}
