/*
 * kernel: the parts of doc that differ between instruction sets.
 *
 * scan is stage 1: it fills at (which has room for every byte of the text and 64 words more), has_escapes and has_high,
 * and returns the number of offsets. *control becomes true when a bare control byte stands in a
 * string or the last string does not end. Which tokens follow each other is not looked at.
 *
 * is_utf8 is utf8_check without the place.
 */
#ifndef JSON_KERNEL_H
#define JSON_KERNEL_H

#include "json/doc.h"

uint32_t kernel_portable_scan(struct doc *d, bool *control);
bool kernel_portable_is_utf8(struct span text);
/* On x86-64 only. */
uint32_t kernel_avx2_scan(struct doc *d, bool *control);
bool kernel_avx2_is_utf8(struct span text);
uint32_t kernel_avx512_scan(struct doc *d, bool *control);

#endif
