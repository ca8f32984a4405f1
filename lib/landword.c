/* SPDX-License-Identifier: MIT */
#include "landword.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "caller.h"
#include "checkrec.h"
#include "clock.h"
#include "config.h"
#include "control.h"
#include "jsonw.h"
#include "landtext.h"
#include "lock.h"
#include "numbered.h"
#include "shquote.h"
#include "store.h"

#define LOCK "ask.lock"
#define FILES_BYTES 4000	/* of the plan, of the checks, that stand in a question */
#define CHECKS_BYTES 2000
#define CHECK_BYTES 200		/* of what one check says */
#define CHECKS_MAX ((size_t)16 << 20)

static int
refuse(enum answer_code *code, enum answer_code c, struct buf *why, const char *words)
{
	*code = c;
	buf_addstr(why, words);
	return -1;
}

void
landword_command(struct buf *out, const struct land *l, const struct land_ask *a)
{
	CLEANUP(buf) struct buf word = BUF_INIT;

	buf_addstr(out, "jobdir apply");
	for (int i = 0; i < 2; i++)
		for (char **v = i ? a->only : a->accept; v && *v; v++) {
			buf_reset(&word);
			buf_addf(&word, "%s%s", i ? "--only=" : "--accept=", *v);
			buf_addch(out, ' ');
			shquote(out, word.p);
		}
	buf_addf(out, "%s %s", a->cleanup ? " --cleanup" : "", l->job->id);
}

/* The first file that the caller may not write: its index, or -1. */
static ssize_t
forbidden(const struct land *l, const struct caller *c)
{
	CLEANUP(buf) struct buf path = BUF_INIT;

	for (size_t i = 0; i < l->plan.n; i++) {
		const struct plan_entry *e = &l->plan.e[i];

		if (e->op != PLAN_ADD && e->op != PLAN_MODIFY && e->op != PLAN_DELETE)
			continue;
		buf_reset(&path);
		if (buf_addf(&path, "%s/%s", l->workspace, e->path) < 0 || !caller_may_write(c, path.p))
			return (ssize_t)i;
	}
	return -1;
}

int
landword_caller(const struct land *l, const struct land_ask *a, enum answer_code *code,
	struct buf *why, struct buf *hint)
{
	struct caller c;
	ssize_t no;

	*code = ANSWER_REFUSED;
	if (caller_open(&c, why) < 0)
		return -1;
	no = forbidden(l, &c);
	caller_close(&c);
	if (no < 0)
		return 0;
	buf_addf(why, "the caller's own sandbox may not write '%s' in '%s', so it may not land there",
		l->plan.e[no].path, l->workspace);
	buf_addstr(hint, "the user can land it with: ");
	landword_command(hint, l, a);
	return -1;
}

int
landword_branch(const struct land *l, struct buf *why)
{
	struct caller c;
	bool may;

	if (caller_open(&c, why) < 0)
		return -1;
	may = caller_may_write(&c, l->workspace);
	caller_close(&c);
	if (may)
		return 0;
	buf_addf(why, "the caller's own sandbox may not write in '%s'; the user can run: jobdir export "
		"%s", l->workspace, l->job->id);
	return -1;
}

/* ---- the question ---- */

/* Whole lines of text, as many as fit; how many more there are. */
static void
some_lines(struct buf *out, const struct buf *text, size_t max)
{
	size_t end = text->len, more = 0;

	if (end > max)
		for (end = max; end && text->p[end - 1] != '\n'; end--)
			;
	for (size_t i = end; i < text->len; i++)
		more += text->p[i] == '\n';
	answer_foreign(out, text->p, end, max, NULL);
	if (more)
		buf_addf(out, "… and %zu more\n", more);
}

/* The lines of the last round; none: it was not checked. */
static void
checks(struct buf *out, const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT, list = BUF_INIT, lines = BUF_INIT;
	struct json d = { 0 }, l = { 0 };
	struct jsonw w;

	if (store_read(j->fd, JOB_CHECKS, &text, CHECKS_MAX) == 0)
		(void)json_parse(&d, text.p, text.len, NULL);	/* else an empty one: not checked */
	jsonw_init(&w, &list);
	checkrec_lines(&w, &d, checkrec_last(&d), CHECK_BYTES);
	if (json_parse(&l, list.p, list.len, NULL) == JSON_OK)
		for (int n = json_first(&l, 0); n >= 0; n = json_next(&l, n))
			if (!json_str(&l, n, &lines))
				buf_addch(&lines, '\n');
	buf_addstr(out, lines.len ? "Checks:\n" : "Checks: none were made\n");
	some_lines(out, &lines, CHECKS_BYTES);
	json_release(&l);
	json_release(&d);
}

