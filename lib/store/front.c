/* front: the first segment and the sum that its first line is chained to. */
#include "store/front.h"

int
front_of(struct root *r, const struct segment_list *list, struct place *first, struct err *err)
{
	(void)r;
	if (list->count && list->items[0].first != list->front.pos)
		return err_set(err, ERR_DAMAGE, "damage", -1,
			"seg/%020lld.ndjson: the segments before it are missing",
			(long long)list->items[0].first);
	*first = list->front;
	return 0;
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
