/* SPDX-License-Identifier: MIT */
/*
 * wake: being told that something happened in a directory (inotify behind an
 * interface; dnotify for who is there in numbers). Order for every user:
 * wake_add, then look, then wake_read or poll. Closing an inotify descriptor takes milliseconds: answer first, let
 * exit close it; where only one end is awaited, block on the lock instead.
 */
#ifndef JOBDIR_WAKE_H
#define JOBDIR_WAKE_H

#include <stdint.h>

enum wake_flags {
	WAKE_APPEAR = 1 << 0,	/* a name was created, linked or moved in */
	WAKE_WRITER_GONE = 1 << 1, /* a descriptor open for writing was closed */
	WAKE_MODIFY = 1 << 2,	/* a file was written */
	WAKE_GONE = 1 << 3,	/* a name was removed or moved away */
};

/*
 * For long-lived processes that wait for names in one directory: SIGIO (to be
 * taken by a signalfd) whenever one is created, linked or moved in. No name
 * comes with it: look. Unlike inotify, of which a user has 128 by default, this
 * costs no instance, so a thousand queued jobs can each have it, and the
 * descriptor closes at once. dirfd must stay open. 0 or -1+errno.
 */
int wake_signal(int dirfd);

int wake_open(void);				/* fd to poll, or -1 */
/* Watch an open directory or file; token or -1. */
int wake_add(int wake, int fd, int flags);
int wake_remove(int wake, int token);
/*
 * Take what is queued, without blocking: calls fn(token, flag, name) for
 * each (name "" for a file). An overflow is reported with token -1: look at
 * everything again. Number of events, 0 none, -1 errno.
 */
int wake_read(int wake, void (*fn)(int token, int flag, const char *name, void *arg), void *arg);

#endif
