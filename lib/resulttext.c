/* SPDX-License-Identifier: MIT */
#include "resulttext.h"
#include <stdint.h>
#include <string.h>
#include "answer.h"
#include "checkrec.h"
#include "event.h"
#include "jsonw.h"
#include "landself.h"
#include "leak.h"

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
put_warning(void *out, const char *sentence)
{
	(void)buf_addf(out, "  warning: %s\n", sentence);	/* sticky */
}

static void
put_leaks(struct buf *out, const struct job *j)
{
	struct leaks l;

	leaks_find(&l, j);
	leaks_say(&l, put_warning, out);
	leaks_release(&l);
}

static void
put_usage(struct buf *out, const struct verdict *v)
{
	const struct json *e = &v->exit.d;
	const struct usage *u = &v->usage;
	struct buf name CLEANUP(buf) = BUF_INIT;

	if (!v->usage_known)
		return;
	(void)buf_addf(out, "\nused: %lld tokens in, %lld out, $%.4f, %lld turns",
	    (long long)u->n[USAGE_IN], (long long)u->n[USAGE_OUT], u->cost, (long long)u->turns);
	if (v->attempt > 1)
		(void)buf_addf(out, " in %d rounds", v->attempt);
	if (json_type(e, json_get(e, 0, "model")) == JSON_T_STRING) {
		(void)json_str(e, json_get(e, 0, "model"), &name);
		(void)buf_addstr(out, ", model ");
		event_short(out, name.p, name.len, 80);
	}
	(void)buf_addch(out, '\n');
	for (int n = json_first(e, json_get(e, 0, "denials")); n >= 0; n = json_next(e, n)) {
		buf_reset(&name);
		(void)json_str(e, json_get(e, n, "tool"), &name);
		(void)buf_addstr(out, "denied: ");
		event_short(out, name.p, name.len, 60);
		(void)buf_addf(out, ", %lld times\n", (long long)json_get_int(e, n, "count", 0));
	}
}

/* What the last round's checks said, and what became of the change. */
static void
put_checks(struct buf *out, const struct verdict *v)
{
	const struct json *d = &v->checks.d;
	struct buf b CLEANUP(buf) = BUF_INIT, text CLEANUP(buf) = BUF_INIT;
	struct json lines;
	struct jsonw w;

	if (v->facts.checks_known) {
		jsonw_init(&w, &b);
		checkrec_lines(&w, d, checkrec_last(d), 0);
		if (json_parse(&lines, b.p, b.len, NULL) == JSON_OK)
			(void)buf_addf(out, "\nchecks%s:\n", v->facts.checks_passed ? "" :
			    ", not all passed");
		for (int n = json_first(&lines, 0); n >= 0; n = json_next(&lines, n)) {
			buf_reset(&text);
			(void)json_str(&lines, n, &text);
			(void)buf_addstr(out, "  ");
			answer_quoted(out, text.p, text.len, 1000);	/* clean already, and cut */
			(void)buf_addch(out, '\n');
		}
		json_release(&lines);
	}
	buf_reset(&b);
	if (v->facts.change_known && v->change.nfiles && landself_landed(v->job, &b))
		(void)buf_addf(out, "\nlanded: %s\n", b.p);
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
		answer_lines(out, text.p, text.len, SIZE_MAX);
	}
	if (v->outcome != OUTCOME_SUCCESS && v->outcome != OUTCOME_NEEDS_USER) {
		buf_reset(&text);
		if (verdict_log_tail(v, &text, 1000) < 0)
			return -1;
		if (text.len) {
			(void)buf_addstr(out, "\nthe log ends with\n");
			answer_lines(out, text.p, text.len, SIZE_MAX);
		}
	}
	if (v->facts.change_known) {
		put_files(out, &v->change);
		put_leaks(out, v->job);
	} else if (v->change_why) {
		(void)buf_addf(out, "\nthe change: %s\n", v->change_why);
	}
	put_checks(out, v);
	put_usage(out, v);
	buf_reset(&text);
	if (v->facts.change_known && v->change.nfiles && !landself_landed(v->job, &text))
		(void)buf_addf(out, "\nnext: jobdir apply --preview %s\n", v->job->id);
	return buf_ok(out) ? 0 : -1;
}
