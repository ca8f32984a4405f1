/* SPDX-License-Identifier: MIT */
/*
 * job: the job directory. Only this module knows the names of files inside a
 * job and under the state root; state-layout.md describes them.
 */
#ifndef JOBDIR_JOB_H
#define JOBDIR_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "json.h"

struct buf;

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
#define JOB_CTL_GIT "ctl.git"
#define JOB_AGENT_GIT "agent.git"
#define JOB_HOME "home"
#define JOB_TMP "tmp"
#define JOB_CHANGES "changes.json"
#define JOB_PATCH "changes.patch"
#define JOB_CHECKS "checks.json"
#define JOB_RESULT "result.json"
#define JOB_APPLY "apply"
#define JOB_CONTINUED "continued-by"

enum job_state {
	JOB_QUEUED, JOB_RUNNING,
	JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELLED, JOB_TIMED_OUT, JOB_LOST,
};

/* One vocabulary: "queued", "running", "succeeded", … */
const char *job_state_name(enum job_state s);
int job_state_parse(const char *name, enum job_state *out);	/* 0 or -1 */
bool job_terminal(enum job_state s);

/* ---- the state root ---- */

struct root {
	int fd;				/* O_DIRECTORY|O_CLOEXEC (O_RDONLY) */
	char *path;			/* absolute */
};

/*
 * Open the state root; with make it is created (and jobs/, running/,
 * workspaces/, queue/, slots/, trash/, waits/ are created when first used, by
 * job_subdir). -1+errno; ENOENT without make: there are no jobs.
 */
int root_open(struct root *r, bool make);
void root_close(struct root *r);
/* Open (making it if make) a directory below the root, "queue" or "jobs/20261121". */
int root_dir(const struct root *r, const char *rel, bool make);

/* ---- ids ---- */

/* A syntactically valid id: exactly the shape above. */
bool job_id_valid(const char *s);
/* A fresh id for the wall time given; id has room for JOB_ID_LEN + 1. */
int job_id_new(char *id, int64_t wall_ms);
/* "jobs/YYYYMMDD/ID" of a valid id into out (room for 64). */
void job_id_path(const char *id, char out[64]);

/* ---- one job ---- */

struct job {
	int fd;				/* the job directory */
	char id[JOB_ID_LEN + 1];
	char *path;			/* absolute path, for children and messages */
	struct buf *text;		/* text of job.json */
	struct json doc;		/* parsed job.json; root node is 0 */
};

/*
 * Open a job named by a person or a request: an id, an unambiguous part of
 * one, a job directory, or (when it contains '/') a path to a job's tree.
 * Reads and checks job.json. Returns 0, or -1 with errno:
 *	ENOENT no such job		EINVAL not an id (bad characters, "../x")
 *	EMLINK the part is ambiguous	EPROTO unknown format
 *	EBADMSG job.json is damaged	EPERM owned by somebody else
 * job_open_why() words it: "no job 'x'".
 */
int job_open(struct job *j, const struct root *r, const char *name);
int job_open_id(struct job *j, const struct root *r, const char *id);	/* exact id, no search */
/* From an open directory (a recipe's own job). Takes the fd. path may be NULL. */
int job_open_fd(struct job *j, int fd, const char *path);
void job_close(struct job *j);
const char *job_open_why(int err);	/* "no such job", "ambiguous job id", … */

/* Shorthands into job.json; NULL/dflt when absent. Strings malloc'd. */
char *job_recipe(const struct job *j);
char *job_cwd(const struct job *j);
char *job_workspace_root(const struct job *j);	/* NULL: no repository */
char *job_workspace_prefix(const struct job *j);
int job_param(const struct job *j, const char *name);	/* node in j->doc or JSON_ABSENT */

/* ---- where it stands ---- */

struct job_status {
	enum job_state state;
	bool terminal;
	/* from end.json; -1 / NULL when not known */
	int code, signal;
	char *stage;
	char *message;
	char *created, *started, *ended;	/* stamps */
	int64_t duration_ms;
	/* from state.json while not terminal */
	int pid, supervisor_pid;
	char *since;
};

/*
 * Find out where a job stands, by the three steps of state-layout.md. A job
 * proved lost is recorded so (tried; the answer is the same if the put
 * fails), its leftover processes are ended through job_reap_lost(), and its
 * running/ entry removed. r may be NULL (then running/ is left). 0 or -1+errno.
 */
int job_status(struct job *j, const struct root *r, struct job_status *st);
void job_status_release(struct job_status *st);
/* Cheap variant: is it terminal? 1 yes (incl. lost), 0 no, -1 errno. */
int job_is_terminal(struct job *j, const struct root *r);

/* Write a {…} of job_status into w (members state, code, signal, stage, …, no braces). */
struct jsonw;
void job_status_write(struct jsonw *w, const struct job_status *st);

/* ---- writing (one function per file) ---- */

int job_put_end(int jobfd, const struct job_status *end, const char *by); /* 0, 1 existed, -1 */
int job_event(int jobfd, const char *json_members);	/* appends {"at":…,MEMBERS} to events.jsonl */
int job_set_phase(int jobfd, const char *word);

/* ---- listing ---- */

/*
 * Visit jobs, newest first, at most limit (0: all). Filter by slug (NULL: all
 * workspaces). fn returns 0 to go on, other to stop (that value is returned).
 * Costs the number of jobs visited plus one readdir per day shard.
 */
int job_each(const struct root *r, const char *slug, size_t limit,
	int (*fn)(const char *id, void *arg), void *arg);
/* Visit the active jobs only (running/), oldest first. */
int job_each_active(const struct root *r, int (*fn)(const char *id, void *arg), void *arg);

/*
 * End processes of a job whose supervisor is dead: every process of this
 * user with JOBDIR_ID=ID in its environment, stopped and killed through
 * pidfds until none is found. Number killed, or -1.
 */
int job_reap_lost(const char *id);

/* The workspace slug of a path (see state-layout.md); malloc'd. */
char *job_slug(const char *common_dir);

#endif
