/* SPDX-License-Identifier: MIT */
#include "gwchat.h"

#include <errno.h>
#include <string.h>
#include "chatreply.h"
#include "chatreq.h"
#include "gwask.h"
#include "gwexchange.h"
#include "gwprofile.h"

#define LINGER_MS 2000			/* for usage after the content, from who never hangs up */
#define SSE "text/event-stream; charset=utf-8"

static int
ask(struct gwcall *c, struct buf *why)
{
	static const char *const stream[] = { "Accept: text/event-stream", NULL };
	static const char *const whole[] = { "Accept: application/json", NULL };
	const char *model = gwask_model(c);
	struct gwprofile p = gwprofile_model(c->up->profile, c->model ? c->model : "");

	buf_reset(&c->sent);
	if (chatreq_write(&c->sent, &c->req, &p, model, &c->ctx, why) < 0)
		return -1;
	/* A try before this one may have left its state; what the client has seen stays. */
	if (c->retries) {
		char id[sizeof c->cs.id];
		bool opened = c->cs.opened;

		memcpy(id, c->cs.id, sizeof id);
		chatstream_release(&c->cs);
		chatstream_init(&c->cs, &c->ctx, id);
		c->cs.opened = opened;
	}
	return gwask_start(c, "", c->stream ? stream : whole, c->sent.p, c->sent.len);
}

/* What was written is the client's now. */
static void
pass_on(struct gwcall *c)
{
	if (!c->cs.opened)
		return;
	gwx_stream(c->x, 200, SSE);
	gwask_say(c);
}

/* errno of the translation: what it says itself, or no memory. */
static void
take_error(struct gwcall *c)
{
	if (errno == EPROTO)
		c->err = c->cs.err;
	else
		chaterr_set(&c->err, 500, "the gateway has no memory");
	c->failed = true;
}

static int
data(struct gwcall *c, const char *p, size_t n)
{
	const struct gwhead *h = &c->try.head;

	if (h->status / 100 != 2 || !c->stream || h->json)
		return gwask_keep(c, p, n);
	if (gwask_behind(c))
		return GWUP_LATER;
	if (chatstream_feed(&c->cs, p, n, &c->x->out) < 0) {
		take_error(c);
		return GWUP_STOP;
	}
	pass_on(c);
	if (chatstream_complete(&c->cs))
		gwloop_timer(&c->s->loop, &c->linger, LINGER_MS);
	return GWUP_TAKEN;
}

static int
done_stream(struct gwcall *c, const char *wrong)
{
	int got = c->try.head.json ?
		chatstream_whole(&c->cs, c->reply.p, c->reply.len, &c->x->out) :
		chatstream_end(&c->cs, &c->x->out);

	if (got < 0) {
		take_error(c);
		/* Why it was cut is what people want to know. */
		if (wrong && errno == EPROTO)
			chaterr_lost(&c->err, wrong);
		return -1;
	}
	c->usage = c->cs.usage;
	pass_on(c);
	gwx_end(c->x, true);
	return 0;
}

static int
done_whole(struct gwcall *c)
{
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (chatreply_write(&out, c->reply.p, c->reply.len, &c->ctx, c->cs.id, &c->usage, &c->err) < 0) {
		if (errno != EPROTO)
			chaterr_set(&c->err, 500, "the gateway has no memory");
		return -1;
	}
	gwx_reply(c->x, 200, "application/json", out.p, out.len);
	return 0;
}

static int
done(struct gwcall *c, const char *wrong)
{
	int status = c->try.head.status;

	if (c->failed)
		return -1;
	c->err = (struct chaterr){ 0 };
	if (status / 100 != 2 && (!wrong || c->reply.len)) {
		gwask_error(c);
		return -1;
	}
	if (status / 100 != 2 || (wrong && (!c->stream || c->try.head.json))) {
		chaterr_lost(&c->err, wrong);
		return -1;
	}
	return c->stream ? done_stream(c, wrong) : done_whole(c);
}

/* message_start and pings are ours: no word of the model's has been passed on. */
static bool
untouched(const struct gwcall *c)
{
	return c->cs.blocks == 0 && (!c->x->streaming || !c->cs.done || c->failed);
}

static void
fail(struct gwcall *c)
{
	struct gwexchange *x = c->x;
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (x->streaming) {
		/* It may have been told that all is over: then this writes nothing. */
		(void)chatstream_fail(&c->cs, &c->err, &x->out);
		gwask_say(c);
		gwx_end(x, true);
		return;
	}
	if (c->err.retry_after_ms >= 0)
		x->retry_after_s = (c->err.retry_after_ms + 999) / 1000;
	if (c->err.permanent)
		x->should_retry = 0;
	(void)chaterr_write(&out, &c->err);	/* sticky: an empty body */
	gwx_reply(x, c->err.status, "application/json", out.p, out.len);
}

/* The client gives up on who is silent for long: it hears that there is somebody. */
static void
ping(struct gwcall *c)
{
	if (chatstream_open(&c->cs, &c->x->out) == 0 && chatstream_ping(&c->cs, &c->x->out) == 0)
		pass_on(c);
}

const struct gwkind gwkind_chat = { ask, data, done, untouched, fail, ping };
