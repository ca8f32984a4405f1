/* SPDX-License-Identifier: MIT */
#include "gwcall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "chatreq.h"
#include "clock.h"
#include "gwexchange.h"
#include "jobname.h"
#include "jsonw.h"
#include "metrics.h"
#include "num.h"

#define PING_MS 10000

static void start(struct gwcall *c);

static void
tell(const struct gwcall *c, const char *what)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (c->s->say && buf_addf(&b, "%s: %s", c->up->name, what) == 0)
		c->s->say(b.p);
}

/* ---- trying ---- */

static struct gwcall *
call_of(struct gwtry *t)
{
	return GWLOOP_OF(t, struct gwcall, try);
}

static int
on_data(struct gwtry *t, const char *p, size_t n)
{
	struct gwcall *c = call_of(t);

	if (c->first_byte < 0 && t->head.status / 100 == 2)
		c->first_byte = clock_boot_ms() - c->began;
	return c->kind->data(c, p, n);
}

static void
give_up(struct gwcall *c)
{
	tell(c, c->err.message);
	c->kind->fail(c);
	gwloop_timer_off(&c->ping);
}

/* Here again after a while, then at the other gateway, then an honest error. */
static void
go_on(struct gwcall *c)
{
	const struct gwconf *conf = c->s->conf;
	const struct gwupstream *other = c->up == &conf->up[0] ? &conf->up[1] : &conf->up[0];
	bool retryable = c->kind->untouched(c) && chaterr_retryable(&c->err);
	/* Who speaks Anthropic to the client leaves trying again to it, if there is no other way. */
	bool here = conf->mode == GWMODE_OPENAI || conf->up[1].base;
	int64_t wait = -1;
	uint32_t dice = 0;

	(void)!getrandom(&dice, sizeof dice, GRND_NONBLOCK);	/* no jitter: also good */
	if (retryable && here)
		wait = gwretry_next(&c->retry, c->err.retry_after_ms, dice);
	if (wait >= 0) {
		c->retries++;
		tell(c, c->err.message);
		gwloop_timer(&c->s->loop, &c->again, wait);
		return;
	}
	if (retryable && c->up == &conf->up[0])
		gwcircuit_bad(&c->s->circuit, clock_boot_ms());
	if (!retryable || c->other_tried || !other->base) {
		give_up(c);
		return;
	}
	tell(c, "gives no answer, the other gateway is asked");
	c->other_tried = true;
	c->retries++;
	c->up = other;
	c->retry = (struct gwretry){ 0 };
	start(c);
}

static void
on_done(struct gwtry *t, const char *wrong)
{
	struct gwcall *c = call_of(t);

	gwloop_timer_off(&c->linger);
	if (c->kind->done(c, wrong) < 0) {
		/* Some providers repeat the key that they refuse. */
		gwconf_scrub(c->s->conf, c->err.message, strlen(c->err.message));
		go_on(c);
		return;
	}
	if (c->up == &c->s->conf->up[0])
		gwcircuit_good(&c->s->circuit);
	gwloop_timer_off(&c->ping);
}

static void
start(struct gwcall *c)
{
	CLEANUP(buf) struct buf why = BUF_INIT;

	buf_reset(&c->reply);
	c->failed = false;
	if (c->kind->ask(c, &why) == 0)
		return;
	if (errno == EINVAL)
		chaterr_set(&c->err, 400, why.p);
	else
		chaterr_set(&c->err, 500, errno == ELIBACC ?
			"the gateway finds no libcurl that it can use" : "the gateway has no memory");
	give_up(c);
}

static void
fire_again(struct gwtimer *t)
{
	start(GWLOOP_OF(t, struct gwcall, again));
}

static void
fire_ping(struct gwtimer *t)
{
	struct gwcall *c = GWLOOP_OF(t, struct gwcall, ping);
	int64_t silent = clock_boot_ms() - c->last;

	if (silent >= PING_MS)
		c->kind->ping(c);
	gwloop_timer(&c->s->loop, t, silent >= PING_MS ? PING_MS : PING_MS - silent);
}

/* The content is complete, and the upstream does not hang up. */
static void
fire_linger(struct gwtimer *t)
{
	struct gwcall *c = GWLOOP_OF(t, struct gwcall, linger);

	gwup_cancel(&c->try);
	on_done(&c->try, NULL);
}

/* ---- from and to the front ---- */

static void
drained(struct gwexchange *x)
{
	struct gwcall *c = x->call;

	gwup_resume(&c->try);
}

/* As nginx says it: the client left before there was an answer. */
enum { CLIENT_LEFT = 499 };

