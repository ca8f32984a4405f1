/* SPDX-License-Identifier: MIT */
/*
 * scandef: what a scan works on (scan.h).
 */
#ifndef JOBDIR_SCANDEF_H
#define JOBDIR_SCANDEF_H

#include <pthread.h>

#include "change.h"
#include "dircache.h"
#include "ignore.h"
#include "index.h"
#include "treeinfo.h"

struct scan_item {
	char *path;
	struct index_entry *entry;	/* NULL: not in the base */
	bool refused;
};

struct scan {
	/* given by the caller, borrowed */
	const struct tree_info *info;
	struct change *change;		/* gets refused, special, ignored */
	struct index *index;
	struct ignore *ignore;
	const struct dircache *dirs;
	int tree;			/* the tree, open */
	/* the result */
	struct scan_item *items;	/* files and links that are new, or not certainly as recorded; by path */
	size_t n;
	/* index->e[i].seen: it is still there */
	pthread_mutex_t lock;		/* over everything but the look-ups in the index */
};

#endif
