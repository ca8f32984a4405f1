/* SPDX-License-Identifier: MIT */
/*
 * bind: directories and files of the host, read-only, in the mount namespace of a job.
 */
#ifndef JOBDIR_BIND_H
#define JOBDIR_BIND_H

#include <stddef.h>

struct tree_share;

/*
 * Enter the namespaces (userns -1: none) and bind every source on its target,
 * read-only, nosuid, nodev, with what is mounted below it. Both paths are opened
 * without following any link. The process has left its own mount namespace
 * after this: for a child that ends then. Linux 5.12. 0 or -1+errno; what was
 * bound before a failure stays bound.
 */
int bind_shares(int userns, int mntns, const struct tree_share *list, size_t n);

/* The same for one file. Done before: nothing happens. */
int bind_file(int userns, int mntns, const struct tree_share *s);

#endif
