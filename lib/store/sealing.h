/*
 * sealing: one closed segment on its way to its packed form, in slices, so that a writer can do it while it waits.
 *
 * The caller holds lock.seal all the time. The order: the text is checked line by line and packed into
 * seg/NAME.ndjson.zst.tmp; that is synced, read back, decoded and compared with the text; it is renamed, the
 * directory synced, the plain file removed. After a crash anywhere one whole form is there, under its name.
 */
#ifndef STORE_SEALING_H
#define STORE_SEALING_H

#include "store/root.h"

struct sealing;

struct sealing_conf {
	int64_t first;   /* the segment */
	uint64_t begins; /* the sum its first line is chained to */
	bool is_sealed;  /* a packed form is there already */
};

struct sealing *sealing_new(struct root *root, const struct sealing_conf *conf);
/*
 * One slice, of at most 1 MiB of text. 1: there is more; 0: it is sealed; -1: it is not, and what was begun is
 * removed. ERR_DAMAGE: the text is damaged.
 */
int sealing_work(struct sealing *s, struct err *err);
/* At any time; what is not finished is given up. s may be NULL. */
void sealing_free(struct sealing *s);
/* Bytes of the text, and of the packed form once it is sealed. */
int64_t sealing_text(const struct sealing *s);
int64_t sealing_bytes(const struct sealing *s);

#endif
