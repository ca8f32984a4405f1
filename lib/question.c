/* SPDX-License-Identifier: MIT */
#include "question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "calls.h"
#include "jsonw.h"
#include "mcpera.h"
#include "rpc.h"

/* One request of ours that is not answered. */
struct question {
	struct question *next;
	char id[32];
	struct call *call;
	char *key;
	bool done;
	struct buf answer;		/* JSON text, when done */
};

/* What may be asked, and what the client must have said for that. */
static const struct {
	const char *method;
	unsigned bit;
} methods[] = {
	{ "elicitation/create", MCPERA_ELICIT }, { "sampling/createMessage", MCPERA_SAMPLE },
	{ "roots/list", MCPERA_ROOTS },
};

/* ---- telling the command ---- */

static void
tell(struct call *c, const struct buf *line)
{
	if (!buf_ok(line) || calls_tell(c, line->p, line->len))
		calls_stop(c);		/* it would wait for ever */
}

static void
tell_gone(struct call *c)
{
	CLEANUP(buf) struct buf line = BUF_INIT;

	(void)buf_addstr(&line, "{\"gone\":true}\n");	/* tell() looks */
	tell(c, &line);
}

/* May each be asked? If not, the command learns which may not. */
static bool
may_ask(struct call *c, const struct json *d, int ask)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	struct jsonw w;
	bool all = json_len(d, ask) > 0;

	jsonw_init(&w, &line);
	jsonw_object(&w);
	jsonw_key(&w, "cannot");
	jsonw_array(&w);
	for (int n = json_first(d, ask); n >= 0; n = json_next(d, n)) {
		int method = json_get(d, json_value(d, n), "method");
		bool can = false;

		for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
			can |= json_is(d, method, methods[i].method) && (c->era.can & methods[i].bit);
		if (!can)
			jsonw_node(&w, d, n);
		all &= can;
	}
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(&line, '\n');
	if (!all)
		tell(c, &line);
	return all;
}

/* ---- with a handshake: requests of ours ---- */

static void
release(struct question *q)
{
	free(q->key);
	buf_release(&q->answer);
	free(q);
}

static int
send_one(struct questions *qs, struct call *c, const struct json *d, int name, struct buf *out)
{
	int what = json_value(d, name), params = json_get(d, what, "params");
	CLEANUP(free) char *method = json_get_cstr(d, what, "method");
	struct question *q = calloc(1, sizeof *q);
	size_t len = 2;
	const char *text = params >= 0 ? json_raw(d, params, &len) : "{}";

	if (!q)
		return -1;
	buf_init(&q->answer);
	q->call = c;
	q->key = json_cstr(d, name);
	snprintf(q->id, sizeof q->id, "jobdir-%lu", ++qs->made);
	if (!q->key || !method) {
		release(q);
		return -1;
	}
	q->next = qs->first;
	qs->first = q;
	rpc_ask(out, q->id, method, text, len);
	return 0;
}

/* All of c are answered: it learns so. */
static void
give_answers(struct questions *qs, struct call *c)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	struct question **at = &qs->first, *q;
	struct jsonw w;

	jsonw_init(&w, &line);
	jsonw_object(&w);
	jsonw_key(&w, "answers");
	jsonw_object(&w);
	while ((q = *at)) {
		if (q->call != c) {
			at = &q->next;
			continue;
		}
		jsonw_key(&w, q->key);
		jsonw_raw(&w, q->answer.p, q->answer.len);
		*at = q->next;
		release(q);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(&line, '\n');
	tell(c, &line);
}

void
question_answered(struct questions *qs, const struct rpc_message *m)
{
	int result = json_get(&m->doc, 0, "result");
	struct call *c = NULL;
	struct question *q;
	size_t len = 4;
	const char *text = json_type(&m->doc, result) == JSON_T_OBJECT ?
		json_raw(&m->doc, result, &len) : "null";

	for (q = qs->first; q && !c; q = q->next)
		if (!q->done && m->id_len == strlen(q->id) + 2 &&
		    !memcmp(m->id + 1, q->id, m->id_len - 2)) {
			c = q->call;
			q->done = true;
			(void)buf_add(&q->answer, text, len);	/* sticky: the line fails with it */
		}
	for (q = qs->first; q && c; q = q->next)
		if (q->call == c && !q->done)
			return;
	if (c)
		give_answers(qs, c);
}

void
question_drop(struct questions *qs, struct call *c, struct buf *out)
{
	struct question **at = &qs->first, *q;

	while ((q = *at)) {
		CLEANUP(buf) struct buf params = BUF_INIT;

		if (q->call != c) {
			at = &q->next;
			continue;
		}
		if (!q->done && !buf_addf(&params, "{\"requestId\":\"%s\",\"reason\":\"the call that asked "
		    "is over\"}", q->id))
			rpc_notify(out, "notifications/cancelled", params.p, params.len);
		*at = q->next;
		release(q);
	}
}

void
question_gone(struct questions *qs)
{
	while (qs->first) {
		CLEANUP(buf) struct buf nobody = BUF_INIT;
		struct call *c = qs->first->call;

		question_drop(qs, c, &nobody);
		tell_gone(c);
	}
}

/* ---- without one ---- */

int
question_take(struct questions *qs, struct call *c, const struct rpc_message *m, struct reply *r)
{
	return c->era.stateless ? askround_take(&qs->secret, c, m, r) : 0;
}

static void
stateless(struct questions *qs, struct call *c, const struct json *d, int ask)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	int got = askround(&qs->secret, c, d, ask, json_get_bool(d, 0, "free", false), &line);

	if (got > 0)
		tell(c, &line);
	else if (got == 0)
		calls_stop(c);
	else
		tell_gone(c);
}

/* ---- both ---- */

void
question_asked(struct questions *qs, struct call *c, const struct json *line, struct buf *out)
{
	int ask = json_get(line, 0, "ask");

	if (!may_ask(c, line, ask))
		return;
	if (c->era.stateless) {
		stateless(qs, c, line, ask);
		return;
	}
	for (int n = json_first(line, ask); n >= 0; n = json_next(line, n))
		if (send_one(qs, c, line, n, out)) {
			question_drop(qs, c, out);
			tell_gone(c);
			return;
		}
}
