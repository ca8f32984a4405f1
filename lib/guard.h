/* SPDX-License-Identifier: MIT */
/*
 * guard: which directories may be worked in (delegate.md 6.1), and whether a
 * file named by a request lies below one (6.2).
 */
#ifndef JOBDIR_GUARD_H
#define JOBDIR_GUARD_H

#include <stdbool.h>

struct buf;

/*
 * Open and judge a working directory. *path gets its malloc'd absolute,
 * symlink-free path. Returns a descriptor, or -1 with why saying what is
 * wrong and what would be right (errno EPERM: refused by policy).
 * Allow roots: $CODEX_CLAUDE_ALLOW_ROOTS (':' or ','), else $HOME/projects,
 * $HOME/work, $HOME/codex-claude.
 */
int guard_cwd(const char *cwd, char **path, struct buf *why);

/* For people at a terminal (spawn, task without --tool): any directory but the dangerous roots. */
int guard_cwd_person(const char *cwd, char **path, struct buf *why);

/*
 * For the worker's tools: where $SANDBOX_ROOT really is, malloc'd; or NULL with why (EPERM: it is
 * not set, or is "/", which would be no sandbox).
 */
char *guard_sandbox_root(struct buf *why);
/* As guard_cwd(), but below $SANDBOX_ROOT, or that itself; dir must be absolute. */
int guard_sandbox(const char *dir, char **path, struct buf *why);

/*
 * A file of a request, relative to cwd or absolute: must resolve (as far as it
 * exists) to cwd or below. *rel gets the malloc'd path relative to cwd.
 */
int guard_file(int cwd_fd, const char *cwd, const char *file, char **rel, struct buf *why);

#endif
