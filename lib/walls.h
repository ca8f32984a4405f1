/* SPDX-License-Identifier: MIT */
/*
 * walls: a mount namespace in which everything is read-only but for what a
 * policy names, with a /tmp and a /dev/shm of its own, and with files that are
 * not to be read hidden behind others; its terminals, System V memory and message
 * queues are its own too. Made by the process that is about to become the
 * program, in a user namespace of its own unless it has the capability already.
 *
 * This is what Landlock cannot do, or not on an older kernel: refuse to truncate
 * (ABI 3), to change modes and times, and to read one file of a directory that
 * may be read.
 */
#ifndef JOBDIR_WALLS_H
#define JOBDIR_WALLS_H

#include <stdbool.h>
#include <stddef.h>

struct policy;

/*
 * Enter. What policy allows to write stays writable, what it masks can no longer be
 * opened. The user keeps his uid and gid. The current directory is entered
 * anew, because the old one is of the old mounts: so are all open descriptors,
 * which the caller closes. 0; 1: this system gives no such namespace, all is as
 * before; -1+errno, stage names what failed: then this process may be half way
 * and must not go on.
 */
int walls_enter(const struct policy *policy, const char **stage);

/* Can it be done here? Tried in a child. */
bool walls_available(void);

/* No capability is left, and none comes back with exec, whatever the uid. 0 or -1+errno. */
int walls_drop_capabilities(void);

#endif
