/* SPDX-License-Identifier: MIT */
/*
 * tree: the isolated working tree of a job.
 *
 * A tree is three things in the job directory: tree/, the files the agent
 * works on; agent.git, a throw-away repository the agent may wreck (tree/.git
 * points to it; we never run git on it); ctl.git, ours alone: base, index,
 * sealed change. Both repositories borrow the user's objects read-only.
 * tree.json records what was resolved when it was made.
 *
 * Callers ask for the change (change.h) and for contents (tree_object) and
 * never walk the tree themselves, so that other kinds of tree can come. The
 * one path given out is tree_path(): where the agent is to work.
 *
 *
 *	dirt.h		is the workspace as HEAD says?		tree_dirty()
 *	treemake.h	making a tree				tree_make()
 *	treeinfo.h	what was resolved then			tree_info_read()
 *	share.h		dependencies bound into it		tree_share_list()
 *	takeover.h	going on with the tree of another job
 *	here		removing, using, reading what is sealed
 *
 * tree.lock: this module takes it; shared to use, exclusive to remove or take
 * over. Everything returns 0 or -1+errno with one sentence in why (never NULL here).
 */
#ifndef JOBDIR_TREE_H
#define JOBDIR_TREE_H

#include "dirt.h"
#include "share.h"
#include "treeinfo.h"
#include "treemake.h"

struct git;
struct job;
struct root;

/*
 * Remove tree, agent.git, ctl.git, home and tmp: renamed into trash/ (the call
 * returns in milliseconds), then removed by a detached child. changes.json,
 * changes.patch and logs stay. EBUSY: somebody uses the tree. 1: there was nothing.
 */
int tree_remove(const struct root *r, struct job *j, struct buf *why);
/*
 * Its first half, for who holds tree.lock exclusively: all that into trash/NAME. 1: there
 * was nothing.
 */
#define TREE_TRASH_NAME 64
int tree_discard(const struct root *r, const struct job *j, char name[TREE_TRASH_NAME]);

/* ---- using ---- */

/* malloc'd absolute path of where the agent works: JOB/tree, plus the prefix. */
char *tree_path(const struct job *j, struct buf *why);

/*
 * Hold the tree: tree.lock taken shared; fd to be closed by the caller. The
 * agent's runner holds it while the agent runs. EBUSY: being removed. ENOENT: none.
 */
int tree_hold(const struct job *j);

/*
 * Reading what is sealed: base, sealed tree and every blob in a change, from
 * ctl.git. tree_git fills g (and path, malloc'd, which g borrows) for git_cat_open()
 * and plumbing that only reads or adds objects. Valid whether or not tree/ is
 * still there; ENOENT when ctl.git was cleaned.
 */
int tree_git(const struct job *j, struct git *g, char **path, struct buf *why);
/* One blob, whole: appended to out. ENOENT, EFBIG as git_cat_read(). */
int tree_object(const struct job *j, const char *oid, struct buf *out, size_t max,
	struct buf *why);

#endif
