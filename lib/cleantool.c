/* SPDX-License-Identifier: MIT */
/*
 * The entries are those that a user has to know of: what went or would go,
 * what failed, and what was kept for a reason. Young and active jobs are
 * counted; of the active, which nothing here can harm, the ids are told.
 */
#include "cleantool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "clean.h"
#include "jobreq.h"
#include "jsonw.h"
#include "summary.h"
#include "sweep.h"
#include "workspace.h"

enum { ANSWER_ROOM = 8000, LIMIT = 20, HOUR_MS = 3600 * 1000, WARNINGS = 10 };

struct answer {
	struct jobreq *q;
	struct jsonw w;
	struct buf warnings;		/* elements of the array */
	bool dry, force;
	bool records;			/* claude_job_cleanup: of finished jobs, limit of them */
	char *recipe, *updated;		/* of the job being judged there, or NULL */
	int64_t limit, shown, failures;
	int64_t matched;		/* finished and old enough */
	int64_t count[CLEAN_FATES];
	int64_t hidden;			/* entries that had no room */
};

static int64_t
older_ms(const struct jobreq *q)
{
	double hours;
	int node = request_get(&q->rq, "older_than_hours");

	return json_num(&q->rq.doc, node, &hours) < 0 ? 24LL * HOUR_MS : (int64_t)(hours * HOUR_MS);
}

static void
warn_of(struct answer *a, const char *id, const struct clean_verdict *v)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (a->failures++ >= WARNINGS)
		return;
	(void)buf_addf(&text, "%s: %s", id, v->reason);	/* sticky in both */
	if (a->warnings.len)
		(void)buf_addch(&a->warnings, ',');
	(void)jsonw_quote(&a->warnings, text.p, text.len);
}

static void
add_entry(struct answer *a, const char *id, const struct clean_verdict *v)
{
	bool goes = v->fate == CLEAN_REMOVED;

	if (a->shown >= a->limit || a->q->out.len + a->warnings.len > ANSWER_ROOM) {
		a->hidden++;
		return;
	}
	a->shown++;
	jsonw_object(&a->w);
	jsonw_mstr(&a->w, "job_id", id);
	if (!a->records)
		jsonw_mstr(&a->w, "worktree_name", id);
	jsonw_mstr(&a->w, "type", summary_type(a->recipe));
	jsonw_mstr(&a->w, "updated_at", a->updated);
	jsonw_mbool(&a->w, "removed", goes && !a->dry);
	jsonw_mbool(&a->w, "safe_to_remove", goes);
	jsonw_mstr(&a->w, "status", *v->state ? v->state : NULL);
	if (v->age_ms >= 0)
		jsonw_mint(&a->w, "age_hours", v->age_ms / HOUR_MS);
	if (v->fate == CLEAN_ACTIVE)
		jsonw_mstr(&a->w, "active_job_id", id);
	jsonw_mstr(&a->w, v->fate == CLEAN_FAILED ? "error" : "reason", *v->reason ? v->reason : NULL);
	jsonw_end(&a->w);
}

/* What its record is of, while it is there. */
static void
look(struct answer *a, const char *id)
{
	struct job_status st;
	struct job j;

	free(a->recipe);
	free(a->updated);
	a->recipe = a->updated = NULL;
	if (!a->records || job_open_id(&j, &a->q->root, id) < 0)
		return;			/* clean_one() says what is the matter */
	a->recipe = job_recipe(&j);
	if (!job_status(&j, &a->q->root, &st)) {
		a->updated = st.ended ? strdup(st.ended) : NULL;
		job_status_release(&st);
	}
	job_close(&j);
}

static void
judge(struct answer *a, const char *id, int64_t older)
{
	int flags = (a->dry ? CLEAN_DRY : 0) | (a->force ? CLEAN_FORCE : 0);
	struct clean_verdict v;

	if (a->records && a->count[CLEAN_REMOVED] >= a->limit)
		return;
	look(a, id);
	clean_one(&a->q->root, id, older, a->q->cwd, flags, &v);
	a->count[v.fate]++;
	if (v.fate == CLEAN_YOUNG || v.fate == CLEAN_GONE ||
	    (a->records && v.fate == CLEAN_ACTIVE))
		return;
	a->matched += v.fate != CLEAN_ACTIVE;
	if (v.fate == CLEAN_FAILED)
		warn_of(a, id, &v);
	add_entry(a, id, &v);
}

