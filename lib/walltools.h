/* SPDX-License-Identifier: MIT */
/*
 * walltools: the programs that a job may read and run besides the system's: the tool chains
 * below the home, by a list, and where variables say they are, and the program itself with what it belongs to. Part of
 * wallchain.h.
 */
#ifndef JOBDIR_WALLTOOLS_H
#define JOBDIR_WALLTOOLS_H

struct buf;
struct strv;

/* "option PATH" for where path really is; what is not there is left out. */
void walltools_place(struct strv *out, const char *option, const char *path);

/* The tool chains that are there, and the program (NULL: none): never a directory that holds the home. */
void walltools_add(struct strv *out, const char *program);

/*
 * --cache for each of JOBDIR_CACHES that is there, --cache-in with a directory of the job's
 * (made if absent), and --mask for what in them is known to be a login. 0; -1 with why.
 */
int walltools_caches(struct strv *out, int jobfd, const char *job, struct buf *why);

#endif
