/* SPDX-License-Identifier: MIT */
/*
 * summary: the objects that several tools answer with, written one way.
 */
#ifndef JOBDIR_SUMMARY_H
#define JOBDIR_SUMMARY_H

#include "job.h"

struct jsonw;

/*
 * The object {job_id, type, status, result_status?, cwd, created_at,
 * started_at?, ended_at?, age_ms, phase?, recipe, name?, summary?, error?,
 * job_dir}. result_status and summary come from result.json when it is there.
 * type: query, review, implement for the recipes read, review, write; else
 * the recipe's name. status is job_state_name().
 */
int summary_job(struct jsonw *w, struct job *j, const struct job_status *st);

#endif
