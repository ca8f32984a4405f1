/* SPDX-License-Identifier: MIT */
/* journal: stage, publish, exchange, verify, commit; and what to do with leftovers. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journaldirs.h"
#include "journalstage.h"
#include "journalstep.h"
#include "lock.h"
#include "path.h"
#include "proc.h"
#include "store.h"

#define LOCK_WAIT_MS 10000

static void
forget(struct landing *l)
{
	for (size_t i = 0; l->place && i < l->j.nplace; i++)
		if (l->place[i] >= 0)
			close(l->place[i]);
	free(l->place);
	l->place = NULL;
	if (l->stage >= 0)
		close(l->stage);
	if (l->kept >= 0)
		close(l->kept);
	l->stage = l->kept = -1;
	journal_release(&l->j);
}

void
journal_close(struct landing *l)
{
	forget(l);
	if (l->lock >= 0)
		close(l->lock);
	if (l->dir >= 0)
		close(l->dir);
	l->lock = l->dir = -1;
}

/* Drop new/ or done/ and the places it names. */
static int
drop(struct landing *l, const char *name)
{
	CLEANUP(fd) int dir = store_opendir(l->dir, name);

	if (dir < 0)
		return errno == ENOENT ? 0 : -1;
	if (journal_drop_places(l->ws, dir) < 0)
		return -1;
	return store_remove(l->dir, name);
}

/* journal/ becomes new/ (to be dropped) or done/: the one instant that counts. */
static int
turn(struct landing *l, const char *from, const char *to)
{
	if (renameat(l->dir, from, l->dir, to) < 0)
		return -1;
	if (store_sync(l->dir) == 0)
		return 0;
	int e = errno;

	(void)renameat(l->dir, to, l->dir, from);	/* not known to last: it did not happen */
	errno = e;
	return -1;
}

/* Make what was renamed durable: every directory a file moved through. */
static int
sync_dirs(struct landing *l)
{
	const char *last = "\n", *base;
	size_t lastlen = 1;

	for (size_t i = 0; i < l->j.nplace; i++)
		if (l->place[i] >= 0 && syncfs(l->place[i]) < 0)
			return -1;
	if (store_sync(l->stage) < 0)
		return -1;
	if (l->j.n > JOURNAL_MANY)
		return syncfs(l->ws);
	for (size_t i = 0; i < l->j.n; i++) {
		const char *path = l->j.e[i].path, *slash = strrchr(path, '/');
		size_t len = slash ? (size_t)(slash - path) : 0;
		CLEANUP(fd) int parent = -1;

		if (len == lastlen && !strncmp(path, last, len))
			continue;
		last = path;
		lastlen = len;
		parent = path_open_parent(l->ws, path, false, &base);
		if (parent < 0 && journal_replaced(errno))
			continue;
		if (parent < 0 || store_sync(parent) < 0)
			return -1;
	}
	for (size_t i = 0; i < l->j.ndir; i++) {
		CLEANUP(fd) int parent = path_open_parent(l->ws, l->j.dir[i].path, false, &base);

		if (parent < 0 ? !journal_replaced(errno) : store_sync(parent) < 0)
			return -1;
	}
	return 0;
}

/* Back to what was, whatever was done; the journal is dropped only after that is durable. */
static int
undo(struct landing *l, struct journal_report *r)
{
	for (size_t i = l->j.n; i-- > 0; )
		if (l->j.e[i].op != 'D' && journal_undo(l, i, r) < 0)
			return -1;
	if (journal_undo_dirs(l, true) < 0 || journal_undo_dirs(l, false) < 0)
		return -1;
	for (size_t i = l->j.n; i-- > 0; )
		if (l->j.e[i].op == 'D' && journal_undo(l, i, r) < 0)
			return -1;
	if (sync_dirs(l) < 0 || turn(l, JOURNAL_LIVE, JOURNAL_NEW) < 0)
		return -1;
	return drop(l, JOURNAL_NEW);
}

/* A published journal that nobody finished. 1 undone, 0 none. */
static int
undo_found(struct landing *l, struct journal_report *r)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int rc = -1;

	l->stage = store_opendir(l->dir, JOURNAL_LIVE);
	if (l->stage < 0)
		return errno == ENOENT ? 0 : -1;
	r->recovered = true;
	if (store_read(l->stage, JOURNAL_PLAN, &text, JOURNAL_MAX) < 0 ||
	    journal_parse(&l->j, text.p, text.len) < 0) {
		CLEANUP(free) char *dir = path_of_fd(l->stage);

		buf_addf(&r->why, "the journal '%s' of a killed landing cannot be read: %s; nothing was "
			"touched", dir ? dir : JOURNAL_LIVE,
			errno == EBADMSG ? "it is damaged" : strerror(errno));
	} else if (journal_open_places(l) < 0 || undo(l, r) < 0) {
		buf_addf(&r->why, "a killed landing cannot be undone yet: %s", strerror(errno));
		errno = EUCLEAN;
	} else {
		rc = 1;
	}
	forget(l);
	return rc;
}

static int
recover(struct landing *l, struct journal_report *r)
{
	if (drop(l, JOURNAL_DONE) < 0 || drop(l, JOURNAL_NEW) < 0) {
		buf_addf(&r->why, "what a killed landing left cannot be removed: %s", strerror(errno));
		return -1;
	}
	return undo_found(l, r);
}

