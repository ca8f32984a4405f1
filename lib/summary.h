/* SPDX-License-Identifier: MIT */
/*
 * summary: the objects that several tools answer with, written one way.
 */
#ifndef JOBDIR_SUMMARY_H
#define JOBDIR_SUMMARY_H

#include "job.h"

struct buf;
struct jsonw;

/*
 * The object {job_id, type, status, cwd, created_at, started_at?, ended_at?,
 * updated_at, age_ms, took_ms?, phase?, recipe, name?, result_status?,
 * summary?, error?, job_dir}. result_status and summary come from result.json
 * when it is there. status is job_state_name(). 0 or -1+ENOMEM.
 */
int summary_job(struct jsonw *w, struct job *j, const struct job_status *st);

/* query, review, implement for the recipes read, review, write; else the recipe's name. */
const char *summary_type(const char *recipe);
/* result.json, parsed; 0, or -1 when it is absent or no object. The caller releases both. */
int summary_result(const struct job *j, struct buf *text, struct json *doc);
/* The phase of a job, malloc'd; NULL when it has none. */
char *summary_phase(const struct job *j);
/* In words: "failed: exit status 3", "running". */
int summary_words(struct buf *out, const struct job_status *st);
/*
 * Did the job do what was asked? Its state must be succeeded, and where an
 * agent was at work its result_status must be success; a missing result of
 * read, review or write is no success. *word gets a malloc'd result_status,
 * whatever the state, or NULL. 1 yes, 0 no.
 */
bool summary_good(struct job *j, const struct job_status *st, char **word);
/* Since it was made, never negative. */
int64_t summary_age_ms(const struct job_status *st);

#endif
