/* SPDX-License-Identifier: MIT */
/*
 * numbered: records that are only added: WHAT-1.json, WHAT-2.json, … Each is written once.
 */
#ifndef JOBDIR_NUMBERED_H
#define JOBDIR_NUMBERED_H

struct buf;

/* Write the next one. A number is used once. 0 or -1+errno. */
int numbered_put(int dirfd, const char *what, const struct buf *text);

#endif
