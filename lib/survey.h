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
	const char *const *allowed;	/* what the job was allowed to change; NULL: everything */
	size_t max_files;		/* … and how many files; 0: any number */
};

/* Largest file that is planned at all: it is held in memory once. */
#define SURVEY_FILE_MAX ((size_t)1 << 30)

/* Fill p (initialised, with its four names set) and decide it. 0, or -1+errno with why. */
int survey(const struct survey *s, struct plan *p, struct buf *why);

/*
 * The same without a workspace: what of the change must be named by the user, and what
 * no one may have (links that leave the tree, paths that stand for .git). What is
 * neither is add, modify or delete.
 */
int survey_asks(const struct survey *s, struct plan *p, struct buf *why);

/*
 * The bytes an entry is to have after landing, for journal_land(): from the
 * plan, from the sealed blob, or (PLAN_KEEP) from the workspace.
 */
struct survey_source {
	struct git_cat cat;		/* on ctl */
	int ws;
};
int survey_bytes(const struct plan_entry *e, struct buf *out, void *source);

/* path equals, or lies below, one of the names (no slash at their ends). */
bool survey_covers(const char *const *names, const char *path);

#endif
