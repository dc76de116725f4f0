/* front: the first segment and the sum that its first line is chained to. */
#include "store/front.h"

#include "store/frontier.h"

/* Had the log lines, and has it no segment, not even one that was made since the list was read? */
static bool
is_lost(struct root *r, int64_t front)
{
	struct segment_list now = {0};
	struct place mark;
	struct err ignored;
	bool is_empty;

	if (!head_mark(r, &mark) || mark.pos <= front)
		return false;
	is_empty = segment_list_read(&now, r, &ignored) == 0 && now.count == 0;
	segment_list_release(&now);
	return is_empty;
}

static int
missing(int64_t first, struct err *err)
{
	return err_set(err, ERR_DAMAGE, "damage", -1,
		"seg/%020lld.ndjson: the segments before it are missing", (long long)first);
}

int
front_of(struct root *r, const struct segment_list *list, struct place *first, struct err *err)
{
	if (list->count == 0 && is_lost(r, list->front.pos))
		return err_set(err, ERR_DAMAGE, "damage", -1,
			"seg/%020lld.ndjson: line 1, byte 0: lines before the durable mark are "
			"missing",
			(long long)list->front.pos);
	if (list->count && list->items[0].first != list->front.pos)
		return missing(list->items[0].first, err);
	*first = list->front;
	return 0;
}

/* The first segment that does not begin where the one before it ends: its number in the list; count: there is none. */
static size_t
find_gap(struct root *r, const struct segment_list *list)
{
	struct place end;
	struct err ignored; /* what does not hold is told by whoever reads it */
	int64_t ms;

	for (size_t i = 1; i < list->count; i++)
		if (segment_end(r, list->items[i - 1].first, &ms, &end, &ignored) == 0 &&
			end.pos < list->items[i].first)
			return i;
	return list->count;
}

int
front_gap(struct root *r, const struct segment_list *list, const struct head_record *mark,
	struct err *err)
{
	struct frontier f;
	size_t i = list->count;

	if (i && list->items[0].first != list->front.pos)
		return missing(list->items[0].first, err);
	if (!mark->is_valid) {
		i = find_gap(r, list);
		return i < list->count ? missing(list->items[i].first, err) : 0;
	}
	if (i == 0 || mark->at.pos < list->front.pos || mark->at.pos >= list->items[i - 1].first)
		return 0;
	/* What does not hold there is told by whoever reads it. */
	if (frontier_find(&f, r, &mark->at, NULL, NULL, err))
		return err->kind == ERR_SYSTEM && strcmp(err->code, "gone") != 0 ? -1 : 0;
	while (i && list->items[i - 1].first > f.end.pos)
		i--;
	return i < list->count ? missing(list->items[i].first, err) : 0;
}

int
front_read(struct root *r, struct place *first, struct err *err)
{
	struct segment_list list = {0};
	int result = segment_list_read(&list, r, err);

	if (result == 0)
		result = front_of(r, &list, first, err);
	segment_list_release(&list);
	return result;
}
