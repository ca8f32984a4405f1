/* SPDX-License-Identifier: MIT */
/*
 * tree: the isolated working tree of a job.
 *
 * A tree is three things in the job directory: tree/, the files the agent
 * works on; agent.git, a throw-away repository the agent may wreck (tree/.git
 * points to it; we never run git on it); ctl.git, ours alone: base, index,
 * sealed change. Both repositories borrow the user's objects read-only.
 * tree.json (tree_info) records what was resolved when it was made.
 *
 * Callers ask for the change (change.h) and for contents (tree_object) and
 * never walk the tree themselves, so that other kinds of tree can come. The
 * one path given out is tree_path(): where the agent is to work.
 *
 * tree.lock: this module takes it; shared to use, exclusive to remove or take
 * over. Everything returns 0 or -1+errno with one sentence in why (never NULL here).
 */
#ifndef JOBDIR_TREE_H
#define JOBDIR_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "git.h"

struct job;
struct root;

/* ---- is the workspace as HEAD says? ---- */

struct tree_dirt {
	char *path;			/* relative to the repository's top level; bytes */
	char status;			/* M A D T, U unmerged, ? untracked */
};

struct tree_dirty {
	struct tree_dirt *files;	/* byte order; at most `max` of them */
	size_t nfiles;
	size_t total;
};

/*
 * What in the whole repository differs from HEAD: staged, unstaged, deleted,
 * untracked and not ignored (by the user's own rules, info/exclude and global
 * excludes included). A file whose bytes differ from its blob only by the
 * user's own line-end or encoding conversion, ident or Git LFS is not dirty.
 * Submodules are not looked into. The user's index and objects are not
 * touched. total == 0: clean.
 */
int tree_dirty(const struct git_repo *r, size_t max, struct tree_dirty *d, struct buf *why);
void tree_dirty_release(struct tree_dirty *d);

/* ---- making and removing ---- */

enum tree_policy { TREE_ASK, TREE_COMMITTED, TREE_SNAPSHOT };
int tree_policy_parse(const char *name, enum tree_policy *out);	/* "ask" … 0 or -1 */

/*
 * Make the tree of a job whose job.json has a workspace. base: a revision to
 * start from (NULL: HEAD of the workspace). Already made: success, nothing
 * done. A half-made one (we were killed) is removed and made again.
 * errno: EUCLEAN the workspace is dirty and policy is TREE_ASK (why lists
 * files; dirty, if not NULL, has them); ENOTSUP bare repository or job without
 * a workspace; ENODATA unborn branch, or an object is missing.
 */
int tree_make(struct job *j, enum tree_policy policy, const char *base,
	struct tree_dirty *dirty, struct buf *why);

/*
 * Remove tree, agent.git, ctl.git, home and tmp: renamed into trash/ (the call
 * returns in milliseconds), then removed by a detached child. changes.json,
 * changes.patch and logs stay. EBUSY: somebody uses the tree. Absent: success.
 */
int tree_remove(const struct root *r, struct job *j, struct buf *why);

/*
 * A resumed task takes over: under both trees' locks, rename tree, both
 * repositories, home, tmp and tree.json from one job into the other (which has
 * none yet) and repoint tree/.git. The old job's change must be sealed first
 * (ENOENT otherwise: seal it with change_of()). EBUSY as above.
 */
int tree_take(struct job *from, struct job *to, struct buf *why);

/* ---- using ---- */

/* tree.json */
struct tree_info {
	char commit[GIT_OID_MAX + 1];	/* the user's commit it was made from */
	char base_commit[GIT_OID_MAX + 1]; /* commit, or our synthetic one of a snapshot */
	char base[GIT_OID_MAX + 1];	/* tree of base_commit: what changes are measured against */
	char format[8];
	bool snapshot;
	char *root;			/* workspace top level */
	char *prefix;			/* "" or "a/b/" */
	char *common;
	char **shares;			/* ignored dependencies found, relative to root, no slash at the end */
	size_t nshares;
	char **notes;			/* "submodule 'x' is not in the tree", … */
	size_t nnotes;
};

int tree_info_read(int jobfd, struct tree_info *i, struct buf *why);	/* ENOENT: no tree */
void tree_info_release(struct tree_info *i);

/* malloc'd absolute path of where the agent works: JOB/tree, plus the prefix. */
char *tree_path(const struct job *j, struct buf *why);

/*
 * Dependencies that git ignores and that the workspace has: bind each source
 * (absolute, a directory of the workspace) read-only at target (absolute, a
 * directory in the tree; made empty by tree_make, never part of the change).
 * Which: parameter `share`, else $JOBDIR_SHARE (':'-separated), else the known
 * names (node_modules, .venv, venv, target, vendor, …) at the top level and
 * at the prefix; only directories that are untracked and ignored. List of n
 * pairs, released with tree_share_free(). An empty list is a success.
 */
struct tree_share {
	char *source;
	char *target;
};
int tree_share_list(const struct job *j, struct tree_share **list, size_t *n, struct buf *why);
void tree_share_free(struct tree_share *list, size_t n);

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
