/*
 * table: a map from byte strings to records of one size.
 *
 * A record is allocated once and never moves; the key is copied in front of it. Open addressing with linear
 * probing over (hash, record) pairs, grown at three quarters full, so a look-up touches one cache line
 * of slots and one record. Deletion shifts back; no tombstones.
 *
 *	struct table users;
 *	bool is_new;
 *
 *	table_init(&users, sizeof(struct user));
 *	struct user *u = table_put(&users, key, &is_new);      zeroed when new
 *	for (size_t at = 0; (u = table_next(&users, &at));)
 *		use(table_key(u), u);
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/span.h"

struct table_slot;

struct table {
	struct table_slot *slots;
	size_t count, mask; /* mask + 1 slots; slots is NULL while empty */
	size_t record_size;
	size_t bytes; /* keys and records, for limits */
};

void table_init(struct table *t, size_t record_size);
/* Frees the records as well; what they own is the caller's to free before. */
void table_release(struct table *t);
void table_clear(struct table *t);
void *table_get(const struct table *t, struct span key); /* NULL when absent */
void *table_put(struct table *t, struct span key, bool *is_new);
/* The same with hash_bytes(key) already at hand. */
void *table_get_hashed(const struct table *t, struct span key, uint64_t hash);
void *table_put_hashed(struct table *t, struct span key, uint64_t hash, bool *is_new);
void table_remove(struct table *t, void *record);
/* Each record once, in no promised order; *at starts at 0. Nothing may be put or removed meanwhile. */
void *table_next(const struct table *t, size_t *at);
struct span table_key(const void *record);

#endif