/* Wait for the lock in a child, so that the wait can end. */
static int
lock_timed(int fd)
{
	struct proc p;
	int status, rc = lock_try(fd, true);

	if (rc <= 0)
		return rc;
	if (proc_lock_waiter(&p, fd, true) < 0)
		return -1;
	struct pollfd pfd = { .fd = p.pidfd, .events = POLLIN };

	do
		rc = poll(&pfd, 1, LOCK_WAIT_MS);
	while (rc < 0 && errno == EINTR);
	if (rc <= 0)
		(void)kill(p.pid, SIGKILL);	/* our own child, not yet reaped */
	if (proc_wait(&p, &status) < 0)
		return -1;
	if (status == 0)
		return 0;
	errno = EBUSY;
	return -1;
}

static int
open_locked(struct landing *l, int ws, bool wait, struct journal_report *r)
{
	int rc;

	*l = (struct landing){ .ws = ws, .dir = -1, .lock = -1, .stage = -1, .kept = -1 };
	l->dir = journal_dir(ws, true);
	if (l->dir < 0) {
		buf_addf(&r->why, "cannot open the repository's directory: %s", strerror(errno));
		return -1;
	}
	l->lock = lock_open(l->dir, JOURNAL_LOCK);
	rc = l->lock < 0 ? -1 : wait ? lock_timed(l->lock) : lock_try(l->lock, true);
	if (rc > 0)
		errno = EBUSY;
	if (rc) {
		buf_addf(&r->why, "%s", errno == EBUSY ? "another landing is at work in this workspace"
			: strerror(errno));
		return -1;
	}
	return recover(l, r);
}

int
journal_open(struct landing *l, int ws, struct journal_report *r)
{
	int rc = open_locked(l, ws, true, r);

	if (rc >= 0 && !r->nkept)
		return 0;
	int e = errno;

	journal_close(l);
	errno = e;
	return rc < 0 ? -1 : 1;
}

int
journal_recover(int ws, struct journal_report *r)
{
	static const char *const left[] = { JOURNAL_LIVE, JOURNAL_NEW, JOURNAL_DONE };
	CLEANUP(fd) int dir = journal_dir(ws, false);
	struct landing l;
	struct stat st;
	bool any = false;
	int rc;

	if (dir < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++)
		any |= fstatat(dir, left[i], &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!any)
		return 0;
	rc = open_locked(&l, ws, false, r);

	int e = errno;

	journal_close(&l);
	errno = e;
	return rc;
}

/* new/ with everything in it, durable, then its name says that it counts. */
static int
publish(struct landing *l)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (journal_format(&l->j, &text) < 0 ||
	    store_replace(l->stage, JOURNAL_PLAN, text.p, text.len, STORE_NODIRSYNC) < 0)
		return -1;
	if (l->j.n > JOURNAL_MANY && syncfs(l->stage) < 0)
		return -1;
	for (size_t i = 0; i < l->j.nplace; i++)
		if (syncfs(l->place[i]) < 0)
			return -1;
	if (store_sync(l->stage) < 0)
		return -1;
	return turn(l, JOURNAL_NEW, JOURNAL_LIVE);
}

static int
run_ops(struct landing *l, bool deletions, struct buf *why)
{
	for (size_t i = 0; i < l->j.n; i++) {
		if ((l->j.e[i].op == 'D') != deletions || journal_do(l, i) == 0)
			continue;
		int e = errno;

		buf_addf(why, "'%s': %s", l->j.e[i].path, journal_step_why(e));
		errno = e;
		return -1;
	}
	return 0;
}

/* From old to new. Anything that is not as planned is an error; the caller undoes. */
static int
run(struct landing *l, struct buf *why)
{
	if (run_ops(l, true, why) < 0)
		return -1;
	if (journal_do_dirs(l, false) < 0 || journal_do_dirs(l, true) < 0) {
		buf_addf(why, "a directory: %s", strerror(errno));
		return -1;
	}
	if (run_ops(l, false, why) < 0)
		return -1;
	if (sync_dirs(l) < 0) {
		buf_addf(why, "syncing: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int
give_up(struct landing *l, struct journal_report *r, int err)
{
	r->undone = true;
	if (undo(l, r) < 0) {
		buf_addf(&r->why, "; undoing it failed too: %s (run apply --recover)", strerror(errno));
		err = EUCLEAN;
	}
	errno = err;
	return -1;
}

int
journal_land(struct landing *l, const struct plan *p,
	int (*source)(const struct plan_entry *e, struct buf *out, void *arg), void *arg,
	struct journal_report *r)
{
	int e;

	l->j.job = strdup(p->job);
	plan_token(p, l->j.token);
	l->stage = l->j.job ? store_mkdir(l->dir, JOURNAL_NEW) : -1;
	if (l->stage < 0 || journal_stage(l, p, source, arg, &r->why) < 0 || publish(l) < 0) {
		e = errno;
		if (!r->why.len)
			buf_addf(&r->why, "cannot stage: %s", strerror(e));
		(void)drop(l, JOURNAL_NEW);	/* the next one will, if this fails */
		errno = e;
		return -1;
	}
	if (run(l, &r->why) < 0)
		return give_up(l, r, errno);
	if (turn(l, JOURNAL_LIVE, JOURNAL_DONE) < 0) {
		e = errno;
		buf_addf(&r->why, "cannot commit: %s", strerror(e));
		return give_up(l, r, e);
	}
	(void)drop(l, JOURNAL_DONE);		/* landed; the next one cleans up if this fails */
	return 0;
}
