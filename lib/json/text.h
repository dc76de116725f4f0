/*
 * text: JSON strings and the bytes they stand for.
 *
 * "Raw" is the string as written, with its quotes; "decoded" is what it means, in UTF-8. A lone surrogate
 * escape decodes to U+FFFD, which is what jq shows; the raw bytes keep it.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

/* Decoded bytes: inside raw itself when it has no backslash, else copied into the arena. */
struct span text_decode(struct span raw, struct arena *a);
/* As text_decode, always appended to b. */
void text_decode_to(struct buf *b, struct span raw);
/* Does raw mean exactly these bytes? No copy is made. */
bool text_equals(struct span raw, struct span decoded);
/* Order of the decoded bytes, as span_compare. */
int text_compare(struct span raw_a, struct span raw_b);
/*
 * Appends the string that means these bytes, quoted: \" \\ \b \f \n \r \t, \u00XX for other controls and
 * DEL, all else as it is. Invalid UTF-8 becomes U+FFFD, one for each byte.
 */
void text_put(struct buf *b, struct span decoded);

#endif
