/* SPDX-License-Identifier: MIT */
#include "latest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "clock.h"
#include "continued.h"
#include "joborder.h"
#include "path.h"
#include "session.h"

#define JOB_SECOND 19		/* of an id: "job-YYYYMMDD-HHMMSS" */

struct look {
	const struct root *root;
	const char *recipe, *cwd, *goal, *session;
	struct job *found;		/* fd -1: nothing yet */
	char made[64], ended[64];	/* its times */
	int64_t max_ms;			/* how long ago it may have ended */
	struct buf *why;
};

static bool
is_one(const struct look *l, const struct job *j)
{
	CLEANUP(free) char *recipe = job_recipe(j);
	CLEANUP(free) char *cwd = job_cwd(j);

	return recipe && !strcmp(recipe, l->recipe) && cwd && !strcmp(cwd, l->cwd) &&
		(!l->goal || json_is(&j->doc, job_param(j, "goal_item_id"), l->goal));
}

static int
refuse(struct look *l, const char *id, const char *what)
{
	(void)buf_addf(l->why, "the latest job here, '%s', %s", id, what);
	errno = ECANCELED;
	return -1;
}

/* What never had a session did nothing that could be gone on with. */
static int
take_newest(struct look *l, struct job *j, const struct job_status *st)
{
	CLEANUP(free) char *session = NULL;

	if (!st->terminal)
		return refuse(l, j->id, "has not ended: wait for it");
	session = session_of(j);
	if (!session)
		return 0;
	(void)snprintf(l->made, sizeof l->made, "%s", st->created ? st->created : "");
	(void)snprintf(l->ended, sizeof l->ended, "%s", st->ended ? st->ended : "");
	if (l->found->fd >= 0)
		job_close(l->found);
	*l->found = *j;
	j->fd = -1;			/* now found's */
	return 0;
}

/*
 * Another one: were both at work at the same time? Then who is meant? Names tell the order of
 * jobs to the second only.
 */
static int
compare(struct look *l, struct job *j, const struct job_status *st)
{
	CLEANUP(free) char *session = session_of(j);
	char by[JOB_ID_LEN + 1];
	enum continued how;

	if (st->terminal && !session)
		return 0;
	if (st->terminal && (!st->ended || strcmp(st->ended, l->made) < 0))
		return 0;
	if (st->created && *l->ended && strcmp(l->ended, st->created) < 0)
		return take_newest(l, j, st);
	/* taken over: the job that did speaks for it */
	if (continued_look(j, l->root, &how, by, NULL) == 0 && how == CONTINUED_TAKEN)
		return 0;
	if (json_is(&l->found->doc, json_get(&l->found->doc, 0, "continues"), j->id))
		return 0;		/* it was forked from this one */
	(void)buf_addf(l->why, "two tasks ran side by side here, '%s' and '%s': name the one to go on with",
		l->found->id, j->id);
	errno = ECANCELED;
	return -1;
}

static int
visit_write(const char *id, void *arg)
{
	struct look *l = arg;
	struct job_status st;
	struct job j;
	int rc = 0;

	if (job_open_id(&j, l->root, id) < 0)
		return 0;		/* being removed */
	if (is_one(l, &j) && job_status(&j, l->root, &st) == 0) {
		rc = l->found->fd < 0 ? take_newest(l, &j, &st) : compare(l, &j, &st);
		job_status_release(&st);
	}
	if (j.fd >= 0)
		job_close(&j);
	return rc;
}

int
latest_write(struct job *j, const struct root *r, const struct joborder *o, struct buf *why)
{
	CLEANUP(free) char *goal = NULL;
	struct json params = { 0 };
	struct look l = { .root = r, .recipe = "write", .cwd = o->cwd, .found = j, .why = why };

	*j = (struct job){ .fd = -1 };
	if (json_parse(&params, o->params, o->params_len, NULL) == JSON_OK)
		goal = json_get_cstr(&params, 0, "goal_item_id");
	json_release(&params);
	l.goal = goal;
	if (job_each(r, o->ws.slug, LATEST_LOOK, visit_write, &l) == 0 && j->fd >= 0)
		return 1;
	if (!why->len) {
		(void)buf_addf(why, "there is no write job of '%s'%s%s%s to go on with", o->cwd,
			goal ? " and the goal '" : "", goal ? goal : "", goal ? "'" : "");
		errno = ECANCELED;
	}
	if (j->fd >= 0) {
		int e = errno;
		job_close(j);
		errno = e;
	}
	return -1;
}

/* Names tell the order to the second: is what was found of a later one than this job? */
static bool
is_settled(const struct look *l, const char *id)
{
	return l->found->fd >= 0 && strncmp(id, l->found->id, JOB_SECOND) != 0;
}

/* Of jobs of one second the one that was made last; takes j over. */
static void
take_later(struct look *l, struct job *j)
{
	CLEANUP(free) char *made = json_get_cstr(&j->doc, 0, "created");

	if (l->found->fd >= 0 && (!made || strcmp(made, l->made) <= 0)) {
		job_close(j);
		return;
	}
	(void)snprintf(l->made, sizeof l->made, "%s", made ? made : "");
	if (l->found->fd >= 0)
		job_close(l->found);
	*l->found = *j;
}

static int
visit_read(const char *id, void *arg)
{
	struct look *l = arg;
	struct job_status st;
	char by[JOB_ID_LEN + 1];
	int64_t ended;
	struct job j;
	bool good = false;

	if (is_settled(l, id))
		return 1;
	if (job_open_id(&j, l->root, id) < 0)
		return 0;
	if (is_one(l, &j) && job_status(&j, l->root, &st) == 0) {
		good = st.terminal && st.ended && clock_parse(st.ended, &ended) == 0 &&
			clock_wall_ms() - ended < l->max_ms && continued_read(&j, by) == 0;
		job_status_release(&st);
	}
	if (good)
		take_later(l, &j);
	else
		job_close(&j);
	return 0;
}

int
latest_read(struct job *j, const struct root *r, const struct joborder *o, int64_t max_ms)
{
	struct look l = { .root = r, .recipe = "read", .cwd = o->cwd, .found = j, .max_ms = max_ms };

	*j = (struct job){ .fd = -1 };
	return job_each(r, o->ws.slug, LATEST_LOOK, visit_read, &l) < 0 ? -1 : j->fd >= 0;
}

static int
visit_session(const char *id, void *arg)
{
	struct look *l = arg;
	CLEANUP(free) char *session = NULL;
	struct job j;

	if (is_settled(l, id))
		return 1;
	if (job_open_id(&j, l->root, id) < 0)
		return 0;
	session = session_of(&j);
	if (session && !strcmp(session, l->session))
		take_later(l, &j);
	else
		job_close(&j);
	return 0;
}

int
latest_session(struct job *j, const struct root *r, const char *dir, const char *session)
{
	CLEANUP(fd) int fd = open(dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free) char *cwd = fd < 0 ? NULL : path_of_fd(fd);
	struct look l = { .root = r, .session = session, .found = j };
	struct workspace ws;
	int got, e = errno;

	*j = (struct job){ .fd = -1 };
	/* said of the name as that of a job */
	if (strlen(session) != 36 || !session_valid(session) || !cwd || workspace_find(cwd, &ws) < 0) {
		errno = e;
		return -1;
	}
	got = job_each(r, ws.slug, LATEST_LOOK, visit_session, &l);
	workspace_release(&ws);
	if (got >= 0 && j->fd >= 0)
		return 0;
	if (j->fd >= 0)
		job_close(j);
	errno = ENOENT;
	return -1;
}
