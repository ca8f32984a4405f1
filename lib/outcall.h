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
struct json;

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

/* What the events of calls.h bring: its end, progress (a control line), its standard error. */
void outcall_done(struct call *c, int status, int err, struct outcall *o);
void outcall_progress(struct call *c, const struct json *line, struct outcall *o);
void outcall_said(const char *p, size_t len);

#endif
