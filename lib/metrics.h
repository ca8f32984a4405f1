/* SPDX-License-Identifier: MIT */
/*
 * metrics: one model request as one JSON line; the only code that knows the
 * members. Such lines stand in JOB/metrics.jsonl and, for all jobs, in
 * $WORKER_METRICS_FILE. Writing appends one whole line with one write(2), so
 * that many gateways may share a file; a reader skips a line it cannot read.
 */
#ifndef JOBDIR_METRICS_H
#define JOBDIR_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define METRIC_UNKNOWN (-1)	/* of a number: written as null */

struct metric {
	const char *time;		/* RFC 3339, when the answer was complete; NULL: now */
	const char *job;		/* its id; NULL: none */
	int attempt;			/* the job's, from 1; 0: none */
	const char *route;		/* who answered: "primary", "fallback" */
	const char *model;		/* as asked of that route */
	int status;			/* HTTP status; 0: no answer came */
	int64_t input_tokens;		/* all of the prompt, the cached ones included */
	int64_t cached_tokens;		/* of those, read from the provider's cache */
	int64_t output_tokens;		/* all that was generated, reasoning included */
	int64_t reasoning_tokens;	/* of those */
	int64_t first_byte_ms, total_ms;
	int retries;			/* requests before this one that failed */
};

/* All numbers unknown, all strings NULL. */
void metric_init(struct metric *m);
/* The line with its newline. 0 or -1+ENOMEM. */
int metric_write(struct buf *out, const struct metric *m);
/*
 * Append to a file (made 0600 if absent; no symlink, no FIFO). dirfd with a plain name, or
 * AT_FDCWD with an absolute path. 0 or -1+errno.
 */
int metric_append(int dirfd, const char *path, const struct metric *m);

/*
 * Read one line (len bytes, no newline). The strings of m then point into
 * *keep, which the caller releases. 0; -1+EINVAL: not such a line; -1+ENOMEM.
 */
int metric_parse(struct metric *m, const char *line, size_t len, struct buf *keep);
/* Call fn for every good line of an open file; bad ones are counted. 0, fn's non-zero, or -1+errno. */
int metric_each(int fd, int (*fn)(const struct metric *m, void *arg), void *arg, int64_t *bad);

#endif
