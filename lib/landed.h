/* SPDX-License-Identifier: MIT */
/*
 * landed: apply/landed-N.json of a job, what landing N did. The only code that
 * knows its members.
 */
#ifndef JOBDIR_LANDED_H
#define JOBDIR_LANDED_H

#include <stdbool.h>

struct plan;

/*
 * Write the next one. confirmed: how the user said yes. complete: nothing of the
 * change was left out. A number is used once. 0 or -1+errno.
 */
int landed_record(int jobfd, const struct plan *p, const char *token, bool complete,
	const char *confirmed);

/*
 * What was landed of a job, by what is recorded: LANDED_ALL only if one landing
 * said it was complete. -1+errno when the records cannot be read.
 */
enum landed { LANDED_NONE, LANDED_PART, LANDED_ALL };
int landed_look(int jobfd);

#endif
