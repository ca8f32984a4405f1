/* SPDX-License-Identifier: MIT */
/*
 * show: a job for people: short ages, safe text, and the whole of one job.
 */
#ifndef JOBDIR_SHOW_H
#define JOBDIR_SHOW_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct job;
struct job_status;
struct jsonw;

/* "850ms", "12s", "3m", "2h", "5d"; negative: "-". */
void show_duration(char out[24], int64_t ms);

/*
 * Append text that somebody else wrote as one piece of a line: control
 * characters, also the C1 ones, become '?'. NULL: "-".
 */
int show_text(struct buf *out, const char *s);

/* The whole job: lines of "name  value", or one JSON object. -1+errno. */
int show_job(struct buf *out, struct job *j, const struct job_status *st);
int show_job_json(struct jsonw *w, struct job *j, const struct job_status *st);

/* What the log or another file of a job shows on a terminal: newline and tab stay. */
void show_terminal(char *p, size_t len);

/* A place for text that goes to a terminal afterwards; -1+errno. Its bytes, so made, to fd: 0 or -1. */
int show_keep(void);
int show_kept(int kept, int fd);

#endif
