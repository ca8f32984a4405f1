/* SPDX-License-Identifier: MIT */
/* landtext: lines for people. */
#include "landtext.h"

#include <string.h>
#include "job.h"
#include "showname.h"

static void
line(struct buf *out, const struct plan_entry *e)
{
	buf_addf(out, "%-9s ", plan_stops(e) ? "conflict" : plan_op_name(e->op));
	(void)show_name(out, e->path);
	if (plan_stops(e))
		buf_addf(out, ": %s%s%s", e->note ? e->note : "", e->note ? "; " : "",
			e->op == PLAN_CONFLICT ? plan_why_text(e->why) : plan_ask_text(e->ask));
	else if (e->op == PLAN_MODIFY && e->how == PLAN_MERGE)
		buf_addstr(out, " (merged)");
	if (!plan_stops(e) && e->old_mode && e->new_mode && e->old_mode != e->new_mode)
		buf_addf(out, " (%06o to %06o)", e->old_mode, e->new_mode);
	if (!plan_stops(e) && e->crlf && e->op == PLAN_MODIFY)
		buf_addstr(out, " (CRLF)");
	buf_addch(out, '\n');
}

void
landtext_stops(struct buf *out, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (plan_stops(&p->e[i]))
			line(out, &p->e[i]);
}

static void
put_warning(void *out, const char *sentence)
{
	(void)buf_addf(out, "warning: %s\n", sentence);	/* sticky */
}

void
landtext_plan(struct buf *out, const struct land *l)
{
	const struct plan_count *c = &l->count;

	for (int stops = 0; stops < 2; stops++)
		for (size_t i = 0; i < l->plan.n; i++)
			if (plan_stops(&l->plan.e[i]) == stops)
				line(out, &l->plan.e[i]);
	buf_addf(out, "%zu to land (%zu add, %zu modify, %zu delete), %zu there already, "
		"%zu left out, %zu in the way; +%lld -%lld lines\n", c->writes, c->op[PLAN_ADD],
		c->op[PLAN_MODIFY], c->op[PLAN_DELETE], c->op[PLAN_ALREADY], c->op[PLAN_LEFT],
		c->conflicts, (long long)l->change.added, (long long)l->change.deleted);
	leaks_say(&l->leaks, put_warning, out);
}

void
landtext_kept(struct buf *out, const struct journal_report *r)
{
	for (size_t i = 0; i < r->nkept; i++) {
		buf_addstr(out, "kept      ");
		(void)show_name(out, r->kept[i].path);
		buf_addstr(out, " as it was edited meanwhile");
		if (r->kept[i].old) {
			buf_addstr(out, "; the version before is ");
			(void)show_name(out, r->kept[i].old);
		}
		buf_addch(out, '\n');
	}
}

void
landtext_end(struct buf *out, const struct land *l, const struct land_show *s)
{
	if (s->report)
		landtext_kept(out, s->report);
	if (s->warning)
		buf_addf(out, "warning: %s\n", s->warning);
	if (s->report && s->report->recovered)
		buf_addstr(out, "warning: an earlier landing had been cut off; it was undone\n");
	if (s->status && s->status->state != JOB_SUCCEEDED && s->said == LAND_PREVIEW)
		buf_addf(out, "warning: the job is %s; its change may be incomplete\n",
			job_state_name(s->status->state));
	if (s->said == LAND_PREVIEW)
		buf_addf(out, "token %s\n", l->token);
	if (s->said == LAND_LANDED)
		buf_addf(out, "landed %zu in %s%s\n", l->count.writes, l->workspace,
			s->cleaned ? "; the job's tree is removed" : "");
}
