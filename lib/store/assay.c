/* assay: the lines of one segment, then its frames. */
#include "store/assay.h"

#include "store/scan.h"
#include "store/sealed.h"

/* After the last line that it should have. */
static int
check_end(struct scan *s, bool is_closed, struct err *err)
{
	int64_t size = s->file.fd < 0 ? 0 : segfile_size(&s->file, err);

	if (size < 0)
		return -1;
	if (is_closed && s->at.offset < size)
		return scan_damage(s, s->at.offset, "position is not the next one", err);
	return s->file.sealed ? sealed_check(s->file.sealed, err) : 0;
}

static int
check(struct root *r, const struct segment_list *list, size_t index, const struct place *bound,
	struct err *err)
{
	int64_t first = list->items[index].first;
	bool is_closed = first < bound->segment && index + 1 < list->count;
	struct place from = {.pos = first, .segment = first}, to = *bound;
	struct scan_line line;
	struct scan scan;
	int result;

	if (is_closed)
		to.pos = to.segment = list->items[index + 1].first;
	if (segment_seed(r, list, index, &from.sum, err))
		return -1;
	scan_init(&scan, r, &from, &to);
	while ((result = scan_next(&scan, &line, err)) == 1)
		continue;
	if (result == 0)
		result = check_end(&scan, is_closed, err);
	scan_release(&scan);
	return result;
}

int
assay(struct root *r, const struct segment_list *list, size_t index, const struct place *bound,
	struct err *err)
{
	int result = check(r, list, index, bound, err);
	struct err before;

	for (; result && err->kind == ERR_DAMAGE && err->byte <= 0 && index; index--) {
		if (check(r, list, index - 1, bound, &before) == 0 || before.kind != ERR_DAMAGE)
			break;
		*err = before;
	}
	return result;
}
