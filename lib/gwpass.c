/* SPDX-License-Identifier: MIT */
#include "gwpass.h"

#include <errno.h>
#include <string.h>
#include "gwask.h"
#include "gwexchange.h"
#include "jsonw.h"

#define SSE "text/event-stream; charset=utf-8"
#define OAUTH_BETA "oauth-2025-04-20"
#define TOKENS_MAX INT64_C(1000000000000)
#define PING "event: ping\ndata: {\"type\": \"ping\"}\n\n"

/* The same request with another model. */
static int
rename_model(struct gwcall *c, const char *model)
{
	const struct json *d = &c->req;
	struct jsonw w;

	buf_reset(&c->sent);
	jsonw_init(&w, &c->sent);
	jsonw_object(&w);
	for (int m = json_first(d, 0); m >= 0; m = json_next(d, m)) {
		CLEANUP(buf) struct buf name = BUF_INIT;

		if (json_str(d, m, &name) < 0)
			return -1;
		jsonw_keyn(&w, name.p, name.len);
		if (!strcmp(name.p, "model"))
			jsonw_cstr(&w, model);
		else
			jsonw_node(&w, d, json_value(d, m));
	}
	jsonw_end(&w);
	return buf_ok(&c->sent) ? 0 : -1;
}

static int
ask(struct gwcall *c, struct buf *why)
{
	static const char *const paths[] = { [GWROUTE_MESSAGES] = "/v1/messages",
		[GWROUTE_COUNT] = "/v1/messages/count_tokens", [GWROUTE_MODELS] = "/v1/models" };
	CLEANUP(buf) struct buf beta = BUF_INIT, version = BUF_INIT;
	const char *headers[] = { version.p, NULL, NULL };
	const char *model = gwask_model(c);
	const struct buf *body = &c->x->body;
	bool oauth = c->up->auth == GWAUTH_OAUTH;

	(void)why;
	if (model && c->x->kind != GWROUTE_MODELS) {
		if (rename_model(c, model) < 0)
			return -1;
		body = &c->sent;
	}
	(void)buf_addf(&version, "anthropic-version: %s",
		c->x->version[0] ? c->x->version : "2023-06-01");
	if (c->x->beta.len || oauth)
		(void)buf_addf(&beta, "anthropic-beta: %s%s%s", c->x->beta.p,
			c->x->beta.len && oauth ? "," : "", oauth ? OAUTH_BETA : "");
	if (!buf_ok(&version) || !buf_ok(&beta)) {
		errno = ENOMEM;
		return -1;
	}
	headers[0] = version.p;
	headers[1] = beta.len ? beta.p : NULL;
	return gwask_start(c, paths[c->x->kind], headers,
		c->x->kind == GWROUTE_MODELS ? NULL : body->p, body->len);
}

/* A number of tokens; 0: there is none, or nobody can believe it. */
static int64_t
tokens(const struct json *d, int usage, const char *name)
{
	int64_t n = json_get_int(d, usage, name, 0);

	return n < 0 || n > TOKENS_MAX ? 0 : n;
}

static void
take_usage(struct gwcall *c, const struct json *d, int usage)
{
	struct chatusage *u = &c->usage;
	int64_t input = tokens(d, usage, "input_tokens");
	int64_t cached = tokens(d, usage, "cache_read_input_tokens");
	int64_t output = tokens(d, usage, "output_tokens");
	int64_t thought = tokens(d, json_get(d, usage, "output_tokens_details"), "thinking_tokens");

	/* As the client reads it: the later number wins, if it is one. */
	if (input > 0)
		u->input = input + tokens(d, usage, "cache_creation_input_tokens");
	if (cached > 0)
		u->cached = cached;
	if (output > 0)
		u->output = output;
	if (thought > 0)
		u->reasoning = thought;
}

/* What it cost, and whether it was whole. A stream that cannot be read is passed on all the same. */
static void
overhear(struct gwcall *c, const char *p, size_t n)
{
	struct sse_event ev;

	while (sse_next(&c->sse, &p, &n, &ev) == 1) {
		struct json d;

		if (!strcmp(ev.type, "message_stop") || !strcmp(ev.type, "error"))
			c->stopped = true;
		if (strcmp(ev.type, "message_start") && strcmp(ev.type, "message_delta"))
			continue;
		if (json_parse(&d, ev.data, ev.len, NULL) == JSON_OK) {
			take_usage(c, &d, json_get(&d, json_get(&d, 0, "message"), "usage"));
			take_usage(c, &d, json_get(&d, 0, "usage"));
		}
		json_release(&d);
	}
}

