/* SPDX-License-Identifier: MIT */
/*
 * landanswer: what apply says about a landing, as one JSON object under 10 kB
 * (a patch that was asked for may add to that) with totals and a way to page.
 */
#ifndef JOBDIR_LANDANSWER_H
#define JOBDIR_LANDANSWER_H

#include "land.h"

struct job_status;

enum land_said { LAND_PREVIEW, LAND_LANDED, LAND_REFUSED };

struct land_show {
	enum land_said said;
	enum answer_code code;		/* LAND_REFUSED: why … */
	const char *message, *hint;
	size_t offset;			/* of planned_changes, conflicts and applied_files */
	bool patch;			/* include the patch … */
	size_t patch_max;		/* … if it has no more bytes than this */
	bool cleaned;
	bool worker;			/* asked by a tool of the worker's */
	const struct job_status *status;
	const struct journal_report *report;
	const char *warning;		/* one more, or NULL */
};

#define LAND_PATCH_DEFAULT 4000
#define LAND_PATCH_MAX 40000		/* callers cut longer answers in the middle */

void land_answer(struct buf *out, const struct land *l, const struct land_show *s);

/* The members diff_stat, planned_changes, conflicts, total, conflicts_total, next_offset of l's plan. */
void land_answer_plan(struct jsonw *w, const struct land *l, size_t offset, size_t bytes);

#endif
