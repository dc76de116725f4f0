/* memory: how much a program may use when nobody says. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include "base/base.h"

/* A quarter of the smallest of RAM, the cgroup's limit (v2) and RLIMIT_AS; bytes. */
uint64_t memory_default(void);

#endif
