/* SPDX-License-Identifier: MIT */
/*
 * checkup: what doctor looks at: this machine and the configuration, one row
 * each, with the one command that mends it.
 */
#ifndef JOBDIR_CHECKUP_H
#define JOBDIR_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>

enum checkup_state { CHECKUP_OK, CHECKUP_WARN, CHECKUP_FAIL };

struct checkup_row {
	const char *name;
	enum checkup_state state;
	char *detail;			/* what was found; no secret in it */
	const char *mend;		/* a command or one sentence; NULL: nothing to mend */
};

struct checkup {
	struct checkup_row *rows;
	size_t n;
	bool failed;			/* a row is CHECKUP_FAIL */
};

const char *checkup_state_name(enum checkup_state s);	/* "ok", "warn", "fail" */

/* Add a row; mend is kept only where there is something to mend. 0 or -1. */
int checkup_add(struct checkup *c, const char *name, enum checkup_state state, const char *mend,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Offline. 0 or -1+errno. */
int checkup_machine(struct checkup *c);
/* One tiny real request to the primary and, if there is one, the fallback gateway. 0 or -1+errno. */
int checkup_network(struct checkup *c);
void checkup_release(struct checkup *c);

#endif
