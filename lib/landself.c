/* SPDX-License-Identifier: MIT */
#include "landself.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attempt.h"
#include "buf.h"
#include "clock.h"
#include "event.h"
#include "job.h"
#include "jsonw.h"
#include "land.h"
#include "store.h"
#include "verdict.h"

#define NOT_LANDED "not-landed.json"

bool
landself_wanted(const struct job *j)
{
	int isolation = job_param(j, "isolation");

	return json_is(&j->doc, job_param(j, "tool"), "start") &&
	    (isolation < 0 || json_type(&j->doc, isolation) == JSON_T_NULL ||
	    json_is(&j->doc, isolation, "none"));
}

static int
record(const struct job *j, const char *why)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	CLEANUP(fd) int dir = store_mkdir(j->fd, JOB_APPLY);
	char at[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(at, clock_wall_ms());
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "at", at);
	jsonw_mstr(&w, "why", why);
	jsonw_end(&w);
	if (buf_addch(&b, '\n') < 0)
		return -1;
	return dir < 0 ? -1 : store_replace(dir, NOT_LANDED, b.p, b.len, 0);
}

/* Everything a person would look at first. 1 yes, 0 no and why, -1. */
static int
verified(struct job *j, const struct job_status *st, struct buf *why)
{
	struct verdict v;
	int rc = 0;

	if (verdict_load(&v, j, st, true) < 0)
		return -1;
	if (v.outcome != OUTCOME_SUCCESS)
		(void)buf_addstr(why, v.why);	/* sticky */
	else if (!v.facts.checks_known)
		(void)buf_addstr(why, "nothing was checked");
	else
		rc = 1;
	verdict_release(&v);
	return buf_ok(why) ? rc : -1;
}

static void
name_conflict(const struct land *l, struct buf *why)
{
	(void)buf_addf(why, "%zu file%s cannot be landed", l->count.conflicts,
	    l->count.conflicts == 1 ? "" : "s");
	for (size_t i = 0; i < l->plan.n; i++)
		if (l->plan.e[i].op == PLAN_CONFLICT) {
			(void)buf_addstr(why, ", first ");
			event_short(why, l->plan.e[i].path, strlen(l->plan.e[i].path), 200);
			return;
		}
}

/* 1 landed, 0 not and why. */
static int
land(struct job *j, struct buf *why)
{
	struct land_want want = { NULL, NULL };
	struct journal_report report;
	struct land l = LAND_INIT;
	enum answer_code code;
	char token[PLAN_TOKEN];
	int rc = 0;

	journal_report_init(&report);
	if (land_open(&l, j, NULL, &code, why) < 0) {
		journal_report_release(&report);
		return 0;
	}
	if (land_prepare(&l, &want, &report, &code, why) == 0) {
		memcpy(token, l.token, sizeof token);
		if (l.count.conflicts)
			name_conflict(&l, why);
		else if (!land_complete(&l))
			(void)buf_addstr(why, "a part of the change would have to be left out");
		else
			rc = land_do(&l, &want, token, LANDSELF_CONFIRMED, &report, &code, why) == 0;
	}
	land_close(&l);
	journal_report_release(&report);
	return rc;
}

int
landself(struct job *j, const struct job_status *st, struct buf *why)
{
	int rc = landself_wanted(j) ? verified(j, st, why) : 2;

	if (rc == 1)
		rc = land(j, why);
	if (rc == 0 && record(j, why->p) < 0)
		rc = -1;
	if (rc < 0 && !why->len)
		(void)buf_addf(why, "the landing cannot be recorded: %s", strerror(errno));
	return rc;
}

/* How the newest landing was agreed to; malloc'd, NULL: there was none. */
static char *
confirmed(int dir)
{
	char *word = NULL;

	for (int n = 1;; n++) {
		CLEANUP(buf) struct buf text = BUF_INIT;
		char name[40], *next;
		struct json d;

		(void)snprintf(name, sizeof name, "landed-%d.json", n);
		attempt_json(dir, name, &text, &d);
		next = json_get_cstr(&d, 0, "confirmed");
		json_release(&d);
		if (!next)
			return word;
		free(word);
		word = next;
	}
}

bool
landself_landed(const struct job *j, struct buf *why)
{
	CLEANUP(fd) int dir = store_opendir(j->fd, JOB_APPLY);
	CLEANUP(free) char *word = dir < 0 ? NULL : confirmed(dir);
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d;

	if (word) {
		(void)buf_addstr(why, word);	/* sticky */
		return true;
	}
	attempt_json(dir, NOT_LANDED, &text, &d);
	CLEANUP(free) char *said = json_get_cstr(&d, 0, "why");
	json_release(&d);
	(void)buf_addstr(why, said ? said : landself_wanted(j) ? "the job did not come to it" :
	    "left for apply");
	return false;
}
