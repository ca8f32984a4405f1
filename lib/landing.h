/* SPDX-License-Identifier: MIT */
/*
 * landing: one landing at work; what the journal modules share (journal.h).
 */
#ifndef JOBDIR_LANDING_H
#define JOBDIR_LANDING_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "journalfile.h"

#define JOURNAL_PLACE ".jobdir-landing"

/* A file whose edit was met during an undo: it stands at path as its owner left it. */
struct journal_kept {
	char *path;
	char *old;			/* absolute path of the version before the landing; NULL: none */
};

struct journal_report {
	bool recovered;			/* a landing that had been cut off was found and undone */
	bool undone;			/* this landing was undone */
	struct buf why;			/* one sentence: what went wrong */
	struct journal_kept *kept;
	size_t nkept;
};

void journal_report_init(struct journal_report *r);
void journal_report_release(struct journal_report *r);

struct landing {
	int ws;				/* the workspace; borrowed */
	int dir;			/* git's directory for us */
	int lock;
	int stage;			/* new/, then journal/; -1 */
	int kept;			/* kept-N/; -1 until needed */
	int *place;			/* open staging places, as in j.place */
	struct journal j;
};

/* The repository directory of a workspace's top level: .git, or what that file names. fd or -1. */
int journal_git(int ws);

/*
 * Our directory in the repository of a workspace's top level, found as git
 * does (.git a directory, or a file naming one). fd or -1+errno; ENOENT: not
 * there (without make), or no repository.
 */
int journal_dir(int ws, bool make);

#endif