static void
question(struct buf *out, const struct land *l, const struct land_ask *a)
{
	CLEANUP(buf) struct buf plan = BUF_INIT;

	buf_addf(out, "Land the change of %s in ", l->job->id);
	answer_foreign(out, l->workspace, strlen(l->workspace), 4096, NULL);
	buf_addstr(out, "?\n\nFiles:\n");
	landtext_plan(&plan, l);
	some_lines(out, &plan, FILES_BYTES);
	checks(out, l->job);
	if (a->cleanup)
		buf_addstr(out, "Afterwards the job's own working tree is removed.\n");
}

/* ---- the answer ---- */

static int
record(int dir, const struct land *l, const char *asked, const char *said, const char *question)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	char at[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(at, clock_wall_ms());
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mstr(&w, "at", at);
	jsonw_mstr(&w, "asked", asked);
	jsonw_mstr(&w, "answer", said);
	jsonw_mstr(&w, "token", l->token);
	jsonw_mstr(&w, "workspace", l->workspace);
	jsonw_mstr(&w, "question", question);
	jsonw_end(&w);
	buf_addch(&text, '\n');
	return numbered_put(dir, "answer", &text);
}

static int
judge(enum control_said said, enum answer_code *code, struct buf *why)
{
	switch (said) {
	case CONTROL_ACCEPT:
		return 0;
	case CONTROL_DECLINE:
		return refuse(code, ANSWER_REFUSED, why, "the user, or a client in their place, "
			"declined: nothing was landed");
	case CONTROL_CANCEL:
		return refuse(code, ANSWER_REFUSED, why, "the user put the question away: nothing was "
			"landed");
	case CONTROL_SILENT:
		return refuse(code, ANSWER_REFUSED, why, "the user was asked and did not answer: "
			"nothing was landed");
	case CONTROL_CANNOT:
		return refuse(code, ANSWER_CONFIRMATION_REQUIRED, why, "only the user can land a "
			"change, and this client cannot ask them");
	default:
		return refuse(code, ANSWER_REFUSED, why, "the client gave no answer of its user's: "
			"nothing was landed");
	}
}

static int
ask(int control, const struct land *l, const struct land_ask *a, enum control_said *said,
	enum answer_code *code, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int dir = store_mkdir(l->job->fd, JOB_APPLY);
	CLEANUP(fd) int lock = dir < 0 ? -1 : lock_open(dir, LOCK);
	int got = lock < 0 ? -1 : lock_try(lock, true);
	char asked[CLOCK_STAMP];

	if (got > 0)
		return refuse(code, ANSWER_BUSY, why, "the user is being asked about this job already");
	question(&text, l, a);
	clock_stamp(asked, clock_wall_ms());
	if (got < 0 || !buf_ok(&text) || control_ask(control, "land", "Land it", text.p, said) < 0) {
		buf_addf(why, "the user cannot be asked: %s", strerror(errno));
		*code = ANSWER_INTERNAL;
		return -1;
	}
	/* A yes that cannot be recorded is none; a no stays one. */
	if (*said != CONTROL_CANNOT &&
	    record(dir, l, asked, control_said_name(*said), text.p) < 0 && *said == CONTROL_ACCEPT) {
		buf_addf(why, "the user's answer cannot be recorded: %s", strerror(errno));
		*code = ANSWER_STATE_UNAVAILABLE;
		return -1;
	}
	return 0;
}

int
landword(const struct land *l, const struct land_ask *a, const char *token,
	const char **confirmed, enum answer_code *code, struct buf *why, struct buf *hint)
{
	const char *who = config_text("JOBDIR_CONFIRM", NULL);
	enum control_said said;
	int control = control_fd();

	*confirmed = "confirmed_by_user";
	if (control < 0 || !l->count.writes)
		return 0;		/* typed by a person; or nothing is written */
	if (strcmp(l->token, token))	/* no question about what is not to be done */
		return refuse(code, ANSWER_TOKEN_MISMATCH, why, "the plan is no longer what was previewed");
	if (landword_caller(l, a, code, why, hint) < 0 || ask(control, l, a, &said, code, why) < 0)
		return -1;
	if (said == CONTROL_CANNOT && who && !strcmp(who, "client"))
		return 0;
	*confirmed = "accepted_by_user";
	if (judge(said, code, why) == 0)
		return 0;
	buf_addstr(hint, "do not try again by yourself; the user can land it with: ");
	landword_command(hint, l, a);
	return -1;
}
