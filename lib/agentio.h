/* SPDX-License-Identifier: MIT */
/*
 * agentio: the conversation with a running Claude Code: messages in on its
 * standard input, events out on its standard output, which has been through a
 * redactor and is on record: a line of the log may be cut from it anywhere.
 * Never blocks on the agent; the log is ours and always read.
 *
 *	agentio_open(&io, …); agentio_say(&io, prompt, len); agentio_inbox_open(&io, jobfd);
 *	poll on io.out (POLLIN), on io.in (POLLOUT, while agentio_pending):
 *		agentio_read(), agentio_write()
 *	on SIGIO, which must be blocked and in a signalfd: agentio_inbox()
 *	agentio_close()
 *
 * The standard input stays open until the first result line: what is sent
 * before that is woven into the running turn. Then it is closed, and the agent ends.
 */
#ifndef JOBDIR_AGENTIO_H
#define JOBDIR_AGENTIO_H

#include <stdbool.h>
#include "buf.h"
#include "event.h"

struct agentio {
	int in, out;			/* to the agent, and what it says, redacted; -1: closed */
	int log;			/* readable lines */
	int jobfd, inbox;		/* inbox -1: there is none yet */
	struct buf pending;		/* for in, not written yet */
	struct buf line;		/* of out, without its end yet */
	bool overlong;			/* the rest of this line is not looked at */
	struct event_facts facts;
	bool interrupting;		/* the next result is that of the interrupted turn … */
	char *then;			/* … and then this is said; or NULL */
};

/* Takes in and out and makes them non-blocking. 0 or -1+errno. */
int agentio_open(struct agentio *io, int in, int out, int log);
/* Watch the job's inbox from now on; what is in it already is sent. 0 or -1+errno. */
int agentio_inbox_open(struct agentio *io, int jobfd);
void agentio_close(struct agentio *io);

/* Queue one message of the user. 0 or -1+ENOMEM. */
int agentio_say(struct agentio *io, const char *text, size_t len);
bool agentio_pending(const struct agentio *io);

/* Write what the pipe takes. An agent that closed its input is no error. 0 or -1+errno. */
int agentio_write(struct agentio *io);
/* Read what is there. 1 end of file (out is closed), 0 more to come, -1+errno. */
int agentio_read(struct agentio *io);
/* Something happened to the inbox. Delivered messages are renamed NAME.done. 0 or -1+errno. */
int agentio_inbox(struct agentio *io);

/* One line for the log, with its newline. 0 or -1+errno. */
int agentio_log(struct agentio *io, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
