/* SPDX-License-Identifier: MIT */
#include "checkrec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "attempt.h"
#include "buf.h"
#include "clock.h"
#include "job.h"
#include "jsonw.h"
#include "store.h"
#include "strv.h"

#define ROUNDS_MAX 20			/* older ones are dropped */

struct checkone *
checkrec_add(struct checkround *r, const char *label, const char *kind, bool passed,
	const char *detail)
{
	struct checkone *v = realloc(r->v, (r->n + 1) * sizeof *v), *c;

	if (!v)
		return NULL;
	r->v = v;
	c = &v[r->n++];
	*c = (struct checkone){ .label = strdup(label), .kind = strdup(kind), .passed = passed,
	    .detail = detail && *detail ? strdup(detail) : NULL, .took_ms = -1 };
	return c->label && c->kind && (c->detail || !detail || !*detail) ? c : NULL;
}

void
checkrec_release(struct checkround *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].label);
		free(r->v[i].kind);
		free(r->v[i].detail);
		free(r->v[i].log);
		free(r->v[i].command);
	}
	free(r->v);
	strv_free(r->touched);
	*r = (struct checkround){ 0 };
}

static int
line(struct buf *out, const char *label, bool passed, const char *detail)
{
	(void)buf_addf(out, "%s: %s", label, passed ? "passed" : "failed");	/* sticky */
	if (detail)
		(void)buf_addf(out, " (%s)", detail);
	return buf_ok(out) ? 0 : -1;
}

int
checkrec_line(struct buf *out, const struct checkone *c)
{
	return line(out, c->label, c->passed, c->detail);
}

/* ---- writing ---- */

static void
put_one(struct jsonw *w, const struct checkone *c)
{
	jsonw_object(w);
	jsonw_mstr(w, "name", c->label);
	jsonw_mstr(w, "kind", c->kind);
	jsonw_mbool(w, "passed", c->passed);
	jsonw_mstr(w, "detail", c->detail);
	jsonw_mstr(w, "command", c->command);
	jsonw_mstr(w, "log", c->log);
	if (c->took_ms >= 0)
		jsonw_mint(w, "duration_ms", c->took_ms);
	jsonw_end(w);
}

static void
put_round(struct jsonw *w, const struct checkround *r)
{
	char at[CLOCK_STAMP];

	clock_stamp(at, clock_wall_ms());
	jsonw_object(w);
	jsonw_mint(w, "attempt", r->attempt);
	jsonw_mstr(w, "at", at);
	jsonw_mbool(w, "passed", r->passed);
	jsonw_key(w, "checks");
	jsonw_array(w);
	for (size_t i = 0; i < r->n; i++)
		put_one(w, &r->v[i]);
	jsonw_end(w);
	jsonw_key(w, "touched");
	jsonw_object(w);
	jsonw_mint(w, "count", (int64_t)r->touched_total);
	jsonw_mstrs(w, "first", r->touched, r->ntouched);
	jsonw_end(w);
	jsonw_end(w);
}

int
checkrec_put(const struct job *j, const struct checkround *r)
{
	CLEANUP(buf) struct buf old = BUF_INIT, out = BUF_INIT;
	struct json d;
	struct jsonw w;

	attempt_json(j->fd, JOB_CHECKS, &old, &d);
	int rounds = json_get(&d, 0, "rounds");
	size_t skip = json_len(&d, rounds) >= ROUNDS_MAX ? json_len(&d, rounds) - ROUNDS_MAX + 1 : 0;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_mint(&w, "format", 1);
	jsonw_mbool(&w, "passed", r->passed);
	jsonw_key(&w, "rounds");
	jsonw_array(&w);
	for (int n = json_type(&d, rounds) == JSON_T_ARRAY ? json_first(&d, rounds) : JSON_ABSENT; n >= 0;
	    n = json_next(&d, n))
		if (skip)
			skip--;
		else
			jsonw_node(&w, &d, n);
	put_round(&w, r);
	jsonw_end(&w);
	jsonw_end(&w);
	json_release(&d);
	if (buf_addch(&out, '\n') < 0 || !buf_ok(&out)) {
		errno = ENOMEM;
		return -1;
	}
	return store_replace(j->fd, JOB_CHECKS, out.p, out.len, 0);
}

/* ---- reading ---- */

int
checkrec_last(const struct json *d)
{
	int rounds = json_get(d, 0, "rounds");
	size_t n = json_type(d, rounds) == JSON_T_ARRAY ? json_len(d, rounds) : 0;

	return n ? json_at(d, rounds, n - 1) : JSON_ABSENT;
}

int
checkrec_of(const struct json *d, int attempt)
{
	int rounds = json_get(d, 0, "rounds"), found = JSON_ABSENT;

	if (json_type(d, rounds) != JSON_T_ARRAY)
		return JSON_ABSENT;
	for (int n = json_first(d, rounds); n >= 0; n = json_next(d, n))
		if (json_get_int(d, n, "attempt", -1) == attempt)
			found = n;
	return found;
}

bool
checkrec_known(const struct json *d, bool *passed, bool *strayed)
{
	int checks = json_get(d, checkrec_last(d), "checks");

	*passed = false;
	*strayed = false;
	if (json_bool(d, json_get(d, 0, "passed"), passed) < 0)
		return false;
	for (int n = json_first(d, checks); n >= 0; n = json_next(d, n))
		if (json_is(d, json_get(d, n, "kind"), "scope") && !json_get_bool(d, n, "passed", false))
			*strayed = true;
	return true;
}

void
checkrec_lines(struct jsonw *w, const struct json *d, int round, size_t max)
{
	int checks = json_get(d, round, "checks");

	jsonw_array(w);
	for (int n = json_first(d, checks); n >= 0; n = json_next(d, n)) {
		CLEANUP(buf) struct buf b = BUF_INIT, cut = BUF_INIT;
		CLEANUP(free) char *label = json_get_cstr(d, n, "name");
		CLEANUP(free) char *detail = json_get_cstr(d, n, "detail");

		if (detail) {
			answer_foreign(&cut, detail, strlen(detail), max ? max : SIZE_MAX, "its log");
			free(detail);
			detail = buf_steal(&cut);
		}
		if (label && line(&b, label, json_get_bool(d, n, "passed", false), detail) == 0)
			jsonw_str(w, b.p, b.len);
	}
	jsonw_end(w);
}

int64_t
checkrec_touched(const struct json *d, int round)
{
	return json_get_int(d, json_get(d, round, "touched"), "count", 0);
}