static void
write_metrics(const struct gwcall *c)
{
	const struct chatusage *u = &c->usage;
	const struct gwserver *s = c->s;
	char now[CLOCK_STAMP];		/* the same in both files */
	struct metric m;
	bool bad = false;

	clock_stamp(now, clock_wall_ms());
	metric_init(&m);
	m.time = now;
	m.job = s->job;
	m.attempt = c->x->attempt;
	m.route = c->up->name;
	m.model = c->model ? c->model : "";
	m.status = c->x->state == GWX_ANSWERED ? c->x->status : CLIENT_LEFT;
	/* A stream that was begun is a 200 to its client, whatever came of it. */
	if (c->x->streaming && c->err.status)
		m.status = c->err.status;
	else if (c->x->streaming && c->x->bad)
		m.status = CLIENT_LEFT;
	if (u->input || u->output || u->cached) {
		m.input_tokens = u->input + u->cached;
		m.cached_tokens = u->cached;
		m.output_tokens = u->output;
		m.reasoning_tokens = u->reasoning;
	}
	m.first_byte_ms = c->first_byte;
	m.total_ms = clock_boot_ms() - c->began;
	m.retries = c->retries;
	if (s->jobfd >= 0)
		bad |= metric_append(s->jobfd, JOB_METRICS, &m) < 0;
	if (s->metrics_file)
		bad |= metric_append(AT_FDCWD, s->metrics_file, &m) < 0;
	if (bad && s->say)
		s->say("a line of the metrics could not be written");
}

static void
gone(struct gwexchange *x)
{
	struct gwcall *c = x->call;

	if (!c)
		return;
	if (c->try.up)
		gwup_cancel(&c->try);
	gwloop_timer_off(&c->again);
	gwloop_timer_off(&c->ping);
	gwloop_timer_off(&c->linger);
	if (!c->usage.input && !c->usage.output)
		c->usage = c->cs.usage;
	if (x->kind == GWROUTE_MESSAGES)
		write_metrics(c);
	json_release(&c->req);
	free(c->model);
	chatctx_release(&c->ctx);
	chatstream_release(&c->cs);
	sse_release(&c->sse);
	buf_release(&c->sent);
	buf_release(&c->reply);
	free(c);
	x->call = NULL;
}

static struct gwcall *
new_call(struct gwexchange *x)
{
	struct gwserver *s = GWLOOP_OF(x->front, struct gwserver, front);
	const struct gwconf *conf = s->conf;
	struct gwcall *c = calloc(1, sizeof *c);
	unsigned char id[12];
	char text[2 * sizeof id + 1];

	if (!c || getrandom(id, sizeof id, 0) != sizeof id) {
		free(c);
		return NULL;
	}
	num_hex(text, id, sizeof id);
	c->s = s;
	c->x = x;
	c->kind = conf->mode == GWMODE_OPENAI ? &gwkind_chat : &gwkind_pass;
	c->up = &conf->up[0];
	if (conf->up[1].base && gwcircuit_open(&s->circuit, clock_boot_ms()))
		c->up = &conf->up[1];
	c->try.data = on_data;
	c->try.done = on_done;
	c->again.fire = fire_again;
	c->ping.fire = fire_ping;
	c->linger.fire = fire_linger;
	c->began = c->last = clock_boot_ms();
	c->first_byte = -1;
	buf_init(&c->sent);
	buf_init(&c->reply);
	chatstream_init(&c->cs, &c->ctx, text);
	sse_init(&c->sse, CHATSTREAM_EVENT);
	x->call = c;
	return c;
}

static int
read_request(struct gwcall *c, struct buf *why)
{
	size_t where = 0;

	if (c->x->kind == GWROUTE_MODELS)
		return 0;
	if (json_parse(&c->req, c->x->body.p, c->x->body.len, &where) != JSON_OK ||
	    json_type(&c->req, 0) != JSON_T_OBJECT) {
		(void)buf_addf(why, "the body is no JSON object (at byte %zu)", where);
		return -1;
	}
	c->stream = json_true(&c->req, json_get(&c->req, 0, "stream"));
	return 0;
}

/* What a chat-completions gateway cannot be asked is answered here. */
static void
answer_here(struct gwcall *c)
{
	const char *model = c->s->conf->up[0].model;
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	if (c->x->kind == GWROUTE_COUNT) {
		jsonw_mint(&w, "input_tokens", chatreq_estimate(&c->req));
	} else {
		jsonw_key(&w, "data");
		jsonw_array(&w);
		if (model) {
			jsonw_object(&w);
			jsonw_mstr(&w, "type", "model");
			jsonw_mstr(&w, "id", model);
			jsonw_mstr(&w, "display_name", model);
			jsonw_mstr(&w, "created_at", "1970-01-01T00:00:00Z");
			jsonw_end(&w);
		}
		jsonw_end(&w);
		jsonw_mbool(&w, "has_more", false);
		jsonw_key(&w, "first_id");
		jsonw_cstr(&w, model);
		jsonw_key(&w, "last_id");
		jsonw_cstr(&w, model);
	}
	jsonw_end(&w);
	gwx_reply(c->x, 200, "application/json", b.p, b.len);
}

static void
begin(struct gwexchange *x)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gwcall *c;

	if (x->kind == GWROUTE_ALIVE) {
		gwx_reply(x, 200, "application/json", "", 0);
		return;
	}
	c = new_call(x);
	if (!c) {
		gwx_error(x, 500, "the gateway has no memory");
		return;
	}
	if (read_request(c, &why) < 0) {
		x->should_retry = 0;
		gwx_error(x, 400, why.p);
		return;
	}
	if (c->kind == &gwkind_chat && x->kind != GWROUTE_MESSAGES) {
		answer_here(c);
		return;
	}
	if (x->kind == GWROUTE_MESSAGES && c->stream)
		gwloop_timer(&c->s->loop, &c->ping, PING_MS);
	start(c);
}

const struct gwhandler gwcall_handler = { begin, drained, gone };
