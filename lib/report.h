/* SPDX-License-Identifier: MIT */
/*
 * report: a verdict as JSON, for tools and for result.json. What the agent
 * wrote is foreign text: cleaned, cut, and said to be cut with the place where
 * the whole is.
 */
#ifndef JOBDIR_REPORT_H
#define JOBDIR_REPORT_H

#include "verdict.h"

struct jsonw;

/* How much of it: bytes of one text, elements of one list, files of the change. */
struct report_limits {
	size_t text, list, files;
};

/*
 * The members result_status, why, summary, result, files, files_total, stat,
 * warnings (no braces). plan: the answer of jobdir-apply's preview, or NULL.
 */
void report_write(struct jsonw *w, const struct verdict *v, const struct report_limits *l);

/* Members plan and preview_token, from the answer of a preview. */
void report_plan(struct jsonw *w, const struct json *answer, const struct report_limits *l);

/* The member next_actions. cwd as the caller said it; plan may be NULL. */
void report_actions(struct jsonw *w, const struct verdict *v, const char *cwd,
	const struct json *plan);
/* The member interaction {headline, state, next_step}. */
void report_interaction(struct jsonw *w, const struct verdict *v, const struct json *plan);

#endif
