/* SPDX-License-Identifier: MIT */
/*
 * pidns: a job in a PID and a mount namespace, below an init of ours. If init
 * dies, the kernel ends all of it; if its parent dies, init does.
 *
 * Init is a fork of the supervisor, not a program: it holds no lock and keeps no
 * descriptor that the payload does not get. It sets the world up in steps (a
 * table: a network namespace, mounts and confine are further rows), says ready,
 * waits for the word, gives up its capabilities, starts the payload, reaps, passes TERM on to everybody
 * but itself, and reports the payload's true status.
 */
#ifndef JOBDIR_PIDNS_H
#define JOBDIR_PIDNS_H

#include <stdbool.h>
#include <sys/types.h>
#include "proc.h"

struct buf;

struct pidns {
	struct proc init;
	int go;				/* one byte: start the payload */
	int report;			/* what init has to say; non-blocking once it runs */
	int user_ns, mnt_ns;		/* to put mounts in later (bind.h); user_ns -1: none */
	bool userns;
	bool own_proc;			/* /proc shows the namespace */
	pid_t payload;			/* as we see it, for display; -1: not known */
	bool ended;			/* the payload has, with status */
	int status;
	bool gone;			/* init was reaped: no process is left */
	char stage[24];			/* what failed */
};

void pidns_init(struct pidns *n);
/* Up to where only the word is missing. spec is copied by the fork. 0 or -1+errno and why. */
int pidns_prepare(struct pidns *n, const struct proc_spec *spec, struct buf *why);
int pidns_go(struct pidns *n, const char **stage);	/* as contain_go() */
void pidns_look(struct pidns *n);
/* End everybody; returns when all are reaped. */
void pidns_kill(struct pidns *n);
void pidns_release(struct pidns *n);

#endif
