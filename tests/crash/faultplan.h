/* SPDX-License-Identifier: MIT */
/*
 * faultplan: at which system call of which process what is done, and doing it.
 */
#ifndef FAULTPLAN_H
#define FAULTPLAN_H

#include <stdbool.h>
#include <stdio.h>

#include "faulttask.h"

enum plan_act { PLAN_NONE, PLAN_KILL, PLAN_KILLALL, PLAN_FAIL, PLAN_STICKY, PLAN_SHORT,
	PLAN_SIGNAL, PLAN_HOOK };

struct plan {
	enum plan_act act;
	const char *role;	/* NULL: any */
	long n;			/* 0: any */
	bool nth;		/* n counts only calls that are points */
	long seen;
	const char *calls;	/* only these are points; NULL: all */
	int err, sig;
	long bytes;
	const char *hook;
	bool world;		/* nothing moves while the hook runs */
	FILE *trace;
	bool reached;		/* the point was met: its role, number, call */
	bool spared;		/* but this call cannot be made to fail so */
	char at[160];
	bool killing;		/* whoever appears now is killed */
};

/* A task entered call nr with these arguments: count, trace, act. 1: it stays stopped. */
int plan_entry(struct plan *p, struct tasks *all, struct task *t, long nr, const uint64_t *args);

/* It is about to leave the call. */
void plan_exit(struct task *t);

void plan_killall(struct plan *p, struct tasks *all);

#endif
