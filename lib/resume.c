/* SPDX-License-Identifier: MIT */
#include "resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "change.h"
#include "continued.h"
#include "joborder.h"
#include "json.h"
#include "jsonw.h"
#include "latest.h"
#include "lock.h"
#include "seal.h"
#include "session.h"
#include "takeover.h"

__attribute__((format(printf, 2, 3)))
static int
no(struct buf *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)buf_vaddf(why, fmt, ap);
	va_end(ap);
	errno = ECANCELED;
	return -1;
}

static bool
is_word(const struct resume *m)
{
	return !strcmp(m->which, RESUME_LATEST) || !strcmp(m->which, RESUME_RECENT);
}

int
resume_find(struct resume *m, const struct root *r, const char *dir, struct buf *why)
{
	if (is_word(m)) {
		m->recipe = strdup(*m->which == 'l' ? "write" : "read");
		return m->recipe ? 0 : -1;
	}
	if (r->fd < 0)
		errno = ENOENT;
	if (r->fd < 0 || (job_open(&m->from, r, m->which) < 0 &&
	    latest_session(&m->from, r, dir, m->which) < 0)) {
		m->from.fd = -1;
		(void)buf_addf(why, "--continue: '%s': %s", m->which, job_open_why(errno));
		errno = EINVAL;
		return -1;
	}
	m->recipe = job_recipe(&m->from);
	m->cwd = job_cwd(&m->from);
	if (m->recipe && m->cwd)
		return 0;
	(void)buf_addstr(why, "--continue: the job's job.json is damaged");
	errno = EINVAL;
	return -1;
}

/* ---- may it be continued? ---- */

static int
judge_kind(const struct resume *m, const struct joborder *o, struct buf *why)
{
	CLEANUP(free) char *recipe = job_recipe(&m->from);
	CLEANUP(free) char *cwd = job_cwd(&m->from);

	if (!recipe || !cwd || (strcmp(recipe, "read") && strcmp(recipe, "review") &&
	    strcmp(recipe, "write")))
		return no(why, "'%s' cannot be continued: it is no read, review or write job",
			m->from.id);
	if (strcmp(recipe, o->recipe) != 0)
		return no(why, "'%s' is a %s job: a %s job cannot go on with it", m->from.id, recipe,
			o->recipe);
	/* same directory: what the agent knows by a relative path is still that */
	if (strcmp(cwd, o->cwd) != 0)
		return no(why, "'%s' is of another workspace, '%s'", m->from.id, cwd);
	return 0;
}

static int
judge_claim(const struct resume *m, const struct root *r, struct buf *why)
{
	char id[JOB_ID_LEN + 1];
	enum continued how;
	struct job by;
	int rc = 0;

	if (continued_look(&m->from, r, &how, id, &by) < 0)
		return no(why, "who continues '%s' cannot be read: %s", m->from.id, strerror(errno));
	if (how == CONTINUED_CLAIMED)
		rc = no(why, "'%s' is being continued already, by '%s'", m->from.id, id);
	else if (how == CONTINUED_TAKEN)
		rc = by.fd >= 0 ? no(why, "'%s' was continued by '%s', which has its tree and session now: "
			"continue that", m->from.id, id) :
			no(why, "'%s' was continued by '%s', which was cleaned", m->from.id, id);
	else if (how == CONTINUED_HALF)
		rc = takeover_undo(&m->from, &by, why);
	if (by.fd >= 0)
		job_close(&by);
	return rc;
}

static int
judge_parts(const struct resume *m, struct buf *why)
{
	CLEANUP(free) char *continues = json_get_cstr(&m->from.doc, 0, "continues");
	CLEANUP(free) char *session = session_of(&m->from);
	bool write = !strcmp(m->recipe, "write");

	if (continues && !continued_done(&m->from))
		return no(why, "'%s' ended before it had taken over '%s': continue that", m->from.id,
			continues);
	if (!session)
		return no(why, "the agent of '%s' never began a session: there is nothing to go on with",
			m->from.id);
	if (write && (!job_has(&m->from, JOB_TREE) || !job_has(&m->from, JOB_TREE_INFO) ||
	    !job_has(&m->from, JOB_AGENT_GIT) || !job_has(&m->from, JOB_CTL_GIT)))
		return no(why, "the tree of '%s' was cleaned", m->from.id);
	if (!session_there(&m->from, session))
		return no(why, "the session of '%s' is no longer there", m->from.id);
	return 0;
}

