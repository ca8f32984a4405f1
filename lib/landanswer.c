/* SPDX-License-Identifier: MIT */
/* landanswer: a plan, or what came of it, for the one who asked. */
#include "landanswer.h"

#include <errno.h>
#include <string.h>
#include "job.h"
#include "jsonw.h"
#include "nextaction.h"
#include "planjson.h"
#include "store.h"

#define LIST_BYTES 3000			/* of each list; an answer has two or three */
#define KEPT_MAX 8			/* named in one answer; the rest is counted */

static void
diff_stat(struct jsonw *w, const struct change *c)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	buf_addf(&b, "%zu file%s changed, %lld insertion%s(+), %lld deletion%s(-)", c->nfiles,
		c->nfiles == 1 ? "" : "s", (long long)c->added, c->added == 1 ? "" : "s",
		(long long)c->deleted, c->deleted == 1 ? "" : "s");
	jsonw_mstr(w, "diff_stat", b.p);
}

static void
next_offset(struct jsonw *w, size_t next, size_t total)
{
	jsonw_key(w, "next_offset");
	if (next < total)
		jsonw_int(w, (int64_t)next);
	else
		jsonw_null(w);
}

void
land_answer_plan(struct jsonw *w, const struct land *l, size_t offset, size_t bytes)
{
	size_t total, conflicts, next, cnext;

	diff_stat(w, &l->change);
	jsonw_key(w, "planned_changes");
	next = planjson_files(w, &l->plan, offset, bytes, &total);
	jsonw_key(w, "conflicts");
	cnext = planjson_conflicts(w, &l->plan, offset, bytes, &conflicts);
	jsonw_mint(w, "total", (int64_t)total);
	jsonw_mint(w, "conflicts_total", (int64_t)conflicts);
	/* One offset pages both lists: go on while either has more. */
	if (cnext < conflicts && (next >= total || cnext < next))
		next_offset(w, cnext, conflicts);
	else
		next_offset(w, next, total);
}

/* What was written, by name. */
static void
applied(struct jsonw *w, const struct land *l, size_t offset)
{
	size_t n = 0, next = offset, end = w->out->len + LIST_BYTES;

	jsonw_key(w, "applied_files");
	jsonw_array(w);
	for (size_t i = 0; i < l->plan.n; i++) {
		const struct plan_entry *e = &l->plan.e[i];

		if (e->op != PLAN_ADD && e->op != PLAN_MODIFY && e->op != PLAN_DELETE)
			continue;
		if (n >= offset && next == n && w->out->len < end) {
			answer_name(w, e->path);
			next = n + 1;
		}
		n++;
	}
	jsonw_end(w);
	jsonw_mint(w, "total", (int64_t)n);
	next_offset(w, next, n);
	jsonw_mint(w, "already", (int64_t)l->count.op[PLAN_ALREADY]);
	jsonw_mint(w, "left_out", (int64_t)l->count.op[PLAN_LEFT]);
	diff_stat(w, &l->change);
}

/* The patch as text to read; its exact bytes are in the file that is named. False: the text differs. */
static bool
patch(struct jsonw *w, const struct land *l, const struct land_show *s)
{
	size_t max = s->patch_max ? s->patch_max : LAND_PATCH_DEFAULT;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(buf) struct buf safe = BUF_INIT;
	CLEANUP(buf) struct buf path = BUF_INIT;
	bool fits;

	if (max > LAND_PATCH_MAX)
		max = LAND_PATCH_MAX;
	fits = l->change.patch_bytes >= 0 && (uint64_t)l->change.patch_bytes <= max &&
		store_read(l->job->fd, JOB_PATCH, &text, max) == 0;
	jsonw_mint(w, "patch_bytes", l->change.patch_bytes);
	jsonw_mstr(w, "diff_sha256", l->change.patch_sha256);
	jsonw_mbool(w, "patch_truncated", !fits);
	buf_addf(&path, "%s/" JOB_PATCH, l->job->path);
	jsonw_mstr(w, "patch_path", path.p);
	if (!fits)
		return true;
	answer_quoted(&safe, text.p, text.len, max);
	jsonw_mstr(w, "patch", safe.p);
	return safe.len == text.len && !memcmp(safe.p, text.p, text.len);
}

static void
warn_kept(struct jsonw *w, const struct journal_report *r)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	for (size_t i = 0; i < r->nkept && i < KEPT_MAX; i++) {
		buf_reset(&b);
		buf_addf(&b, "'%s' was edited while a landing was undone and stands as edited",
			r->kept[i].path);
		if (r->kept[i].old)
			buf_addf(&b, "; the version before is '%s'", r->kept[i].old);
		jsonw_str(w, b.p, b.len);
	}
	if (r->nkept > KEPT_MAX) {
		buf_reset(&b);
		buf_addf(&b, "%zu more files with two versions", r->nkept - KEPT_MAX);
		jsonw_str(w, b.p, b.len);
	}
}

