/* naming: how an event type should be written. */
#include "event/naming.h"

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool is_letter = c >= 'a' && c <= 'z';

		if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '-')))
			return false;
	}
	return s.n > 0;
}

bool
naming_is_dotted(struct span type)
{
	struct span name, rest;
	size_t names = 0;

	while (span_cut(type, '.', &name, &rest)) {
		if (!is_name(name))
			return false;
		names++;
		type = rest;
	}
	return names > 0 && is_name(type);
}

/* Past forms that do not end in "ed", in order. */
static const char *const irregular[] = {"became", "begun", "bought", "bound", "broken", "brought",
	"built", "burnt", "came", "caught", "chosen", "cut", "dealt", "done", "drawn", "driven",
	"eaten", "fallen", "felt", "forgotten", "fought", "found", "frozen", "given", "gone",
	"gotten", "grown", "had", "heard", "held", "hidden", "hit", "hurt", "kept", "known", "laid",
	"learnt", "left", "lent", "lost", "made", "meant", "met", "overridden", "overwritten",
	"paid", "put", "quit", "ran", "read", "rebuilt", "reset", "ridden", "risen", "run", "said",
	"seen", "sent", "set", "shown", "shut", "sold", "spent", "split", "spoken", "stolen",
	"stood", "stuck", "sung", "sunk", "swept", "taken", "taught", "thought", "thrown", "told",
	"undone", "upset", "was", "went", "withdrawn", "won", "worn", "written"};

static bool
is_past_word(struct span word)
{
	if (word.n > 3 && span_ends(word, SPAN("ed")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(irregular); i++)
		if (span_is(word, irregular[i]))
			return true;
	return false;
}

bool
naming_is_past(struct span type)
{
	size_t end = type.n, at = type.n;

	while (at > 0 && type.p[at - 1] != '.') {
		at--;
		if (at == 0 || strchr("._-", type.p[at - 1])) {
			if (is_past_word(span_of(type.p + at, end - at)))
				return true;
			end = at ? at - 1 : 0;
		}
	}
	return false;
}
