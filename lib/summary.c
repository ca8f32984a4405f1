/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "buf.h"
#include "clock.h"
#include "continued.h"
#include "jsonw.h"
#include "store.h"

#define RESULT_MAX (4u << 20)
#define SUMMARY_MAX 300
#define NAME_MAX_SHOWN 120

static const struct {
	const char *recipe, *type;
} types[] = {
	{ "read", "query" },
	{ "review", "review" },
	{ "write", "implement" },
};

const char *
summary_type(const char *recipe)
{
	for (size_t i = 0; recipe && i < sizeof types / sizeof *types; i++)
		if (!strcmp(recipe, types[i].recipe))
			return types[i].type;
	return recipe;
}

int
summary_result(const struct job *j, struct buf *text, struct json *doc)
{
	if (store_read(j->fd, JOB_RESULT, text, RESULT_MAX) < 0 ||
	    json_parse(doc, text->p, text->len, NULL) != JSON_OK)
		return -1;
	if (json_type(doc, 0) == JSON_T_OBJECT)
		return 0;
	json_release(doc);
	return -1;
}

/* Foreign text as a member, cleaned and cut. */
static void
foreign(struct jsonw *w, const char *name, const char *s, size_t max)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (!s)
		return;
	answer_foreign(&b, s, strlen(s), max, NULL);
	jsonw_key(w, name);
	jsonw_str(w, b.p, b.len);
	if (!buf_ok(&b))
		w->out->failed = true;
}

static void
from_result(struct jsonw *w, const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *status = NULL;
	CLEANUP(free) char *summary = NULL;
	struct json d;

	if (summary_result(j, &text, &d) < 0)
		return;
	status = json_get_cstr(&d, 0, "result_status");
	summary = json_get_cstr(&d, 0, "summary");
	jsonw_mstr(w, "result_status", status);
	foreign(w, "summary", summary, SUMMARY_MAX);
	json_release(&d);
}

char *
summary_phase(const struct job *j)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (store_read(j->fd, JOB_PHASE, &b, 256) < 0 || !b.len)
		return NULL;
	b.p[strcspn(b.p, "\n")] = '\0';
	return strdup(b.p);
}

static void
times(struct jsonw *w, const struct job_status *st)
{
	int64_t made, ended;

	jsonw_mstr(w, "created_at", st->created);
	jsonw_mstr(w, "started_at", st->started);
	jsonw_mstr(w, "ended_at", st->ended);
	jsonw_mstr(w, "updated_at", st->ended ? st->ended : st->since ? st->since : st->created);
	if (!st->created || clock_parse(st->created, &made) < 0)
		return;
	jsonw_mint(w, "age_ms", summary_age_ms(st));
	if (st->ended && !clock_parse(st->ended, &ended) && ended >= made)
		jsonw_mint(w, "took_ms", ended - made);
}

int64_t
summary_age_ms(const struct job_status *st)
{
	int64_t made, now = clock_wall_ms();

	if (!st->created || clock_parse(st->created, &made) < 0 || now < made)
		return 0;		/* a clock that was set back makes nobody younger */
	return now - made;
}

int
summary_words(struct buf *out, const struct job_status *st)
{
	int got = buf_addstr(out, job_state_name(st->state));

	if (st->state == JOB_FAILED && st->signal >= 0)
		got = buf_addf(out, ": killed by signal %d", st->signal);
	else if (st->state == JOB_FAILED && st->code >= 0)
		got = buf_addf(out, ": exit status %d", st->code);
	if (st->terminal && st->message)
		got = buf_addf(out, ": %s", st->message);
	return got;
}

bool
summary_good(struct job *j, const struct job_status *st, char **word)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *recipe = job_recipe(j);
	struct json d;

	*word = NULL;
	if (summary_result(j, &text, &d) < 0)
		return st->state == JOB_SUCCEEDED && (!recipe || summary_type(recipe) == recipe);
	*word = json_get_cstr(&d, 0, "result_status");
	json_release(&d);
	return st->state == JOB_SUCCEEDED && *word && !strcmp(*word, "success");
}

int
summary_job(struct jsonw *w, struct job *j, const struct job_status *st)
{
	CLEANUP(free) char *recipe = job_recipe(j);
	CLEANUP(free) char *cwd = job_cwd(j);
	CLEANUP(free) char *name = json_get_cstr(&j->doc, 0, "name");
	CLEANUP(free) char *phase = st->terminal ? NULL : summary_phase(j);
	CLEANUP(free) char *continues = json_get_cstr(&j->doc, 0, "continues");
	char by[JOB_ID_LEN + 1];

	jsonw_object(w);
	jsonw_mstr(w, "job_id", j->id);
	jsonw_mstr(w, "type", summary_type(recipe));
	jsonw_mstr(w, "status", job_state_name(st->state));
	if (cwd)
		jsonw_mpath(w, "cwd", cwd, strlen(cwd));
	times(w, st);
	foreign(w, "phase", phase, 64);
	jsonw_mstr(w, "recipe", recipe);
	foreign(w, "name", name, NAME_MAX_SHOWN);
	jsonw_mstr(w, "continues", continues);
	if (json_get_bool(&j->doc, 0, "fork", false))
		jsonw_mbool(w, "forked", true);
	if (continued_read(j, by) > 0)
		jsonw_mstr(w, "continued_by", by);
	from_result(w, j);
	foreign(w, "error", st->message, SUMMARY_MAX);
	jsonw_mstr(w, "job_dir", j->path);
	jsonw_end(w);
	return buf_ok(w->out) ? 0 : -1;
}
