/* SPDX-License-Identifier: MIT */
#include "clean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "change.h"
#include "clock.h"
#include "continued.h"
#include "landed.h"
#include "lock.h"
#include "path.h"
#include "store.h"
#include "storerm.h"
#include "tree.h"

enum { TRASH_NAMES = 1000, CHAIN_MAX = 100 };

__attribute__((format(printf, 3, 4)))
static void
say(struct clean_verdict *v, enum clean_fate fate, const char *fmt, ...)
{
	va_list ap;

	v->fate = fate;
	va_start(ap, fmt);
	(void)vsnprintf(v->reason, sizeof v->reason, fmt, ap);	/* cut: still one clause */
	va_end(ap);
}

int64_t
clean_id_age(const char *id, int64_t now_ms)
{
	char stamp[CLOCK_STAMP];
	int64_t made;

	if (!job_id_valid(id))
		return -1;
	(void)snprintf(stamp, sizeof stamp, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s.000Z", id + 4, id + 8, id + 10,
	    id + 13, id + 15, id + 17);
	return clock_parse(stamp, &made) < 0 ? -1 : now_ms - made;
}

/* Did a job that went on with this one land its change, in which this one's is? */
static bool
lives_on(const struct root *r, const struct job *j, int more)
{
	char id[JOB_ID_LEN + 1];
	enum continued how;
	struct job by;
	bool landed = false;

	if (continued_look(j, r, &how, id, &by) < 0 || by.fd < 0)
		return false;
	if (how == CONTINUED_TAKEN)
		landed = landed_look(by.fd) == LANDED_ALL || (more && lives_on(r, &by, more - 1));
	job_close(&by);
	return landed;
}

/* Does somebody still need what is in it, whatever its own change? */
static bool
is_needed(const struct root *r, const struct job *j, struct clean_verdict *v)
{
	char id[JOB_ID_LEN + 1];
	enum continued how;

	if (continued_look(j, r, &how, id, NULL) < 0) {
		say(v, CLEAN_KEPT, "who continues it cannot be read: %s", strerror(errno));
		return true;
	}
	if (how == CONTINUED_CLAIMED)
		say(v, CLEAN_KEPT, "'%s' is about to go on with it", id);
	return how == CONTINUED_CLAIMED;
}

/* Is there work in it that nobody has? Says so in v. */
static bool
has_work(const struct root *r, const struct job *j, struct clean_verdict *v)
{
	CLEANUP(free) char *continues = json_get_cstr(&j->doc, 0, "continues");
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct change c;
	int was = landed_look(j->fd), got, e;
	size_t n;

	if (continues && !json_get_bool(&j->doc, 0, "fork", false) && !continued_done(j) &&
	    (job_has(j, JOB_HOME) || job_has(j, JOB_TREE))) {
		say(v, CLEAN_KEPT, "it holds what it had not wholly taken over from '%s': continue that",
		    continues);
		return true;
	}
	if (was == LANDED_ALL)
		return false;
	if (was < 0) {
		say(v, CLEAN_KEPT, "whether it was applied cannot be read: %s", strerror(errno));
		return true;
	}
	change_init(&c);
	got = change_read(j->fd, &c, &why);
	e = errno;
	n = c.nfiles;
	change_release(&c);
	if (got < 0 && e != ENOENT) {
		say(v, CLEAN_KEPT, "its change cannot be read: %s", why.len ? why.p : strerror(e));
		return true;
	}
	if (!got && n && !lives_on(r, j, CHAIN_MAX)) {
		say(v, CLEAN_KEPT, "its change of %zu file%s was %s", n, n == 1 ? "" : "s",
		    was == LANDED_PART ? "applied only in part" : "not applied");
		return true;
	}
	if (got < 0 && job_has(j, JOB_TREE)) {
		say(v, CLEAN_KEPT, "it has a tree whose change was never sealed");
		return true;
	}
	return false;
}

