/* SPDX-License-Identifier: MIT */
/*
 * report: a verdict as JSON, for tools and for result.json. What the agent
 * wrote is foreign text: cleaned, cut, and said to be cut with the place where
 * the whole is.
 */
#ifndef JOBDIR_REPORT_H
#define JOBDIR_REPORT_H

#include "verdict.h"
#include "reportcut.h"

struct jsonw;

/*
 * The members result_status, why, summary, result, files, files_total, stat,
 * warnings (no braces).
 */
void report_write(struct jsonw *w, const struct verdict *v, const struct report_limits *l);

/* Members plan and preview_token, from the answer of a preview. */
void report_plan(struct jsonw *w, const struct json *answer, const struct report_limits *l);

#endif
