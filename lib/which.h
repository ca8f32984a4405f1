/* SPDX-License-Identifier: MIT */
/*
 * which: where a program is that is named as a shell would name it.
 */
#ifndef JOBDIR_WHICH_H
#define JOBDIR_WHICH_H

/*
 * file as it is when it holds a '/', else the first of path (':' between; NULL: a
 * default) that has it, malloc'd. NULL+errno: ENOENT not found, EACCES found, but
 * nothing to execute.
 */
char *which(const char *file, const char *path);

#endif