static int
judge(struct resume *m, const struct root *r, const struct joborder *o, struct buf *why)
{
	struct change c;
	int rc, ended = job_is_terminal(&m->from, r);

	if (judge_kind(m, o, why) < 0)
		return -1;
	if (ended < 0)
		return no(why, "'%s' cannot be read: %s", m->from.id, strerror(errno));
	if (!ended)
		return no(why, "'%s' has not ended: wait for it, or tell it with jobdir-send", m->from.id);
	m->lock = lock_open(m->from.fd, JOB_TREE_LOCK);
	rc = m->lock < 0 ? -1 : lock_try(m->lock, !m->fork);
	if (rc) {
		(void)no(why, "the tree of '%s' is in use: try again", m->from.id);
		errno = EBUSY;
		return -1;
	}
	if (job_in_place(&m->from) < 0)
		return no(why, "'%s' was removed meanwhile", m->from.id);
	if (judge_claim(m, r, why) < 0 || judge_parts(m, why) < 0)
		return -1;
	if (strcmp(m->recipe, "write") != 0 || job_has(&m->from, JOB_CHANGES))
		return 0;
	/* cut off before it was sealed; sealing holds the tree itself, shared */
	if (lock_try(m->lock, false) != 0 || change_of(&m->from, true, -1, &c, why) < 0)
		return -1;
	change_release(&c);
	rc = m->fork ? 0 : lock_try(m->lock, true);
	return rc ? no(why, "the tree of '%s' is in use: try again", m->from.id) : 0;
}

/* ---- what the new job has of it ---- */

/* What held for the work so far holds on, unless the request says something else. */
static const char *const inherited[] = {
	"base", "dirty", "model", "allowed_files", "max_changed_files", "share", "sensitive", "profile",
	"permission_mode", "add_dirs", "goal_item_id", "checks", "auto_revise", "max_revisions",
	"scoped_patch",
};

static int
inherit(struct resume *m, struct joborder *o)
{
	const struct json *old = &m->from.doc;
	struct json own;
	struct jsonw w;

	if (json_parse(&own, o->params, o->params_len, NULL) != JSON_OK)
		return -1;
	jsonw_init(&w, &m->params);
	jsonw_object(&w);
	for (int n = json_first(&own, 0); n >= 0; n = json_next(&own, n)) {
		CLEANUP(buf) struct buf name = BUF_INIT;

		(void)json_str(&own, n, &name);		/* spawn wrote it itself */
		jsonw_keyn(&w, name.p, name.len);
		jsonw_node(&w, &own, json_value(&own, n));
	}
	for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++) {
		int n = job_param(&m->from, inherited[i]);

		if (n < 0 || json_get(&own, 0, inherited[i]) >= 0)
			continue;
		jsonw_key(&w, inherited[i]);
		jsonw_node(&w, old, n);
	}
	jsonw_end(&w);
	json_release(&own);
	o->params = m->params.p;
	o->params_len = m->params.len;
	o->continues = m->from.id;
	o->fork = m->fork;
	return buf_ok(&m->params) ? 0 : (errno = ENOMEM, -1);
}

int
resume_begin(struct resume *m, const struct root *r, struct joborder *o, struct buf *why)
{
	CLEANUP(buf) struct buf own = BUF_INIT;
	bool recent = !strcmp(m->which, RESUME_RECENT);
	int got = !is_word(m) ? 1 : recent ? latest_read(&m->from, r, o, RESUME_RECENT_MS) :
		latest_write(&m->from, r, o, why);

	if (got < 0) {
		m->from.fd = -1;
		return -1;
	}
	if (got > 0 && judge(m, r, o, recent ? &own : why) == 0)
		return inherit(m, o);
	if (!recent)
		return -1;
	/* what was only offered, and is taken or gone, is no reason to refuse the question */
	resume_end(m);
	o->continues = NULL;
	o->fork = false;
	return 0;
}

int
resume_claim(const struct resume *m, const char *id)
{
	return m->from.fd < 0 || m->fork ? 0 : continued_put(&m->from, id);
}

void
resume_unclaim(const struct resume *m, const char *id)
{
	if (m->from.fd >= 0 && !m->fork)
		continued_drop(&m->from, id);
}

void
resume_end(struct resume *m)
{
	cleanup_fd(&m->lock);
	m->lock = -1;
	if (m->from.fd >= 0)
		job_close(&m->from);
	m->from = (struct job){ .fd = -1 };
}
