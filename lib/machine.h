/* SPDX-License-Identifier: MIT */
/*
 * machine: what a delegated job needs of this machine, looked at and not
 * touched (but for the state root, which is made). A look costs milliseconds.
 */
#ifndef JOBDIR_MACHINE_H
#define JOBDIR_MACHINE_H

#include <stdbool.h>

#define MACHINE_LOOK_MS 5000	/* most time for one program to say its version */

enum machine_login {
	MACHINE_LOGIN_NONE,
	MACHINE_LOGIN_FILE,	/* only Claude Code's own file, which jobs are not lent (JOBDIR_LOGIN) */
	MACHINE_LOGIN_LENT,	/* that file, and jobs are lent it */
	MACHINE_LOGIN_BAD,	/* jobs are to be lent it, and cannot: login_why */
	MACHINE_LOGIN_ENV,	/* a key or token in the environment */
};

struct machine {
	char *claude;			/* its version, or NULL */
	char *claude_why;		/* why not */
	enum machine_login login;
	char *login_why;	/* of MACHINE_LOGIN_BAD */
	char *git;			/* its version, or NULL */
	char *state;			/* path of the state root, or NULL */
	bool state_writable, state_locks;
	char *state_why;
	bool pidns;			/* a PID namespace can be made */
};

/* Look. 0, or -1+ENOMEM. */
int machine_look(struct machine *m);
/* The first line of what PROGRAM --version prints, malloc'd, or NULL. */
char *machine_version(const char *program);
void machine_release(struct machine *m);

#endif
