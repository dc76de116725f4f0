/*
 * blame: where and why a text is not JSON.
 *
 * The fast index of doc only says no. This goes over the same text byte by byte, once, and names the
 * first byte that cannot be right; it is slow and need not be fast. It is also a second opinion: the
 * property tests hold doc, blame and a third parser to the same verdict.
 */
#ifndef JSON_BLAME_H
#define JSON_BLAME_H

#include "base/err.h"
#include "base/span.h"

/* -1 and err as doc_parse promises; 0 when the text is good JSON. Reads no byte past the end. */
int blame_find(struct span text, struct err *err);

#endif
