/* SPDX-License-Identifier: MIT */
/*
 * checkjudge: the checks that run nothing: scope, size, number of files, and what the agent's
 * own run says. Decided by what is recorded, never by a model. Pure.
 */
#ifndef JOBDIR_CHECKJUDGE_H
#define JOBDIR_CHECKJUDGE_H

#include "change.h"
#include "checkrec.h"
#include "checkspec.h"

/* Scope, then size, then number of files: those that are asked for. change NULL: none is known. */
int checkjudge_change(struct checkround *r, const struct checkspec *s, const struct change *c);

/*
 * The result signals: exit and report are exit.json and result.json of the attempt (empty
 * documents where it has none); change as above; wanted: a change was asked for. tree: where
 * the agent worked, for denials.
 */
int checkjudge_agent(struct checkround *r, const struct checkspec *s, const struct json *exit,
	const struct json *report, const struct change *c, bool wanted, const char *tree);

#endif
