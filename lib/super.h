/* SPDX-License-Identifier: MIT */
/*
 * super: the life of one job, from the queue to its terminal record, as one
 * poll loop over signals, the job directory, the deadline, the payload, its
 * redactors and the service socket.
 *
 *	waiting --slot--> running --payload ends--------------> over
 *	   |                 '-- cancel, deadline --> ending ---^
 *	   '-- cancel ------------------------------------------^
 *
 *	super_open(&s, …);  super_run(&s);
 *
 * Not released: when super_run() returns the process is to exit.
 */
#ifndef JOBDIR_SUPER_H
#define JOBDIR_SUPER_H

#include <stdbool.h>
#include <stdint.h>
#include "buf.h"
#include "clock.h"
#include "contain.h"
#include "door.h"
#include "job.h"
#include "queue.h"
#include "redactor.h"
#include "servd.h"

enum super_phase { SUPER_WAITING, SUPER_RUNNING, SUPER_ENDING };

struct super {
	struct job job;
	struct root root;
	int lock;			/* held for our whole life */
	int signals, timer;
	enum super_phase phase;
	bool decided;			/* cancel, deadline or a failure of ours: verdict says */
	enum job_state verdict;
	const char *stage;		/* of end.json */
	int failed_code;		/* 126, 127 when the payload could not be started; else -1 */
	struct buf message;
	struct queue queue;
	struct redactors redactors;
	struct servd servd;
	struct door door;
	struct contain contain;
	struct proc_spec spec;
	struct proc_fd fds[4];
	int log;			/* write end into the log's redactor */
	bool contained;			/* contain was prepared */
	int64_t timeout_ms, grace_ms;
	int64_t deadline, started_ms, ended_ms;	/* boot time; -1: not (yet) */
	char started[CLOCK_STAMP];
	char boot_id[37];
};

/*
 * Begin: descriptors are taken. secrets may be -1. The job may still have its
 * hidden name. 0, or -1+errno.
 */
int super_open(struct super *s, int jobfd, int rootfd, int lock, int secrets);

/* Live through it; returns when the record is written and the lock dropped. 0, or -1: no record. */
int super_run(struct super *s);

/* ---- between the files of this module ---- */

/* suprun.c: everything up to the running payload. 0, or -1: s->message says why. */
int super_start(struct super *s);
/* Decide how it ends (the first one counts) and tell the processes to. */
void super_decide(struct super *s, enum job_state verdict);
/* Append an event: a format of JSON members. Never fails the job. */
void super_event(struct super *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Arm the timer for a boot time in milliseconds. */
void super_alarm(struct super *s, int64_t boot_ms);

#endif
