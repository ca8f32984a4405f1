/* SPDX-License-Identifier: MIT */
/*
 * askmodel: one question to the cheap model: the primary gateway, a few times where that
 * may help (429, 5xx, no connection; Retry-After respected), then the fallback. A streamed answer
 * that has begun is never begun again. Each request leaves a metric line. Links libcurl.
 */
#ifndef JOBDIR_ASKMODEL_H
#define JOBDIR_ASKMODEL_H

#include "analyze.h"

struct askmodel {
	/* the caller's */
	struct analyze *files;
	const char *question, *schema, *model;	/* model NULL: the configured one */
	const char *route;			/* primary, fallback; NULL: both */
	int64_t max_tokens;
	int64_t deadline_ms;			/* clock_boot_ms() */
	void (*told)(const char *text, size_t n, void *arg);	/* not NULL: a streamed answer */
	void *arg;
	/* the answer */
	struct analyze_answer answer;
	const char *used;			/* the route that answered */
	char *used_model;
};

/* The primary gateway's model and URL as configured, or NULL. */
const char *askmodel_model(void);
const char *askmodel_url(void);

/* secrets: envfile_secrets(). 0; -1 with why: one sentence, without a key. */
int askmodel(struct askmodel *m, const struct buf *secrets, struct buf *why);

#endif
