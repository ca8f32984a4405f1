/* SPDX-License-Identifier: MIT */
/*
 * journalfile: the plan of one landing as it stands in the journal, written
 * and read back. Pure. What is read back is foreign bytes: it is checked whole
 * (a hash of everything closes it) before a name in it is used.
 *
 * Strings, each ended by NUL:
 *
 *	jobdir-journal 1	JOB	TOKEN
 *	P			PATH	a staging place in the workspace
 *	+ MODE			PATH	a directory this landing makes
 *	- MODE			PATH	a directory it may leave empty and remove
 *	A|M|D PLACE INO MODE OLD NEW	PATH	a file; the n-th has slot n
 *	end			HASH	SHA-256 of all before "end"
 *
 * OLD and NEW are KIND,EXEC,SIZE,HASH of what was and what will be there.
 */
#ifndef JOBDIR_JOURNALFILE_H
#define JOBDIR_JOURNALFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "plan.h"

#define JOURNAL_MAX (256u << 20)	/* most bytes of a journal read back */

struct journal_entry {
	char op;			/* 'A' add, 'M' modify, 'D' delete */
	char *path;
	unsigned place;			/* 0: in the journal; else place[place - 1] */
	uint64_t ino;			/* of what we staged; 0 for a deletion */
	struct plan_thing old, new;
};

struct journal_dir {
	char *path;
	unsigned mode;
	bool make;			/* '+', else '-' */
};

struct journal {
	char *job;
	char token[PLAN_TOKEN];
	char **place;
	size_t nplace;
	struct journal_dir *dir;	/* parents before children */
	size_t ndir;
	struct journal_entry *e;
	size_t n;
};

void journal_init(struct journal *j);
void journal_release(struct journal *j);
/* New elements with a copy of path; NULL or -1 with ENOMEM. */
struct journal_entry *journal_add(struct journal *j, char op, const char *path);
int journal_add_dir(struct journal *j, bool make, const char *path, size_t len, unsigned mode);
int journal_add_place(struct journal *j, const char *path);

int journal_format(const struct journal *j, struct buf *out);
/* 0, or -1 with EBADMSG (damaged), EPROTO (another format), ENOMEM; j is then empty. */
int journal_parse(struct journal *j, const char *p, size_t len);

#endif
