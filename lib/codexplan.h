/* SPDX-License-Identifier: MIT */
/*
 * codexplan: what this installation, this environment and the section that is
 * there already say should stand in a server's section.
 */
#ifndef JOBDIR_CODEXPLAN_H
#define JOBDIR_CODEXPLAN_H

#include <stddef.h>

struct buf;
struct codexconf;
struct codexedit;

/*
 * Fill c (its strings are malloc'd, but for name and others, which is lines in
 * OTHERS). e, the section before, may be NULL; what the environment does not say
 * is kept from it. roots: directories to allow besides. 0; or -1 with why: EINVAL a
 * directory that may not be allowed, ENOENT the server is not installed.
 */
int codexplan_fill(struct codexconf *c, const struct codexedit *e, char *const *roots, size_t n,
	struct buf *others, struct buf *why);
void codexplan_release(struct codexconf *c);

/* CODEX_CLAUDE_ALLOW_ROOTS with more in it, malloc'd; NULL with why (EINVAL). */
char *codexplan_roots(const struct codexedit *e, char *const *more, size_t n, struct buf *why);

/* malloc'd path of .codex/config.toml of the project that we are in; NULL with why. */
char *codexplan_project(struct buf *why);

#endif