static void
add_counts(struct answer *a)
{
	jsonw_mint(&a->w, "matched_count", a->matched);
	jsonw_mint(&a->w, "removed_count", a->dry ? 0 : a->count[CLEAN_REMOVED]);
	jsonw_mint(&a->w, "failed_count", a->count[CLEAN_FAILED]);
	jsonw_mint(&a->w, "kept_count", a->count[CLEAN_KEPT]);
	jsonw_mint(&a->w, "active_count", a->count[CLEAN_ACTIVE]);
	if (a->dry)
		jsonw_mint(&a->w, "removable_count", a->count[CLEAN_REMOVED]);
	if (a->hidden)
		jsonw_mint(&a->w, "hidden_entries", a->hidden);
	jsonw_key(&a->w, "warnings");
	jsonw_array(&a->w);
	if (a->warnings.len)
		jsonw_raw(&a->w, a->warnings.p, a->warnings.len);
	jsonw_end(&a->w);
}

static void
add_next(struct answer *a, int64_t older)
{
	CLEANUP(buf) struct buf args = BUF_INIT, extra = BUF_INIT, line = BUF_INIT;
	long long n = a->count[CLEAN_REMOVED], kept = a->count[CLEAN_KEPT];
	bool more = a->dry && n;

	(void)buf_addf(&extra, "\"dry_run\":false,\"older_than_hours\":%g%s", (double)older / HOUR_MS,
	    a->force ? ",\"force\":true" : "");	/* sticky */
	if (a->records && a->limit != LIMIT)
		(void)buf_addf(&extra, ",\"limit\":%lld", (long long)a->limit);
	jsonw_key(&a->w, "next_actions");
	jsonw_array(&a->w);
	if (more && !jobreq_args(a->q, &args, extra.p))
		answer_action(&a->w, a->q->rq.tool, "remove them", args.p);
	jsonw_end(&a->w);
	(void)buf_addf(&line, "%lld job%s %s, %lld kept", n, n == 1 ? "" : "s",
	    a->dry ? "can be removed" : "removed", kept);
	jsonw_key(&a->w, "interaction");
	jsonw_object(&a->w);
	jsonw_mstr(&a->w, "headline", line.p);
	jsonw_mstr(&a->w, "state", a->dry ? "cleanup_preview" : "cleaned");
	jsonw_mstr(&a->w, "next_step", more ? "Remove them with dry_run: false." : kept ?
	    "Apply what is worth keeping (claude_apply); ask the user before force: true." :
	    "Nothing more to do.");
	jsonw_end(&a->w);
}

void
cleantool(struct jobreq *q)
{
	struct answer a = {
		.q = q, .warnings = BUF_INIT,
		.records = !strcmp(q->rq.tool, "claude_job_cleanup"),
		.dry = request_bool(&q->rq, "dry_run", true),
		.force = request_bool(&q->rq, "force", false),
		.limit = request_int(&q->rq, "limit", LIMIT),
	};
	CLEANUP(buf) struct buf ids = BUF_INIT;
	int64_t older = older_ms(q);
	struct workspace ws;

	if (workspace_find(q->cwd, &ws) < 0 ||
	    sweep_select(&q->root, ws.slug, older, SIZE_MAX, &ids, NULL) < 0) {
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, strerror(errno), NULL);
		return;
	}
	workspace_release(&ws);
	jsonw_init(&a.w, &q->out);
	jsonw_object(&a.w);
	jsonw_mbool(&a.w, "dry_run", a.dry);
	jsonw_key(&a.w, "entries");
	jsonw_array(&a.w);
	for (size_t i = 0; i < ids.len; i += JOB_ID_LEN + 1)
		judge(&a, ids.p + i, older);
	jsonw_end(&a.w);
	add_counts(&a);
	add_next(&a, older);
	jsonw_end(&a.w);
	free(a.recipe);
	free(a.updated);
	buf_release(&a.warnings);
}
