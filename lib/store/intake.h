/*
 * intake: a source that gives no lines: the bytes of a file go into a packer, decompressed if they are an archive.
 *
 * It lets the driver look at signals, progress and limits after each MiB. After a stop it ends where it is.
 */
#ifndef STORE_INTAKE_H
#define STORE_INTAKE_H

#include "event/source.h"
#include "store/packer.h"

/* path "-" is standard input. The packer is borrowed. NULL and err. */
struct source *intake_open(const char *path, struct packer *packer, struct err *err);

#endif
