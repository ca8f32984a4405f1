/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "lock.h"
#include "path.h"
#include "store.h"

/* What belongs to a tree; removed together. */
static const char *const parts[] = {
	JOB_TREE, JOB_AGENT_GIT, JOB_CTL_GIT, JOB_HOME, JOB_TMP, JOB_CACHES,
};
#define NPARTS (sizeof(parts) / sizeof(parts[0]))
#define TRIES 100

static int
lock_tree(const struct job *j, bool exclusive)
{
	CLEANUP(fd) int fd = lock_open(j->fd, JOB_TREE_LOCK);

	if (fd < 0)
		return -1;
	int rc = lock_try(fd, exclusive);
	if (rc > 0)
		errno = EBUSY;
	return rc ? -1 : steal_fd(&fd);
}

int
tree_hold(const struct job *j)
{
	CLEANUP(fd) int fd = lock_tree(j, false);

	if (fd < 0)
		return -1;
	if (!job_has(j, JOB_TREE) || !job_has(j, JOB_TREE_INFO)) {
		errno = ENOENT;
		return -1;
	}
	return steal_fd(&fd);
}

char *
tree_path(const struct job *j, struct buf *why)
{
	struct tree_info i;
	struct buf path = BUF_INIT;

	if (tree_info_read(j->fd, &i, why) < 0)
		return NULL;
	if (!job_has(j, JOB_TREE)) {
		tree_info_release(&i);
		(void)buf_addstr(why, "the job's tree was removed");
		errno = ENOENT;
		return NULL;
	}
	size_t n = strlen(i.prefix);
	while (n && i.prefix[n - 1] == '/')
		n--;
	(void)buf_addf(&path, "%s/" JOB_TREE "%s%.*s", j->path, n ? "/" : "", (int)n, i.prefix);
	tree_info_release(&i);
	return buf_steal(&path);
}

/*
 * Remove a directory below trash/ in a process that nobody waits for: it
 * leaves our session, and init reaps it.
 */
static int
remove_later(int trash, const char *name)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0) {
		if (setsid() < 0 || fork() != 0)
			_exit(0);
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(null, fd);	/* or keep ours: it only matters to a waiting pipe */
		(void)dup2(trash, 3);
		(void)close_range(4, ~0U, 0);
		_exit(store_remove(3, name) < 0);	/* what stays, clean removes */
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static bool
has_parts(const struct job *j)
{
	for (size_t i = 0; i < NPARTS; i++)
		if (job_has(j, parts[i]))
			return true;
	return false;
}

/* The tree first: without it nothing takes the rest for usable. */
static int
move_aside(const struct job *j, int trash, const char *name)
{
	CLEANUP(fd) int mine = store_mkdir(trash, name);

	for (size_t i = 0; mine >= 0 && i < NPARTS; i++)
		if (store_move(j->fd, parts[i], mine, parts[i]) < 0 && errno != ENOENT)
			return -1;
	return mine < 0 && errno != ENOENT ? -1 : 0;
}

int
tree_discard(const struct root *r, const struct job *j, char name[TREE_TRASH_NAME])
{
	CLEANUP(fd) int trash = -1;

	if (!has_parts(j))
		return 1;
	(void)snprintf(name, TREE_TRASH_NAME, "%s.%ld", j->id, (long)getpid());	/* fits */
	trash = root_dir(r, "trash", true);
	/* Again: who empties the trash may take the directory while nothing is in it yet. */
	for (int i = 0; trash >= 0 && i < TRIES; i++) {
		if (move_aside(j, trash, name) < 0)
			return -1;
		if (!has_parts(j))
			return 0;
	}
	errno = trash < 0 ? errno : EBUSY;
	return -1;
}

int
tree_remove(const struct root *r, struct job *j, struct buf *why)
{
	CLEANUP(fd) int lock = lock_tree(j, true);
	CLEANUP(fd) int trash = -1;
	char name[TREE_TRASH_NAME];
	int rc;

	if (lock < 0) {
		(void)buf_addstr(why, errno == EBUSY ? "the job's tree is in use" : "cannot lock the tree");
		return -1;
	}
	rc = tree_discard(r, j, name);
	if (rc > 0)
		return 1;
	trash = rc < 0 ? -1 : root_dir(r, "trash", false);
	if (trash >= 0 && remove_later(trash, name) == 0)
		return 0;
	int e = errno;
	(void)buf_addf(why, "cannot move the tree to the trash: %s", strerror(e));
	errno = e;
	return -1;
}

int
tree_git(const struct job *j, struct git *g, char **path, struct buf *why)
{
	struct buf p = BUF_INIT;

	*path = NULL;
	if (!job_has(j, JOB_CTL_GIT)) {
		(void)buf_addstr(why, "the job has no tree, or it was cleaned");
		errno = ENOENT;
		return -1;
	}
	(void)buf_addf(&p, "%s/" JOB_CTL_GIT, j->path);
	if (!(*path = buf_steal(&p)))
		return -1;
	*g = (struct git){ .git_dir = *path };
	return 0;
}

int
tree_object(const struct job *j, const char *oid, struct buf *out, size_t max, struct buf *why)
{
	CLEANUP(free) char *path = NULL;
	struct git_cat cat;
	struct git g;
	char type[16];

	if (tree_git(j, &g, &path, why) < 0 || git_cat_open(&cat, &g) < 0)
		return -1;
	int rc = git_cat_read(&cat, oid, type, out, max), e = errno;
	git_cat_close(&cat);
	if (rc < 0)
		(void)buf_addf(why, "object %s: %s", oid, git_strerror(e));
	errno = e;
	return rc;
}
