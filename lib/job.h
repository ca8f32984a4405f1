/* SPDX-License-Identifier: MIT */
/*
 * job: the job directory, whole. Only these modules know the names of files
 * inside a job and under the state root; state-layout.md describes them.
 *
 *	jobname		ids, file names, workspace slugs
 *	jobroot		the state root, and which jobs are in it
 *	jobopen		one job and its job.json
 *	jobreap		ending what a dead supervisor left
 *	jobstate	where a job stands; end.json, state.json, events, phase
 */
#ifndef JOBDIR_JOB_H
#define JOBDIR_JOB_H

#include "jobname.h"
#include "jobopen.h"
#include "jobreap.h"
#include "jobroot.h"
#include "jobstate.h"

#endif