/* Rename the job called id in from to a free name in trash/. 0 or -1+errno. */
static int
to_trash(const struct root *r, int from, const char *id)
{
	CLEANUP(fd) int trash = root_dir(r, "trash", true);

	if (trash < 0)
		return -1;
	for (int i = 0; i < TRASH_NAMES; i++) {
		char as[96];

		(void)snprintf(as, sizeof as, "%s.job.%d", id, i);	/* fits */
		if (!store_move(from, id, trash, as))
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* Today's and yesterday's directories stay: spawn may be about to use them. */
static void
drop_empty_day(int parent, const char *day)
{
	char now[16];

	clock_compact(now, clock_wall_ms() - 86400000);
	if (strncmp(day, now, 8) < 0)
		(void)unlinkat(parent, day, AT_REMOVEDIR);	/* not empty: stays */
}

/* The entry of a job in the list of its workspace, and its throttle record. */
static void
drop_links(const struct root *r, struct job *j)
{
	CLEANUP(free) char *slug = json_cstr(&j->doc, json_path(&j->doc, 0, "workspace.slug"));
	CLEANUP(free) char *cwd = job_cwd(j);
	CLEANUP(fd) int ws = -1, days = -1;
	char rel[160], day[9];

	/* All that follows may fail: what is left leads nowhere, and says nothing. */
	(void)snprintf(day, sizeof day, "%.8s", j->id + 4);
	if (!slug && cwd)
		slug = job_slug(cwd);
	(void)job_running_clear(r, j->id);
	(void)snprintf(rel, sizeof rel, "waits/%s", j->id);
	(void)unlinkat(r->fd, rel, 0);
	if (!slug || !path_is_clean(slug, strlen(slug)) || strchr(slug, '/'))
		return;
	(void)snprintf(rel, sizeof rel, "workspaces/%s", slug);
	ws = root_dir(r, rel, false);
	days = ws < 0 ? -1 : store_opendir(ws, day);
	if (days < 0)
		return;
	(void)unlinkat(days, j->id, 0);
	drop_empty_day(ws, day);
}

static int
remove_job(const struct root *r, struct job *j)
{
	CLEANUP(fd) int jobs = root_dir(r, "jobs", false);
	CLEANUP(fd) int at = -1;
	char day[9];

	(void)snprintf(day, sizeof day, "%.8s", j->id + 4);
	at = jobs < 0 ? -1 : store_opendir(jobs, day);
	if (at < 0 || to_trash(r, at, j->id) < 0)
		return -1;
	drop_links(r, j);
	drop_empty_day(jobs, day);
	return 0;
}

/* Where it stands, how old, of which directory: false if that decides. */
static bool
eligible(const struct root *r, struct job *j, int64_t older_ms, const char *cwd,
	struct clean_verdict *v)
{
	CLEANUP(free) char *own = job_cwd(j);
	struct job_status st;
	int64_t then;
	const char *end;

	if (cwd && (!own || strcmp(cwd, own) != 0)) {
		v->fate = CLEAN_GONE;
		return false;
	}
	if (job_status(j, r, &st) < 0) {
		say(v, CLEAN_KEPT, "its state cannot be read: %s", job_open_why(errno));
		return false;
	}
	(void)snprintf(v->state, sizeof v->state, "%s", job_state_name(st.state));
	/* A loss is recorded when it is found, perhaps just now. */
	end = st.state == JOB_LOST || !st.ended ? st.created : st.ended;
	v->age_ms = end && clock_parse(end, &then) == 0 ? clock_wall_ms() - then : -1;
	v->fate = !st.terminal ? CLEAN_ACTIVE : v->age_ms < older_ms ? CLEAN_YOUNG : CLEAN_REMOVED;
	if (!st.terminal)
		say(v, CLEAN_ACTIVE, "it is %s", v->state);
	job_status_release(&st);
	return v->fate == CLEAN_REMOVED;
}

static void
judge(const struct root *r, struct job *j, int flags, struct clean_verdict *v)
{
	CLEANUP(fd) int lock = -1;
	char name[TREE_TRASH_NAME];
	int taken;

	if ((flags & CLEAN_TREES) && !job_has(j, JOB_TREE) && !job_has(j, JOB_CTL_GIT)) {
		v->fate = CLEAN_GONE;
		return;
	}
	lock = lock_open(j->fd, JOB_TREE_LOCK);
	taken = lock < 0 ? -1 : lock_try(lock, true);
	if (taken) {
		say(v, CLEAN_KEPT, "its tree is in use%s%s", taken < 0 ? ": " : "",
		    taken < 0 ? strerror(errno) : "");
		return;
	}
	if (is_needed(r, j, v) || (!(flags & CLEAN_FORCE) && has_work(r, j, v)))
		return;
	if (!(flags & CLEAN_DRY) &&
	    (flags & CLEAN_TREES ? tree_discard(r, j, name) : remove_job(r, j)) < 0)
		say(v, CLEAN_FAILED, "cannot be moved to trash/: %s", strerror(errno));
}

void
clean_one(const struct root *r, const char *id, int64_t older_ms, const char *cwd, int flags,
	struct clean_verdict *v)
{
	struct job j;

	*v = (struct clean_verdict){ .fate = CLEAN_REMOVED, .age_ms = -1 };
	if (job_open_id(&j, r, id) < 0) {
		if (errno == ENOENT)
			v->fate = CLEAN_GONE;
		else
			say(v, CLEAN_KEPT, "%s", job_open_why(errno));
		return;
	}
	if (eligible(r, &j, older_ms, cwd, v))
		judge(r, &j, flags, v);
	job_close(&j);
}

int
clean_trash(const struct root *r)
{
	CLEANUP(dir) DIR *d = NULL;
	struct dirent *e;
	int fd = root_dir(r, "trash", false), error = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);	/* only read from */
		return -1;
	}
	while ((errno = 0, e = readdir(d)))
		if (*e->d_name != '.' && store_remove(fd, e->d_name) < 0 && !error)
			error = errno;
	errno = error ? error : errno;
	return errno ? -1 : 0;
}
