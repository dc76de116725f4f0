/*
 * outlet: one output, a topic's file or fifo or a command, with the lines that wait for it.
 *
 * An outlet knows nothing of others; sink.h keeps many. After a failure err names the outlet, and it is the
 * caller's to shut it.
 */
#ifndef CLI_OUTLET_H
#define CLI_OUTLET_H

#include "base/span.h"
#include "cli/child.h"
#include "io/writer.h"

enum outlet_state {
	OUTLET_CLOSED,
	OUTLET_OPEN,
	OUTLET_WAITING, /* a fifo without a reader: lines gather */
	OUTLET_DEAD,    /* it failed; set by the caller */
};

/* Owns its texts. */
struct outlet {
	enum outlet_state state;
	char *name;    /* for messages */
	char *topic;   /* of a command: for EV_TOPIC */
	char *command; /* NULL: a topic */
	int64_t partition;
	bool is_pipe;      /* a fifo or a command; known from the first opening on */
	struct writer out; /* while OPEN or WAITING */
	struct child child;
};

/* dir: the directory's name, for messages. */
void outlet_init_topic(struct outlet *o, const char *dir, struct span topic, int64_t partition);
void outlet_init_command(struct outlet *o, struct span command, struct span topic);
/* Frees; whatever is open is shut without writing. */
void outlet_release(struct outlet *o);
/* From CLOSED to OPEN, or to WAITING. dir: the directory's descriptor. */
int outlet_open(struct outlet *o, int dir, struct err *err);
/* From WAITING to OPEN if a reader has come. */
int outlet_retry(struct outlet *o, int dir, struct err *err);
/* Would take a write without blocking, at least a part of it. */
bool outlet_has_room(const struct outlet *o);
/* Closes; the lines that wait are gone. A command goes on until outlet_wait. */
int outlet_shut(struct outlet *o, enum outlet_state state, struct err *err);
/* Waits for the command's end; -1 when it failed. */
int outlet_wait(struct outlet *o, struct err *err);
/* A reader of the fifo that waits for a first writer gets the end of file. Makes nothing. */
void outlet_end_reader(const struct outlet *o, int dir);

#endif
