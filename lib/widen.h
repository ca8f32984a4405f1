/* SPDX-License-Identifier: MIT */
/*
 * widen: one more directory to the allow roots in Codex's configuration, when a client asks
 * for it and its user, asked through it, says yes. Nobody else's word widens them.
 */
#ifndef JOBDIR_WIDEN_H
#define JOBDIR_WIDEN_H

struct buf;

/*
 * cwd: a directory that guard_cwd() refused. Append an object: config_path, changed,
 * answer, env_value, message (what to do next). 0, or -1+ENOMEM.
 */
int widen(struct buf *out, const char *cwd);

#endif
