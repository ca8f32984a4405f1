/* SPDX-License-Identifier: MIT */
#include "resulttext.h"
#include <stdint.h>
#include <string.h>
#include "answer.h"
#include "event.h"

#define FILES_SHOWN 50

static void
put_files(struct buf *out, const struct change *c)
{
	(void)buf_addf(out, "\nchanged: %zu file%s, +%lld -%lld\n", c->nfiles, c->nfiles == 1 ? "" : "s",
	    (long long)c->added, (long long)c->deleted);
	for (size_t i = 0; i < c->nfiles && i < FILES_SHOWN; i++) {
		const struct change_file *f = &c->files[i];

		(void)buf_addf(out, "  %c ", f->status);
		event_short(out, f->path, strlen(f->path), 4096);
		(void)buf_addstr(out, f->binary ? " (binary)\n" : "\n");
	}
	if (c->nfiles > FILES_SHOWN)
		(void)buf_addf(out, "  and %zu more (jobdir diff lists them)\n", c->nfiles - FILES_SHOWN);
	for (size_t i = 0; i < c->nrefused; i++) {
		(void)buf_addstr(out, "  refused: ");
		event_short(out, c->refused[i].path, strlen(c->refused[i].path), 4096);
		(void)buf_addf(out, " (%s)\n", c->refused[i].reason);
	}
	if (c->ignored_total)
		(void)buf_addf(out, "  left out: %zu that git ignores\n", c->ignored_total);
}

static void
put_usage(struct buf *out, const struct verdict *v)
{
	const struct json *u = &v->usage.d;
	const struct json *e = &v->exit.d;
	double cost = 0;

	if (json_type(u, 0) != JSON_T_OBJECT)
		return;
	(void)json_num(u, json_get(u, 0, "cost_usd"), &cost);	/* null: 0 */
	(void)buf_addf(out, "\nused: %lld tokens in, %lld out, $%.4f, %lld turns",
	    (long long)json_get_int(u, 0, "input_tokens", 0),
	    (long long)json_get_int(u, 0, "output_tokens", 0), cost,
	    (long long)json_get_int(u, 0, "turns", 0));
	if (json_type(e, json_get(e, 0, "model")) == JSON_T_STRING) {
		(void)buf_addstr(out, ", model ");
		(void)json_str(e, json_get(e, 0, "model"), out);
	}
	(void)buf_addch(out, '\n');
	for (int n = json_first(e, json_get(e, 0, "denials")); n >= 0; n = json_next(e, n)) {
		(void)buf_addstr(out, "denied: ");
		(void)json_str(e, json_get(e, n, "tool"), out);
		(void)buf_addf(out, ", %lld times\n", (long long)json_get_int(e, n, "count", 0));
	}
}

int
result_text(struct buf *out, const struct verdict *v, const struct job_status *st)
{
	struct buf text CLEANUP(buf) = BUF_INIT;

	(void)buf_addf(out, "%s (%s) %s: %s, %s\n", v->job->id, v->recipe, job_state_name(st->state),
	    outcome_name(v->outcome), v->why);
	if (st->message)
		(void)buf_addf(out, "%s\n", st->message);
	if (verdict_text(v, &text) < 0)
		return -1;
	if (text.len) {
		(void)buf_addch(out, '\n');
		answer_foreign(out, text.p, text.len, SIZE_MAX, NULL);
	}
	if (v->outcome != OUTCOME_SUCCESS && v->outcome != OUTCOME_NEEDS_USER) {
		buf_reset(&text);
		if (verdict_log_tail(v, &text, 1000) < 0)
			return -1;
		if (text.len)
			(void)buf_addf(out, "\nthe log ends with\n%s", text.p);
	}
	if (v->facts.change_known)
		put_files(out, &v->change);
	else if (v->change_why)
		(void)buf_addf(out, "\nthe change: %s\n", v->change_why);
	put_usage(out, v);
	if (v->facts.change_known && v->change.nfiles)
		(void)buf_addf(out, "\nnext: jobdir apply --preview %s\n", v->job->id);
	return buf_ok(out) ? 0 : -1;
}
