/* SPDX-License-Identifier: MIT */
/*
 * survey: the facts of a plan (plan.h), gathered from the sealed change and
 * from the workspace as it is. Reads the workspace through descriptors only,
 * follows no symbolic link in it, and writes nothing there. Three-way merges
 * are run on copies in a directory of the job.
 */
#ifndef JOBDIR_SURVEY_H
#define JOBDIR_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include "change.h"
#include "git.h"
#include "plan.h"
#include "sealedblob.h"

struct survey {
	const struct change *change;
	struct git ctl;			/* base, sealed tree and blobs (tree_git()) */
	int ws;				/* top level of the workspace */
	const char *ws_path;		/* its absolute path */
	const char *git_dir;		/* the workspace's own, for words only; may be NULL */
	int scratch;			/* directory for merges … */
	const char *scratch_path;	/* … and its absolute path */
	const char *const *accept;	/* paths named by the user; NULL-terminated; may be NULL */
	const char *const *only;	/* land these (and below) only; NULL: everything */
	const struct plan *known;	/* an earlier plan of the same change, or NULL: saves reading it */
	const char *const *allowed;	/* what the job was allowed to change; NULL: everything */
	size_t max_files;		/* … and how many files; 0: any number */
};

/* Largest file that is planned at all: it is held in memory once. */
#define SURVEY_FILE_MAX SEALEDBLOB_MAX

/* Fill p (initialised, with its four names set) and decide it. 0, or -1+errno with why. */
int survey(const struct survey *s, struct plan *p, struct buf *why);

/* Its first step: the paths of the change, what must be named among them, in order. 0 or -1+errno. */
int survey_entries(const struct survey *s, struct plan *p);

/* path equals, or lies below, one of the names (no slash at their ends). */
bool survey_covers(const char *const *names, const char *path);

#endif
