/* SPDX-License-Identifier: MIT */
/*
 * cachemount: a directory of the user's that a program may write without writing it:
 * what changes goes to a directory of its own (overlayfs).
 */
#ifndef JOBDIR_CACHEMOUNT_H
#define JOBDIR_CACHEMOUNT_H

/*
 * In a mount namespace of one's own. own: made if it is absent, for what changes; where
 * the file system it is on cannot carry that, memory is mounted there and the changes end
 * with the program. A mount to be put over path, or -1+errno: not to be had.
 */
int cachemount_open(const char *path, const char *own);

#endif
