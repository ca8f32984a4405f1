/* SPDX-License-Identifier: MIT */
/*
 * sealedblob: one version of a file as it is sealed in ctl.git.
 */
#ifndef JOBDIR_SEALEDBLOB_H
#define JOBDIR_SEALEDBLOB_H

#include "git.h"
#include "plan.h"

#define SEALEDBLOB_MAX ((size_t)1 << 30)	/* a larger one is EFBIG */

/* Its bytes (appended) and what it is. Nothing for mode 0 and submodules. 0 or -1+errno. */
int sealedblob_read(struct git_cat *cat, unsigned mode, const char *oid, struct buf *bytes,
	struct plan_thing *t);

#endif
