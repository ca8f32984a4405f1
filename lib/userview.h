/* SPDX-License-Identifier: MIT */
/*
 * userview: the person's own workspace as git sees it there, without touching
 * it. git runs on a scratch repository of ours (so no hook, filter, fsmonitor
 * or driver of that repository can run) with the person's objects borrowed, a
 * copy of their index, their exclude and attribute files, and those of their
 * settings that say what counts as a difference.
 */
#ifndef JOBDIR_USERVIEW_H
#define JOBDIR_USERVIEW_H

#include "git.h"

struct userview {
	struct git g;			/* git_dir, work_tree, index, config all set */
	/* private */
	char *dir, *git_dir, *index;
	char **config;
};

int userview_open(struct userview *v, const struct git_repo *r, struct buf *why);
void userview_close(struct userview *v);

#endif
