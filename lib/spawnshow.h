/* SPDX-License-Identifier: MIT */
/*
 * spawnshow: a job that is not made: the directory, the exact argument vector and the job.json
 * that it would have.
 */
#ifndef JOBDIR_SPAWNSHOW_H
#define JOBDIR_SPAWNSHOW_H

struct buf;
struct joborder;

/* Appended to out, for people. 0; -1 with why or errno. */
int spawnshow(struct buf *out, const struct joborder *o, const char *request, struct buf *why);

#endif
