/* SPDX-License-Identifier: MIT */
/*
 * analyzerun: an answer about files, from the cache or from the model, as one
 * JSON object: {answer, cached, complete, model, route, files, bytes, usage}.
 */
#ifndef JOBDIR_ANALYZERUN_H
#define JOBDIR_ANALYZERUN_H

#include "askmodel.h"

struct analyzerun {
	struct analyze files;
	struct askmodel ask;
	int64_t ttl_ms;			/* 0: neither from the cache nor into it */
};

/* What is kept of an answer, redacted; *cached says where it came from. 0; -1 with why. */
int analyzerun(struct analyzerun *c, struct buf *out, bool *cached, struct buf *why);

/* The object for a caller; at most max bytes of the answer. */
void analyzerun_json(const struct buf *kept, bool cached, size_t max, struct buf *out);

#endif
