/* SPDX-License-Identifier: MIT */
/*
 * reportnext: what to do with the result of a job. Only tools that exist here
 * are named, with arguments that fit them; landing is never suggested, only
 * its preview.
 */
#ifndef JOBDIR_REPORTNEXT_H
#define JOBDIR_REPORTNEXT_H

#include "verdict.h"

struct jsonw;

/* The member next_actions. cwd as the caller said it; plan may be NULL. */
void report_actions(struct jsonw *w, const struct verdict *v, const char *cwd,
	const struct json *plan);
/* The member interaction {headline, state, next_step}. */
void report_interaction(struct jsonw *w, const struct verdict *v, const struct json *plan);

#endif
