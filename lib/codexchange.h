/* SPDX-License-Identifier: MIT */
/*
 * codexchange: one change of a Codex configuration: read, made, written, and
 * begun again when somebody else wrote the file meanwhile.
 */
#ifndef JOBDIR_CODEXCHANGE_H
#define JOBDIR_CODEXCHANGE_H

#include <stdbool.h>

struct buf;
struct codexedit;

struct codexchange {
	const char *path;		/* the file */
	const char *name;		/* of the server whose table it is about */
	bool write;			/* false: the new text is made and dropped */
	/*
	 * Make the new text of the file at path: 0; 1: it stays as it is; -1+errno with
	 * why. Called again when the file has changed meanwhile.
	 */
	int (*edit)(void *arg, const struct codexedit *e, const char *path, struct buf *out,
		struct buf *why);
	void *arg;
	char *real;			/* afterwards: where the file is, malloc'd, */
	char *backup;			/* what was there before, malloc'd or NULL, */
	bool same;			/* and whether the new text is the old one */
};

/*
 * What edit() said (0 or 1); or -1 with why: errno EPERM somebody else's file, EBADMSG its text or
 * the wish cannot be served, EAGAIN it is changed all the time, others of the system.
 */
int codexchange_make(struct codexchange *c, struct buf *why);
void codexchange_release(struct codexchange *c);

#endif
