/*
 * survey: everything that a log has, and everything that is wrong with it.
 *
 * A scan ends at the first damage; a survey goes on behind it. It gives the lines whose sums hold and, in their order with
 * them, each damaged stretch of the log once. After a bad line the next one is right when its sum rests on the sum that
 * stands in the bad line, or on the one that should stand there: so a changed byte costs one line, also when it is a byte of
 * the sum itself. Where a newline was changed, the lines before and after it are still told apart. A line whose
 * predecessor is missing cannot be checked and counts as bad; but the first one of a sealed frame has the checksum of the
 * frame.
 *
 * The log ends as recovery would end it: the first line that does not hold after the durable mark, and all behind it, are
 * unfinished and no damage; so is half a line or half a batch at the end. With no mark known every wrong line is damage.
 *
 *	survey_init(&s, root, mark);
 *	while ((r = survey_next(&s, &item, err)) == 1)
 *		item.kind == SURVEY_LINE ? use(item.line) : report(survey_text(&item, text));
 *	survey_release(&s);
 *
 * Lines live until the next call. In memory: the longest line, and the list of segments.
 */
#ifndef STORE_SURVEY_H
#define STORE_SURVEY_H

#include "store/segment.h"
#include "store/trailer.h"

#define SURVEY_TEXT_MAX 256
#define SURVEY_SEEDS 5

enum survey_kind { SURVEY_LINE, SURVEY_DAMAGE };

struct survey_item {
	enum survey_kind kind;
	bool is_sealed;                   /* the segment is; offsets are of its text all the same */
	int64_t segment, offset, line_no; /* where it begins in which segment; lines count from 1 */
	int64_t bytes;    /* newlines included; 0: what is wrong is that something is missing */
	int64_t pos;      /* of the line; of damage: the first position that may be concerned */
	int64_t lost;     /* of damage: positions that are missing, as far as is known */
	const char *what; /* of damage */
	struct span line; /* of a line, without its newline */
	struct trailer t;
};

struct survey {
	struct root *root; /* borrowed */
	struct place mark; /* pos -1: not known */
	/* Set by the caller: no line after the mark was acknowledged, so segments after a gap there are of no log yet. */
	bool is_bound;
	struct segment_list list;
	size_t index; /* of the open segment; of the next one while none is open */
	struct segfile file;
	struct segment_lines lines;
	bool is_open;
	int64_t size; /* of the open segment's text */
	int64_t frame; /* of a sealed segment: one that cannot be read, up to which is read now; -1 */
	int64_t line_no;
	uint64_t seeds[SURVEY_SEEDS]; /* what the next line may rest on */
	size_t seed_count;
	int64_t pos;                   /* of the next line */
	int64_t batch_at, batch_count; /* of the line before; 0: not known */
	struct survey_item bad,
		stash; /* the stretch at hand; a line that waits for it to be told */
	bool has_bad, has_stash, is_damaged, is_tail_told, is_over;

	/* after the last item */
	struct place end;   /* of the log */
	int64_t unfinished; /* bytes after it */
	int64_t segments;
};

/* mark: where the log is known to be durable; NULL: not known. Reads the list of segments. */
int survey_init(struct survey *s, struct root *r, const struct place *mark, struct err *err);
void survey_release(struct survey *s);
/* 1, 0 at the end, -1 when the disk fails. */
int survey_next(struct survey *s, struct survey_item *out, struct err *err);
/* "seg/00000000000000000000.ndjson" */
void survey_name(const struct survey_item *item, char out[SEGFILE_NAME_MAX]);
/* "seg/00000000000000000000.ndjson: line 12, byte 5210: sum is wrong". Returns out. */
const char *survey_text(const struct survey_item *item, char out[SURVEY_TEXT_MAX]);

#endif
