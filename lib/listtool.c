/* SPDX-License-Identifier: MIT */
/*
 * Offsets count the jobs of the workspace that were passed, not the entries
 * that matched: so a page costs what it visits, and next_offset is exact.
 */
#include "listtool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "jobreq.h"
#include "jsonw.h"
#include "runs.h"
#include "summary.h"
#include "workspace.h"

#define ANSWER_ROOM 9000		/* of the 10 kB of an answer */
#define LIMIT 20

struct page {
	struct jobreq *q;
	struct jsonw w;
	bool runs;			/* claude_runs: finished jobs as log entries */
	char *status, *type;		/* filters, or NULL */
	char *goal, *tree;		/* of runs: more */
	int64_t limit, offset;
	int64_t visited, entries;
	bool more;
};

static bool
fits(const char *wanted, const char *have)
{
	return !wanted || (have && !strcmp(wanted, have));
}

/* Does the job belong into this list? */
static bool
wanted(const struct page *p, const struct job *j, const struct job_status *st)
{
	CLEANUP(free) char *cwd = job_cwd(j);
	CLEANUP(free) char *recipe = job_recipe(j);
	const char *type = summary_type(recipe);

	return cwd && !strcmp(cwd, p->q->cwd) &&
		fits(p->status, job_state_name(st->state)) && fits(p->type, type);
}

static void
add_job(struct page *p, struct job *j, const struct job_status *st)
{
	if (!wanted(p, j, st))
		return;
	(void)summary_job(&p->w, j, st);	/* sticky in out */
	p->entries++;
}

/* worktree_name: a job is its worktree; or the name that was given to it. */
static bool
named(const struct page *p, const struct job *j)
{
	return fits(p->tree, j->id) || json_is(&j->doc, json_get(&j->doc, 0, "name"), p->tree);
}

static void
add_run(struct page *p, struct job *j, const struct job_status *st)
{
	struct run r = { 0 };

	if (!run_read(&r, j, st) && r.cwd && !strcmp(r.cwd, p->q->cwd) && fits(p->status, r.status) &&
	    fits(p->type, r.type) && fits(p->goal, r.goal) && named(p, j)) {
		run_entry(&p->w, &r, j, st);
		p->entries++;
	}
	run_release(&r);
}

static int
visit(const char *id, void *arg)
{
	struct page *p = arg;
	struct job_status st;
	struct job j;

	if (p->visited < p->offset) {
		p->visited++;
		return 0;
	}
	if (p->entries >= p->limit || p->q->out.len > ANSWER_ROOM) {
		p->more = true;
		return 1;
	}
	p->visited++;
	if (job_open_id(&j, &p->q->root, id) < 0)
		return 0;		/* cleaned meanwhile, or damaged: show tells */
	if (!job_status(&j, &p->q->root, &st)) {
		(p->runs ? add_run : add_job)(p, &j, &st);
		job_status_release(&st);
	}
	job_close(&j);
	return 0;
}

static void
add_action(struct page *p)
{
	CLEANUP(buf) struct buf extra = BUF_INIT;
	CLEANUP(buf) struct buf args = BUF_INIT;

	(void)buf_addf(&extra, "\"offset\":%lld", (long long)p->visited);	/* sticky */
	if (p->limit != LIMIT)
		(void)buf_addf(&extra, ",\"limit\":%lld", (long long)p->limit);
	if (p->status)
		(void)buf_addf(&extra, ",\"status\":\"%s\"", p->status);	/* one of an enum */
	if (p->type)
		(void)buf_addf(&extra, ",\"type\":\"%s\"", p->type);
	if (p->goal)
		(void)buf_addf(&extra, ",\"goal_item_id\":\"%s\"", p->goal);	/* no quotes in it */
	if (p->tree)
		(void)buf_addf(&extra, ",\"worktree_name\":\"%s\"", p->tree);
	if (!jobreq_args(p->q, &args, extra.p) && buf_ok(&extra))
		answer_action(&p->w, p->q->rq.tool, "the next page", args.p);
}

static int
count(const char *id, void *arg)
{
	(void)id;
	++*(int64_t *)arg;
	return 0;
}

/*
 * total is that of the entries where it is known: when the list came to its
 * end in one page. Else workspace_total says how many jobs there are to page over.
 */
static void
finish(struct page *p, const char *slug)
{
	int64_t all = 0;

	jsonw_end(&p->w);
	if (p->runs)
		jsonw_mint(&p->w, "total_entries", p->entries);
	if (!p->more && !p->offset)
		jsonw_mint(&p->w, "total", p->entries);
	else if (job_each(&p->q->root, slug, 0, count, &all) >= 0)
		jsonw_mint(&p->w, "workspace_total", all);
	jsonw_mint(&p->w, "offset", p->offset);
	jsonw_key(&p->w, "next_offset");
	if (p->more)
		jsonw_int(&p->w, p->visited);
	else
		jsonw_null(&p->w);
	jsonw_key(&p->w, "next_actions");
	jsonw_array(&p->w);
	if (p->more)
		add_action(p);
	jsonw_end(&p->w);
	jsonw_end(&p->w);
}

void
listtool(struct jobreq *q)
{
	struct page p = {
		.q = q,
		.status = request_str(&q->rq, "status"),
		.type = request_str(&q->rq, "type"),
		.limit = request_int(&q->rq, "limit", LIMIT),
		.offset = request_int(&q->rq, "offset", 0),
		.runs = !strcmp(q->rq.tool, "claude_runs"),
		.goal = request_str(&q->rq, "goal_item_id"),
		.tree = request_str(&q->rq, "worktree_name"),
	};
	struct workspace ws;

	if (workspace_find(q->cwd, &ws) < 0) {
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, strerror(errno), NULL);
		goto out;
	}
	jsonw_init(&p.w, &q->out);
	jsonw_object(&p.w);
	answer_agent_words(&p.w, "summary");
	jsonw_key(&p.w, "entries");
	jsonw_array(&p.w);
	if (job_each(&q->root, ws.slug, 0, visit, &p) < 0) {
		int e = errno;

		buf_reset(&q->out);
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, strerror(e), NULL);
	} else {
		finish(&p, ws.slug);
	}
	workspace_release(&ws);
out:
	free(p.status);
	free(p.type);
	free(p.goal);
	free(p.tree);
}
