/* SPDX-License-Identifier: MIT */
#include "rungroup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "continued.h"
#include "jobreq.h"
#include "jsonw.h"
#include "runs.h"
#include "workspace.h"

#define SHOWN 20

struct look {
	struct jobreq *q;
	const struct run *of;
	struct jsonw goal, after;	/* two lists that grow side by side */
	int ngoal, nafter;
};

static void
add(struct jsonw *w, int *n, const struct job *j, const struct run *r)
{
	if ((*n)++ >= SHOWN)
		return;
	jsonw_object(w);
	run_line(w, r, j);
	jsonw_end(w);
}

static int
visit(const char *id, void *arg)
{
	struct look *l = arg;
	struct job_status st;
	struct run r = { 0 };
	struct job j;

	if (!strcmp(id, l->q->job.id) || job_open_id(&j, &l->q->root, id) < 0)
		return 0;
	if (!job_status(&j, &l->q->root, &st)) {
		if (!run_read(&r, &j, &st) && r.cwd && !strcmp(r.cwd, l->q->cwd)) {
			if (r.goal && l->of->goal && !strcmp(r.goal, l->of->goal))
				add(&l->goal, &l->ngoal, &j, &r);
			if (r.supersedes && !strcmp(r.supersedes, l->q->job.id))
				add(&l->after, &l->nafter, &j, &r);
		}
		run_release(&r);
		job_status_release(&st);
	}
	job_close(&j);
	return 0;
}

void
rungroup_related(struct jsonw *w, struct jobreq *q, const struct run *r)
{
	CLEANUP(free) char *continues = json_get_cstr(&q->job.doc, 0, "continues");
	CLEANUP(buf) struct buf goal = BUF_INIT, after = BUF_INIT;
	struct look l = { .q = q, .of = r };
	struct workspace ws;
	char by[JOB_ID_LEN + 1];

	jsonw_init(&l.goal, &goal);
	jsonw_array(&l.goal);
	jsonw_init(&l.after, &after);
	jsonw_array(&l.after);
	if (!workspace_find(q->cwd, &ws)) {
		/* What cannot be listed is not related; the run itself was read. */
		(void)job_each(&q->root, ws.slug, RUNGROUP_LOOK, visit, &l);
		workspace_release(&ws);
	}
	jsonw_end(&l.goal);
	jsonw_end(&l.after);
	jsonw_key(w, "related_runs");
	jsonw_object(w);
	jsonw_mstr(w, "continues", continues);
	if (continued_read(&q->job, by) > 0)
		jsonw_mstr(w, "continued_by", by);
	jsonw_mstr(w, "supersedes", r->supersedes);
	jsonw_key(w, "superseded_by");
	jsonw_raw(w, after.p, after.len);
	jsonw_key(w, "goal_runs");
	jsonw_raw(w, goal.p, goal.len);
	jsonw_end(w);
}
