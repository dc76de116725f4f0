/*
 * place: where topics lie in a directory, opened so that no name leads out of it.
 *
 * Every step is relative to the directory's descriptor and follows no symbolic link. Only regular files and fifos
 * are taken. A fifo is never waited for here: without a reader there is no descriptor yet.
 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "base/err.h"

#define PLACE_SUFFIX ".ndjson"

struct place {
	int fd; /* O_APPEND; -1: a fifo without a reader */
	bool is_fifo;
};

/* The directory, made when missing (its parent must exist); its descriptor, or -1. */
int place_open(const char *dir, struct err *err);
/* TOPIC.ndjson, or TOPIC/PARTITION.ndjson when partition >= 0; made when missing. name is for messages. */
int place_open_topic(int dir, const char *topic, int64_t partition, const char *name,
	struct place *out, struct err *err);
/* The writing end if it is there, is a fifo and has a reader; else -1. Makes nothing. */
int place_open_fifo(int dir, const char *topic, int64_t partition);

#endif
