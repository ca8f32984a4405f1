/* SPDX-License-Identifier: MIT */
/*
 * eventw: the writing half of event.h: the records of a run, from its facts.
 */
#ifndef JOBDIR_EVENTW_H
#define JOBDIR_EVENTW_H

#include "event.h"

struct jsonw;
struct usage;

/* Members of exit.json, without braces: result … denials. */
void event_write_exit(struct jsonw *w, const struct event_facts *f);
/*
 * The whole objects of usage.json and result.json; without a result line, nulls.
 * before (may be NULL): what earlier runs of the same session used.
 * text: the last words, null where they only repeat the structured output.
 */
void event_write_usage(struct jsonw *w, const struct event_facts *f, const struct usage *before);
void event_write_result(struct jsonw *w, const struct event_facts *f);

#endif
