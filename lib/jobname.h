/* SPDX-License-Identifier: MIT */
/*
 * jobname: the names of jobs and of the files inside one. Pure, but for the
 * random bits of a new id.
 */
#ifndef JOBDIR_JOBNAME_H
#define JOBDIR_JOBNAME_H

#include <stdbool.h>
#include <stdint.h>

#define JOB_ID_LEN 28			/* "job-20261121-095000-abcdefgh" */
#define JOB_FORMAT 1
#define JOB_RESERVE (64 << 10)

/* Names inside a job directory: the one list. */
#define JOB_JSON "job.json"
#define JOB_PROMPT "prompt.md"
#define JOB_STATE "state.json"
#define JOB_END "end.json"
#define JOB_END_RESERVE ".end"
#define JOB_ISOLATION "isolation.json"
#define JOB_EVENTS "events.jsonl"
#define JOB_LOCK "lock"
#define JOB_TREE_LOCK "tree.lock"
#define JOB_PHASE "phase"
#define JOB_LOG "log"
#define JOB_CANCEL "cancel"
#define JOB_INBOX "inbox"
#define JOB_TREE "tree"
#define JOB_TREE_INFO "tree.json"
#define JOB_CTL_GIT "ctl.git"
#define JOB_AGENT_GIT "agent.git"
#define JOB_HOME "home"
#define JOB_TMP "tmp"
#define JOB_CACHES "caches"
#define JOB_CHANGES "changes.json"
#define JOB_PATCH "changes.patch"
#define JOB_CHECKS "checks.json"
#define JOB_RESULT "result.json"
#define JOB_APPLY "apply"
#define JOB_METRICS "metrics.jsonl"
#define JOB_CONTINUED "continued-by"
#define JOB_SESSION "session.json"

/* A syntactically valid id: exactly the shape above. */
bool job_id_valid(const char *s);
/* A fresh id for the wall time given; id has room for JOB_ID_LEN + 1. */
int job_id_new(char *id, int64_t wall_ms);
/* "jobs/YYYYMMDD/ID" of a valid id into out (room for 64). */
void job_id_path(const char *id, char out[64]);

/* The workspace slug of a path (see state-layout.md); malloc'd. */
char *job_slug(const char *common_dir);

#endif
