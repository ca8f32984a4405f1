/* SPDX-License-Identifier: MIT */
/*
 * storerm: taking a tree away that somebody else filled, perhaps to hinder
 * exactly this: directories of mode 000, links, endless depth.
 */
#ifndef JOBDIR_STORERM_H
#define JOBDIR_STORERM_H

/*
 * Remove a directory tree (or a file) below dirfd: never follows a symlink,
 * never leaves the file system of the tree, chmods directories that refuse,
 * goes on after an error and reports the first. Absent: success.
 * 0 or -1 with errno.
 */
int store_remove(int dirfd, const char *name);

/* As store_opendir(), also of a directory of ours that forbids it by its mode: that is changed. */
int store_opendir_ours(int dirfd, const char *name);

/*
 * Rename without replacing anything (EEXIST), also a directory of ours that forbids it by
 * its mode. 0 or -1 with errno.
 */
int store_move(int from, const char *name, int to, const char *as);

#endif
