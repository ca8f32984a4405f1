/* SPDX-License-Identifier: MIT */
/*
 * copytree: a copy of a directory: files, directories and symbolic links with their modes and
 * times of change. Contents are shared where the file system can (reflink), else copied.
 * Sockets, pipes and devices are left out. Nobody may be at work in it.
 */
#ifndef JOBDIR_COPYTREE_H
#define JOBDIR_COPYTREE_H

enum copytree_flags {
	COPYTREE_OBJECTS = 1 << 0,	/* a repository of ours: its objects, never written again, are linked */
	COPYTREE_SYNC = 1 << 1,		/* each file durable */
};

/* from below fromfd becomes to below tofd, which is absent. 0, or -1+errno (a part may be there). */
int copytree(int fromfd, const char *from, int tofd, const char *to, int flags);

#endif
