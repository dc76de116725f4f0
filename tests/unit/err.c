/* err: kinds, texts, prefixes, the worse of two. */
#include "tap.h"

#include "base/err.h"

#include <errno.h>

TEST(kinds)
{
	struct err e;

	err_clear(&e);
	ok(e.kind == ERR_NONE && e.byte == -1 && e.text[0] == '\0' && e.code[0] == '\0', "clear");
	is_int(err_data(&e, "time", 7, "no %s", "time"), -1, "data errors return -1");
	ok(e.kind == ERR_DATA && e.byte == 7, "with kind and place");
	is_str(e.code, "time", "with code");
	is_str(e.text, "no time", "with text");
	is_int(err_usage(&e, "'%s'", "x"), -1, "usage errors return -1");
	ok(e.kind == ERR_USAGE && e.byte == -1, "with kind");
	is_int(err_set(&e, ERR_DAMAGE, "sum", 3, "x"), -1, "any kind");
	ok(e.kind == ERR_DAMAGE && e.byte == 3, "is taken over");
	errno = ENOSPC;
	is_int(err_system(&e, "f"), -1, "system errors return -1");
	is_str(e.text, "f: No space left on device", "with the reason");
	is_int(e.kind, ERR_SYSTEM, "with kind");
}

TEST(texts)
{
	struct err e;
	char big[2 * ERR_TEXT_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_data(&e, "c", 0, "%.*s", ERR_TEXT_MAX - 1, big);
	is_int((int64_t)strlen(e.text), ERR_TEXT_MAX - 1, "a text at the limit is whole");
	err_data(&e, "c", 0, "%s", big);
	is_int((int64_t)strlen(e.text), ERR_TEXT_MAX - 1, "one past it is cut");
	errno = ENOENT;
	err_system(&e, "%s", big);
	is_int((int64_t)strlen(e.text), ERR_TEXT_MAX - 1, "so is one with a reason");
	err_data(&e, "c", 5, "bad");
	is_int(err_prefix(&e, "line %d", 3), -1, "a prefix returns -1");
	is_str(e.text, "line 3: bad", "stands before");
	ok(e.byte == 5 && e.kind == ERR_DATA, "and changes nothing else");
}

TEST(worse)
{
	static const int order[] = {0, 1, 4, 3, 5, 2};

	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++)
			ok(err_worse(order[i], order[j]) == order[i > j ? i : j], "%d with %d",
				order[i], order[j]);
}

int
main(void)
{
	RUN(kinds);
	RUN(texts);
	RUN(worse);
	return tap_done();
}