static void
warnings(struct jsonw *w, const struct land *l, const struct land_show *s, bool exact)
{
	const struct change *c = &l->change;
	CLEANUP(buf) struct buf b = BUF_INIT;
	size_t merged = 0, crlf = 0;

	jsonw_key(w, "warnings");
	jsonw_array(w);
	if (s->warning)
		jsonw_cstr(w, s->warning);
	if (s->said != LAND_LANDED)
		leaks_write(&l->leaks, w);
	if (!exact)
		jsonw_cstr(w, "the patch has bytes that are not shown; the exact one is in patch_path");
	if (s->status && s->status->state != JOB_SUCCEEDED) {
		const char *how = s->status->state == JOB_LOST ? s->status->message : NULL;

		buf_addf(&b, "the job %s%s%s%s: its change may be incomplete",
			s->status->state == JOB_TIMED_OUT ? "timed out" :
			s->status->state == JOB_LOST ? "was lost" :
			s->status->state == JOB_CANCELLED ? "was cancelled" : "failed",
			how ? " (" : "", how ? how : "", how ? ")" : "");
		jsonw_str(w, b.p, b.len);
	}
	if (s->report && s->report->recovered)
		jsonw_cstr(w, "an earlier landing had been cut off; it was undone");
	if (s->report)
		warn_kept(w, s->report);
	for (size_t i = 0; i < l->plan.n; i++) {
		merged += l->plan.e[i].how == PLAN_MERGE && l->plan.e[i].op == PLAN_MODIFY;
		crlf += l->plan.e[i].crlf && l->plan.e[i].op == PLAN_MODIFY;
	}
	buf_reset(&b);
	if (merged)
		buf_addf(&b, "%zu merged with changes made here since", merged);
	if (crlf)
		buf_addf(&b, "%s%zu landed with CRLF line ends as here", merged ? "; " : "", crlf);
	if (c->nspecial)
		buf_addf(&b, "%s%zu special files left out", b.len ? "; " : "", c->nspecial);
	if (c->ignored_total)
		buf_addf(&b, "%s%zu ignored files left out", b.len ? "; " : "", c->ignored_total);
	if (b.len)
		jsonw_str(w, b.p, b.len);
	jsonw_end(w);
}

static void
interaction(struct jsonw *w, const struct land *l, const struct land_show *s)
{
	const char *state = "needs_user", *next = s->hint;
	CLEANUP(buf) struct buf head = BUF_INIT;

	if (s->said == LAND_PREVIEW) {
		state = l->count.conflicts ? "needs_user" : "apply_preview";
		buf_addf(&head, "%zu to land, %zu there already, %zu in the way", l->count.writes,
			l->count.op[PLAN_ALREADY], l->count.conflicts);
		next = l->count.conflicts > l->count.asks ?
			"Nothing can be landed until every conflict is resolved in the workspace." :
			l->count.conflicts ?
			"Show the user the files that must be accepted by name; if they agree, call again "
			"with them in accept, confirmed_by_user and this preview_token." :
			l->count.writes ?
			"Show the user this plan; only if they agree, call again with confirmed_by_user "
			"and this preview_token." : "Nothing to do: the workspace has it all.";
	} else if (s->said == LAND_LANDED) {
		state = "applied";
		buf_addf(&head, "%zu landed, %zu there already", l->count.writes,
			l->count.op[PLAN_ALREADY]);
		next = "Run the tests.";
	} else {
		buf_addf(&head, "nothing landed: %s", s->message);
	}
	answer_interaction(w, head.p, state, next);
}

static void
next_actions(struct jsonw *w, const struct land *l, const struct land_show *s)
{
	CLEANUP(buf) struct buf args = BUF_INIT;
	struct jsonw a;

	jsonw_key(w, "next_actions");
	jsonw_array(w);
	/* Never the landing itself: that is the user's to say. */
	if (s->said == LAND_REFUSED && s->code != ANSWER_CONFIRMATION_REQUIRED &&
	    s->code != ANSWER_REFUSED && (s->worker || nextaction_may("claude_apply"))) {
		jsonw_init(&a, &args);
		jsonw_object(&a);
		jsonw_mstr(&a, "cwd", s->worker ? NULL : l->workspace);
		jsonw_mstr(&a, "job_id", l->job->id);
		jsonw_mbool(&a, "preview", true);
		jsonw_end(&a);
		answer_action(w, s->worker ? "apply" : "claude_apply",
			"preview the plan as it is now", args.p);
	}
	jsonw_end(w);
}

void
land_answer(struct buf *out, const struct land *l, const struct land_show *s)
{
	bool exact = true;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	if (!l->job) {			/* refused before there was anything to say of it */
		answer_error_member(&w, s->code, s->message, s->hint);
		jsonw_end(&w);
		buf_addch(out, '\n');
		return;
	}
	jsonw_mstr(&w, "job_id", l->job->id);
	jsonw_mstr(&w, "workspace", l->workspace);
	jsonw_mbool(&w, "preview", s->said == LAND_PREVIEW);
	if (s->said == LAND_REFUSED)
		answer_error_member(&w, s->code, s->message, s->hint);
	answer_agent_words(&w, s->patch ? "file names, patch" : "file names");
	if (s->said == LAND_LANDED)
		applied(&w, l, s->offset);
	else if (s->said == LAND_PREVIEW || l->plan.n)
		land_answer_plan(&w, l, s->offset, LIST_BYTES);
	/* A refusal shows the plan but no token: landing takes a preview of it. */
	if (s->said == LAND_PREVIEW)
		jsonw_mstr(&w, "preview_token", l->token);
	jsonw_mbool(&w, "cleanup_performed", s->cleaned);
	if (s->patch)
		exact = patch(&w, l, s);
	warnings(&w, l, s, exact);
	interaction(&w, l, s);
	next_actions(&w, l, s);
	jsonw_end(&w);
	buf_addch(out, '\n');
}
