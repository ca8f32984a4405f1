/* SPDX-License-Identifier: MIT */
#include "revise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "checkall.h"
#include "job.h"
#include "jsonw.h"
#include "prompt.h"
#include "sealed.h"
#include "store.h"
#include "treeback.h"

#define EVIDENCE_MAX 3000		/* of one command's output */
#define EVIDENCE_TOTAL 12000

/* The change of the round before was the same: it goes nowhere. */
static bool
changed_nothing(const struct checkall *a)
{
	CLEANUP(fd) int dir = a->attempt > 1 ? attempt_open(a->job, a->attempt - 1) : -1;
	struct change before;
	bool same;

	if (dir < 0)
		return false;
	change_init(&before);
	same = sealed_read(dir, -1, &before, NULL) == 0 && !strcmp(before.tree, a->change.tree);
	change_release(&before);
	return same;
}

/* NULL: another round may follow. */
static const char *
refusal(const struct checkall *a, const char *session)
{
	const struct json *e = &a->exit;

	if (a->spec->revisions == 0)
		return "";
	if (a->attempt > a->spec->revisions)
		return "no round of repair is left";
	if (!a->changed_known || a->change.sealed)
		return "the change is not that of this round";
	if (!json_get_bool(e, 0, "result", false) || json_get_bool(e, 0, "is_error", true) ||
	    !json_is(e, json_get(e, 0, "terminal_reason"), "completed") || !session)
		return "the agent did not end by itself";
	if (json_is(&a->report, json_get(&a->report, json_get(&a->report, 0, "structured"), "status"),
	    "needs_user"))
		return "the agent asks the user";
	if (changed_nothing(a))
		return "the round changed nothing";
	return NULL;
}

/* What failed, each with its command and the end of what it said. */
static void
evidence(struct checkall *a, struct buf *out)
{
	for (size_t i = 0, cmd = 0; i < a->round.n; i++) {
		const struct checkone *c = &a->round.v[i];
		bool is_command = !strcmp(c->kind, "command");
		const struct checkcmd *k = is_command ? &a->spec->cmds[cmd++] : NULL;

		if (c->passed)
			continue;
		if (out->len)
			(void)buf_addch(out, '\n');	/* sticky */
		(void)checkrec_line(out, c);
		(void)buf_addch(out, '\n');
		if (c->command)
			(void)buf_addf(out, "the command: %s\n", c->command);
		if (!c->log || out->len > EVIDENCE_TOTAL)
			continue;
		(void)buf_addstr(out, "its output ends with:\n");
		checklog_tail(&a->log, k->file, out, EVIDENCE_MAX);
		if (out->len && out->p[out->len - 1] != '\n')
			(void)buf_addch(out, '\n');
	}
}

static int
write_decision(const struct checkall *a, const char *prompt, const char *session, const char *model,
	bool last)
{
	CLEANUP(fd) int dir = attempt_open(a->job, a->attempt);
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mint(&w, "format", 1);
	jsonw_mstr(&w, "session", session);
	jsonw_mstr(&w, "model", model);
	jsonw_mbool(&w, "last", last);
	jsonw_mstr(&w, "prompt", prompt);
	jsonw_end(&w);
	if (buf_addch(&b, '\n') < 0 || !buf_ok(&b)) {
		errno = ENOMEM;
		return -1;
	}
	return dir < 0 || store_once(dir, REVISE_FILE, b.p, b.len, NULL, 0) < 0 ? -1 : 0;
}

int
revise_decide(struct checkall *a, const char *escalate, struct buf *why)
{
	CLEANUP(free) char *session = json_get_cstr(&a->exit, 0, "session_id");
	CLEANUP(buf) struct buf text = BUF_INIT, prompt = BUF_INIT;
	const char *no = refusal(a, session);
	bool last = a->attempt == a->spec->revisions;

	if (escalate && !*escalate)
		escalate = NULL;
	if (no)
		return (void)buf_addstr(why, no), 0;	/* only words */
	if (a->touched_known && a->round.touched_total &&
	    treeback(a->job, &a->change, &a->after, why) < 0)
		return -1;
	evidence(a, &text);
	struct prompt p = { .task = text.p, .task_len = text.len };
	if (!buf_ok(&text) || prompt_build("revise", &p, &prompt) < 0 ||
	    write_decision(a, prompt.p, session, last ? escalate : NULL, last) < 0) {
		int e = errno;

		(void)buf_addf(why, "the next round cannot be prepared: %s", strerror(e));
		errno = e;
		return -1;
	}
	return 1;
}

int
revise_read(const struct job *j, struct revise *r)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int number;
	CLEANUP(fd) int dir = attempt_last(j, &number);
	struct json d;

	*r = (struct revise){ .prompt = NULL };
	attempt_json(dir, REVISE_FILE, &text, &d);
	r->prompt = json_get_cstr(&d, 0, "prompt");
	r->session = json_get_cstr(&d, 0, "session");
	r->model = json_get_cstr(&d, 0, "model");
	json_release(&d);
	if (r->prompt && r->session)
		return 0;
	revise_release(r);
	errno = ENOENT;
	return -1;
}

void
revise_release(struct revise *r)
{
	free(r->prompt);
	free(r->session);
	free(r->model);
	*r = (struct revise){ .prompt = NULL };
}
