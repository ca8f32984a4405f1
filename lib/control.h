/* SPDX-License-Identifier: MIT */
/*
 * control: a command's side of the descriptor to the server that runs it for a client
 * (calls.h, question.h): the number is in $JOBDIR_CONTROL.
 */
#ifndef JOBDIR_CONTROL_H
#define JOBDIR_CONTROL_H

/* The descriptor, or -1: no server runs us. */
int control_fd(void);

enum control_said {
	CONTROL_ACCEPT, CONTROL_DECLINE, CONTROL_CANCEL,
	CONTROL_CANNOT,			/* the client cannot ask its user */
	CONTROL_GONE,			/* nobody is there any more, or it answered with nonsense */
	CONTROL_SILENT,			/* no answer within $JOBDIR_ASK_TIMEOUT_SEC */
};
const char *control_said_name(enum control_said s);	/* "accept", "decline", … */

/*
 * Put a question to the user of the client, a form with one box to tick; blocks. Only a ticked
 * box is a yes: a form without a field is accepted by some clients without any user (Codex 0.169
 * does where approvals are bypassed). key: a short name, the same for the same question; label: of
 * the box. *said; 0, or -1+errno.
 */
int control_ask(int fd, const char *key, const char *label, const char *message,
	enum control_said *said);

#endif
