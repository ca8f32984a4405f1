/* SPDX-License-Identifier: MIT */
/*
 * sensitive: which files of a directory the sensitive-file policy hides. The patterns
 * are those of prompts/profiles.json, member `sensitive`: "./NAME" at the top,
 * with two stars as the first component at any depth, with two stars as the last a
 * whole directory; NAME may hold *, ? and [].
 */
#ifndef JOBDIR_SENSITIVE_H
#define JOBDIR_SENSITIVE_H

#include <stddef.h>
#include "json.h"

struct buf;

/*
 * Visit all below dirfd, telling found() each file or directory (relative path; -1
 * stops, with its errno). No link is followed; what is below something found is not
 * visited, nor is any .git. level: off, default, strict; NULL is default. What this user
 * cannot read is passed over: the agent cannot either. 0; -1+errno, EINVAL with why: no
 * such level.
 */
int sensitive_find(const struct json *profiles, const char *level, int dirfd,
	int (*found)(void *arg, const char *path), void *arg, struct buf *why);

#endif
