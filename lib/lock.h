/* SPDX-License-Identifier: MIT */
/*
 * lock: open-file-description locks (F_OFD_*), whole file. Never classic
 * POSIX locks (any close drops them), never flock(2) (it does not see these),
 * never unlinked while others may wait. The lock belongs to the open file
 * description: a forked child shares it, an exec'd one only if the descriptor
 * is not close-on-exec. struct flock is re-initialised for every call: GETLK
 * leaves l_pid == -1 and the next call would fail with EINVAL.
 */
#ifndef JOBDIR_LOCK_H
#define JOBDIR_LOCK_H

#include <stdbool.h>

/* Open (creating) a lock file for writing, O_CLOEXEC|O_NOFOLLOW; fd or -1. */
int lock_open(int dirfd, const char *name);

/* 0 taken; 1 somebody else holds a conflicting one; -1 errno. */
int lock_try(int fd, bool exclusive);
/* Block. 0, or -1 with errno EINTR when a handler without SA_RESTART ran. */
int lock_wait(int fd, bool exclusive);
int lock_drop(int fd);

/*
 * Probe without side effect, with a read-lock request (so that waiters'
 * read locks do not look like a living supervisor): 1 a write lock is held,
 * 0 free, -1 errno. Works on a read-only descriptor.
 */
int lock_held(int fd);

/*
 * Does locking work on the file system of this directory? Lock, fork, probe
 * from a second open file. 1 yes, 0 no, -1 errno. (R1.9)
 */
int lock_works(int dirfd);

#endif
