/* SPDX-License-Identifier: MIT */
#include "takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "agentgit.h"
#include "change.h"
#include "continued.h"
#include "copytree.h"
#include "job.h"
#include "lock.h"
#include "seal.h"
#include "session.h"
#include "store.h"
#include "treeinfo.h"

#define STAGE ".take"

/* The tree last: while the other has it, the other is the one to go on with. */
static const char *const parts[] = { JOB_HOME, JOB_AGENT_GIT, JOB_TREE };
#define NPARTS (sizeof(parts) / sizeof(parts[0]))

static int
fail(struct buf *why, const char *doing, const char *what)
{
	int e = errno;

	(void)buf_addf(why, "cannot %s '%s': %s", doing, what, strerror(e));
	errno = e;
	return -1;
}

/* A copy is whole or not there. */
static int
copy(const struct job *from, const struct job *to, const char *part, int flags)
{
	CLEANUP(fd) int stage = -1;

	if (store_remove(to->fd, STAGE) < 0 || (stage = store_mkdir(to->fd, STAGE)) < 0 ||
	    copytree(from->fd, part, stage, part, flags) < 0)
		return -1;
	return store_move(stage, part, to->fd, part) < 0 ? -1 : unlinkat(to->fd, STAGE, AT_REMOVEDIR);
}

/* tree/.git leads to the agent's repository in the same job. */
static int
point(const struct job *j, struct buf *why)
{
	CLEANUP(fd) int tree = store_opendir_ours(j->fd, JOB_TREE);
	CLEANUP(buf) struct buf agent = BUF_INIT;

	if (tree < 0 || buf_addf(&agent, "%s/" JOB_AGENT_GIT, j->path) < 0 ||
	    agent_git_point(tree, agent.p) < 0)
		return fail(why, "set", "tree/.git");
	return 0;
}

static int
move_parts(const struct job *from, const struct job *to, bool tree, bool fork, struct buf *why)
{
	for (size_t i = 0; i < (tree ? NPARTS : 1); i++) {
		int got = fork ? copy(from, to, parts[i], 0) :
			store_move(from->fd, parts[i], to->fd, parts[i]);

		if (got < 0)
			return fail(why, fork ? "copy" : "take over", parts[i]);
	}
	return 0;
}

int
takeover_move(const struct job *from, const struct job *to, bool tree, bool fork, struct buf *why)
{
	struct tree_info info;
	int rc = 0;

	for (size_t i = 0; i < (tree ? NPARTS : 1); i++) {
		if (job_has(to, parts[i])) {
			errno = EEXIST;
			return fail(why, "take over", parts[i]);
		}
		if (!job_has(from, parts[i])) {
			(void)buf_addf(why, "'%s' has no %s any more: it was cleaned, or another job "
				"goes on with it", from->id, parts[i]);
			errno = ENOENT;
			return -1;
		}
	}
	if (!tree)
		return move_parts(from, to, false, fork, why);
	if (!job_has(from, JOB_CHANGES)) {
		(void)buf_addf(why, "the change of '%s' is not sealed", from->id);
		errno = ENOENT;
		return -1;
	}
	if (tree_info_read(from->fd, &info, why) < 0)
		return -1;
	if (copy(from, to, JOB_CTL_GIT, COPYTREE_OBJECTS | COPYTREE_SYNC) < 0)
		rc = fail(why, "copy", JOB_CTL_GIT);
	else if (move_parts(from, to, true, fork, why) < 0 || point(to, why) < 0)
		rc = -1;
	else if (store_sync(from->fd) < 0 || store_sync(to->fd) < 0 ||
	    tree_info_write(to->fd, &info) < 0 || store_sync(to->fd) < 0)
		rc = fail(why, "write", JOB_TREE_INFO);
	tree_info_release(&info);
	return rc;
}

int
takeover_undo(const struct job *from, const struct job *to, struct buf *why)
{
	CLEANUP(fd) int lock = lock_open(to->fd, JOB_TREE_LOCK);

	if (lock < 0 || lock_try(lock, true) != 0) {
		errno = EBUSY;
		return fail(why, "lock the tree of", to->id);
	}
	for (size_t i = NPARTS; i-- > 0;)
		if (!job_has(from, parts[i]) && job_has(to, parts[i]) &&
		    store_move(to->fd, parts[i], from->fd, parts[i]) < 0)
			return fail(why, "give back", parts[i]);
	return job_has(from, JOB_TREE) && job_has(from, JOB_AGENT_GIT) ? point(from, why) : 0;
}

/* ---- as job.json says ---- */

static int
put_session(const struct job *from, const struct job *to, bool fork, struct buf *why)
{
	struct session s = { .id = session_of(from), .forked = fork };
	int rc = -1;

	(void)snprintf(s.from, sizeof s.from, "%s", from->id);
	if (!s.id || !session_there(from, s.id)) {
		(void)buf_addf(why, "the session of '%s' is no longer there", from->id);
		errno = ENOENT;
	} else {
		session_used(from, s.id, &s.before);
		rc = session_write(to, &s) < 0 ? fail(why, "write", JOB_SESSION) : 0;
	}
	session_release(&s);
	return rc;
}

/* Everything with the other's tree locked. */
static int
take_locked(const struct job *from, const struct job *to, bool tree, bool fork, struct buf *why)
{
	/* the lock of our own tree is the agent's to hold, where there is none to be made */
	CLEANUP(fd) int ours = tree ? lock_open(to->fd, JOB_TREE_LOCK) : -1;

	if (tree && (ours < 0 || lock_try(ours, true) != 0)) {
		errno = EBUSY;
		return fail(why, "lock the tree of", to->id);
	}
	if (put_session(from, to, fork, why) < 0 || takeover_move(from, to, tree, fork, why) < 0)
		return -1;
	return fork || continued_put(from, to->id) == 0 ? 0 : fail(why, "write", JOB_CONTINUED);
}

static int
take(const struct job *from, const struct job *to, bool fork, struct buf *why)
{
	CLEANUP(free) char *recipe = job_recipe(to);
	CLEANUP(fd) int theirs = lock_open(from->fd, JOB_TREE_LOCK);
	bool tree = recipe && !strcmp(recipe, "write");
	struct change c;

	if (tree) {			/* spawn has seen to it, unless it was killed */
		if (change_of(from, true, -1, &c, why) < 0)
			return -1;
		change_release(&c);
	}
	if (theirs < 0 || lock_wait(theirs, !fork) < 0)
		return fail(why, "lock the tree of", from->id);
	return take_locked(from, to, tree, fork, why);
}

int
takeover(const struct job *j, const struct root *r, struct buf *why)
{
	CLEANUP(free) char *name = json_get_cstr(&j->doc, 0, "continues");
	bool fork = json_get_bool(&j->doc, 0, "fork", false);
	struct job from;
	int rc;

	if (!name)
		return 1;
	if (continued_done(j))
		return 0;
	if (job_open_id(&from, r, name) < 0) {
		(void)buf_addf(why, "the job that this one continues, '%s': %s", name,
			job_open_why(errno));
		return -1;
	}
	rc = take(&from, j, fork, why);
	job_close(&from);
	return rc;
}
