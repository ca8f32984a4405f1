/* SPDX-License-Identifier: MIT */
/*
 * event: understanding Claude Code's output, one line of JSON at a time.
 *
 * Only what spec'd fields say is believed; a line that is no JSON object, or
 * of a type unknown here, changes nothing. Pure.
 *
 *	struct event_facts f = EVENT_FACTS_INIT;
 *	for each line: event_take(&f, line, len, &log);
 *	eventw.h writes the records of the run;
 *	event_release(&f);
 */
#ifndef JOBDIR_EVENT_H
#define JOBDIR_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define EVENT_TOOLS 32			/* tools whose denials are told apart */

struct event_denial {
	char *tool;
	int live;			/* events seen */
	int told;			/* what the last result line lists */
};

/* What the lines so far say. The strings are malloc'd, NULL when not said. */
struct event_facts {
	char *session, *model, *version, *cwd;
	bool result_seen;		/* the rest is of the last result line */
	bool is_error;
	bool structured;
	int api_error_status;		/* 0: none */
	char *subtype, *terminal_reason;
	char *result;			/* the line itself */
	size_t result_len;
	char *said;			/* the last text the agent wrote */
	struct event_denial denials[EVENT_TOOLS];
	int ndenials;
};
#define EVENT_FACTS_INIT { 0 }

/*
 * Take one line (without its newline). At most one readable line, with its
 * newline, is appended to log. 0; -1 with errno EBADMSG (not an event: said
 * in the log) or ENOMEM.
 */
int event_take(struct event_facts *f, const char *line, size_t len, struct buf *log);
void event_release(struct event_facts *f);

/* True iff the agent itself ended well: the agent command's exit status. */
bool event_completed(const struct event_facts *f);

/*
 * Text for one line of a log: white space runs become one space, control and
 * direction characters are dropped, at most max bytes cut on a character ("…").
 */
void event_short(struct buf *out, const char *p, size_t len, size_t max);

#endif