static void
keep_tail(struct gwcall *c, const char *p, size_t n)
{
	if (n >= sizeof c->tail) {
		memcpy(c->tail, p + n - sizeof c->tail, sizeof c->tail);
		return;
	}
	memmove(c->tail, c->tail + n, sizeof c->tail - n);
	memcpy(c->tail + sizeof c->tail - n, p, n);
}

static bool
between_events(const struct gwcall *c)
{
	return !memcmp(c->tail + 2, "\n\n", 2) || !memcmp(c->tail, "\r\n\r\n", 4);
}

static int
data(struct gwcall *c, const char *p, size_t n)
{
	const struct gwhead *h = &c->try.head;

	if (h->status / 100 != 2 || !h->event_stream)
		return gwask_keep(c, p, n);
	if (gwask_behind(c))
		return GWUP_LATER;
	if (buf_add(&c->x->out, p, n) < 0)
		return GWUP_STOP;
	overhear(c, p, n);
	keep_tail(c, p, n);
	memcpy(c->x->request_id, h->request_id, sizeof h->request_id);
	gwx_stream(c->x, 200, SSE);
	gwask_say(c);
	return GWUP_TAKEN;
}

static void
read_bill(struct gwcall *c)
{
	struct json d;

	if (json_parse(&d, c->reply.p, c->reply.len, NULL) == JSON_OK)
		take_usage(c, &d, json_get(&d, 0, "usage"));
	json_release(&d);
}

static int
done(struct gwcall *c, const char *wrong)
{
	const struct gwhead *h = &c->try.head;

	c->err = (struct chaterr){ 0 };
	if (c->x->streaming) {
		if (c->stopped) {
			gwx_end(c->x, true);
			return 0;
		}
		chaterr_lost(&c->err, wrong ? wrong : "the answer was cut off");
		return -1;
	}
	if (h->status / 100 == 2 && !wrong && h->json) {
		read_bill(c);
		memcpy(c->x->request_id, h->request_id, sizeof h->request_id);
		gwx_reply(c->x, h->status, "application/json", c->reply.p, c->reply.len);
		return 0;
	}
	if (h->status && h->status / 100 != 2)
		gwask_error(c);
	else
		chaterr_lost(&c->err, wrong ? wrong : "the answer is no JSON");
	return -1;
}

static bool
untouched(const struct gwcall *c)
{
	return !c->x->streaming;
}

/* An error that the client understands already is passed on, without our key if it should hold it. */
static bool
is_theirs(const struct gwcall *c)
{
	struct json d;
	bool theirs = c->try.head.status / 100 > 3 &&
		json_parse(&d, c->reply.p, c->reply.len, NULL) == JSON_OK;

	if (!theirs)
		return false;
	theirs = json_type(&d, json_get(&d, json_get(&d, 0, "error"), "message")) == JSON_T_STRING;
	json_release(&d);
	return theirs;
}

static void
fail(struct gwcall *c)
{
	CLEANUP(buf) struct buf own = BUF_INIT;
	struct gwexchange *x = c->x;

	if (x->streaming) {
		if (!between_events(c))
			(void)buf_addstr(&x->out, "\n\n");	/* sticky */
		(void)chaterr_event(&x->out, &c->err);
		gwask_say(c);
		gwx_end(x, true);
		return;
	}
	if (c->err.retry_after_ms >= 0)
		x->retry_after_s = (c->err.retry_after_ms + 999) / 1000;
	if (is_theirs(c)) {
		const struct gwhead *h = &c->try.head;

		memcpy(x->request_id, h->request_id, sizeof h->request_id);
		x->should_retry = h->should_retry;
		gwconf_scrub(c->s->conf, c->reply.p, c->reply.len);
		gwx_reply(x, h->status, "application/json", c->reply.p, c->reply.len);
		return;
	}
	if (c->err.permanent)
		x->should_retry = 0;
	(void)chaterr_write(&own, &c->err);		/* sticky: an empty body */
	gwx_reply(x, c->err.status, "application/json", own.p, own.len);
}

static void
ping(struct gwcall *c)
{
	if (!c->x->streaming || !between_events(c) || buf_addstr(&c->x->out, PING) < 0)
		return;
	gwask_say(c);
}

const struct gwkind gwkind_pass = { ask, data, done, untouched, fail, ping };
