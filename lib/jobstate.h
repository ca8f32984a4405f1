/* SPDX-License-Identifier: MIT */
/*
 * jobstate: where a job stands, and the files that say so: end.json,
 * state.json, events.jsonl, phase. One function pair per file.
 */
#ifndef JOBDIR_JOBSTATE_H
#define JOBDIR_JOBSTATE_H

#include <stdbool.h>
#include <stdint.h>

struct job;
struct jsonw;
struct root;

enum job_state {
	JOB_QUEUED, JOB_RUNNING,
	JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELLED, JOB_TIMED_OUT, JOB_LOST,
};

/* One vocabulary: "queued", "running", "succeeded", … */
const char *job_state_name(enum job_state s);
int job_state_parse(const char *name, enum job_state *out);	/* 0 or -1 */
bool job_terminal(enum job_state s);

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
	char *boot_id;
	int64_t since_boot_ms;
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
void job_status_write(struct jsonw *w, const struct job_status *st);

/*
 * What a terminal state means as the exit status of a command that passes it
 * on (--propagate): the payload's own code, 128+N for a signal, 128 for codes
 * from 128 (so that nesting never forges a signal), 124 for its time limit, 102
 * lost, 111 if it never came to run. Not terminal: 99.
 */
int job_exit_status(const struct job_status *st);

/* ---- writing (one function per file) ---- */

int job_put_end(int jobfd, const struct job_status *end, const char *by); /* 0, 1 existed, -1 */
/* Of a terminal job: remove what a killed supervisor left in it, then running/ID. 0 or -1+errno. */
int job_ended_clear(const struct job *j, const struct root *r);
int job_event(int jobfd, const char *json_members);	/* appends {"at":…,MEMBERS} to events.jsonl */
int job_set_phase(int jobfd, const char *word);

#endif
