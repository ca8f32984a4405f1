/* SPDX-License-Identifier: MIT */
/*
 * fold: names that some file system takes for the same, or for git's own.
 * Pure.
 */
#ifndef JOBDIR_FOLD_H
#define JOBDIR_FOLD_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Append the form in which two names are equal if a case-insensitive or
 * normalising file system would take them for the same: case folding and
 * canonical decomposition (marks in canonical order) of UTF-8; bytes that are not UTF-8 stay. '/' stays.
 */
int fold_name(struct buf *out, const char *p, size_t len);

/*
 * One path component that is ".git" to some file system: any case, with
 * characters HFS+ ignores, with the endings and the short name of NTFS, or
 * after a backslash.
 */
bool fold_is_dotgit(const char *name, size_t len);

/* The same for ".gitmodules", which as a symlink git itself refuses. */
bool fold_is_gitmodules(const char *name, size_t len);

#endif
