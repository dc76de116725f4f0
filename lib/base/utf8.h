/* utf8: validity as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* Offset of the first byte of the first invalid sequence, or s.n when all is valid. */
size_t utf8_check(struct span s);
/* Writes the 1 to 4 bytes of a code point; returns their count. */
size_t utf8_put(char out[4], uint32_t code);
/* Columns on a terminal: wide characters two, combining marks none. Invalid bytes count one each. */
size_t utf8_width(struct span s);
/* Reads one code point; returns its length in bytes, 0 when invalid or at the end. */
size_t utf8_get(struct span s, uint32_t *code);

#endif
