/* SPDX-License-Identifier: MIT */
/*
 * outcall: what comes back of a tool call: the answer, its progress, its record.
 */
#ifndef JOBDIR_OUTCALL_H
#define JOBDIR_OUTCALL_H

#include <stddef.h>
#include "answer.h"
#include "buf.h"
#include "jobroot.h"

struct call;

struct outcall {
	struct buf out;			/* lines for the client */
	struct root root;		/* fd -1: not yet open, or there is none */
	void (*flush)(void *arg);	/* may write out; called before slow work; or NULL */
	void *arg;
};

/* Keep what the record needs of the arguments. 0 or -1+ENOMEM. */
int outcall_remember(struct call *c);

/* The result of a call refused before any child: appended to result, and recorded. */
void outcall_refuse(struct outcall *o, const char *tool, const char *command, struct buf *result,
	enum answer_code code, const char *message, const char *args, size_t len);

/* The events of calls.h; arg is the struct outcall. */
void outcall_done(struct call *c, int status, int err, void *arg);
void outcall_control(struct call *c, const char *line, size_t len, void *arg);
void outcall_said(const char *p, size_t len, void *arg);

#endif
