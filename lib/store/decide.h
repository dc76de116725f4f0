/*
 * decide: may this batch be appended? The table of expected versions.
 *
 * The stream has actual events (0: there is no such stream); versions count from 1. The writer expects
 *
 *	any      nothing in particular
 *	none     no such stream, or one that was deleted; version 0 is read as none
 *	exists   one event at least
 *	N        exactly version N, which it has loaded
 *
 * Of the batch's events some are new, some are stored already ("known": same identity, same bytes, same stream), some
 * conflict (same identity, but other bytes or another stream).
 *
 *	expected      stream at       batch                            answer
 *	any, exists   (exists: >= 1)  all new                          append
 *	              (exists: >= 1)  all known                        known
 *	              (exists: >= 1)  new and known                    partly
 *	exists        0               all known                        known: a retry, the stream was deleted since
 *	exists        0               anything else                    version
 *	N             N               all new                          append
 *	N             N               all known                        known
 *	N             N               new and known                    partly
 *	N             > N             all known, the i-th at N+1+i     known: a retry
 *	none          > 0             all known, the i-th at H+1+i     known: a retry, with any H up to the last version
 *	                                                               that a delete has hidden
 *	N             > N             anything else                    version
 *	N             < N             -                                version
 *	any           any             a conflict                       conflict; version goes first
 *	any           any             no events                        known: a check of the version alone
 *
 * What was expected when a batch was stored is not kept, so none cannot tell after which delete that was; batch.c finds H.
 *
 * After KurrentDB (src/KurrentDB.Core/Services/Storage/ReaderIndex/IndexWriter.cs: CheckCommit), with three
 * differences: known events at version N are not stored again, a batch that is partly known is a conflict of its own, and
 * a retry of what was appended with exists is one also after a delete.
 */
#ifndef STORE_DECIDE_H
#define STORE_DECIDE_H

#include "base/err.h"
#include "base/span.h"

enum decide_kind { DECIDE_ANY, DECIDE_NONE, DECIDE_EXISTS, DECIDE_EXACT };

struct decide_expect {
	enum decide_kind kind;
	int64_t version; /* of DECIDE_EXACT */
};

struct decide_facts {
	int64_t actual;
	size_t fresh, known, conflicts;
	bool in_place; /* every event is known, the i-th at expected version + 1 + i; or, of none, at H + 1 + i */
};

enum decide_answer {
	DECIDE_APPEND,
	DECIDE_KNOWN,
	DECIDE_VERSION,
	DECIDE_PARTLY,
	DECIDE_CONFLICT,
};

enum decide_answer decide(struct decide_expect expect, struct decide_facts facts);
/* "any", "none", "exists" or a number. */
int decide_parse(struct span text, struct decide_expect *out, struct err *err);
/* The version that the first event of a batch would follow; -1 where any will do. */
int64_t decide_version(struct decide_expect expect);
/* How the expectation is called in messages; out holds at least 24 bytes. */
const char *decide_text(struct decide_expect expect, char out[24]);

#endif
