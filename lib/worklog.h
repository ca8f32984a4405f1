/* SPDX-License-Identifier: MIT */
/*
 * worklog: a piece of a job's log for an answer: the last lines, or from an
 * offset on.
 */
#ifndef JOBDIR_WORKLOG_H
#define JOBDIR_WORKLOG_H

#include <stdint.h>

struct jsonw;

#define WORKLOG_LINES 40

/*
 * Members text, offset, total (bytes) and next_offset (null: all was given). offset -1: the
 * last `lines` lines; else at most that many from there. Never more than a page
 * (page.h). 0; -1+EINVAL for an offset beyond the end, or -1+errno.
 */
int worklog(struct jsonw *w, int jobfd, int64_t offset, int64_t lines);

#endif
