/*
 * kernel: the ways through stage 1 of doc, one for each instruction set.
 *
 * Each fills at (which has room for every byte of the text and 16 words more), has_escapes and has_high,
 * and returns the number of offsets. *control becomes true when a bare control byte stands in a
 * string or the last string does not end. Which tokens follow each other is not looked at.
 */
#ifndef JSON_KERNEL_H
#define JSON_KERNEL_H

#include "json/doc.h"

uint32_t kernel_avx2_scan(struct doc *d, bool *control); /* x86-64 only */
uint32_t kernel_portable_scan(struct doc *d, bool *control);

#endif
