/* SPDX-License-Identifier: MIT */
/* chatstream: chunks in, events out. The answer's blocks are in chatblocks.h. */
#include "chatstream.h"

#include <errno.h>
#include <string.h>
#include "chatblocks.h"
#include "chatctx.h"
#include "chatevent.h"
#include "jsonscan.h"
#include "jsonw.h"
#include "num.h"

void
chatstream_init(struct chatstream *s, const struct chatctx *ctx, const char *id)
{
	*s = (struct chatstream){ .ctx = ctx, .scratch = BUF_INIT, .head = BUF_INIT };
	sse_init(&s->sse, CHATSTREAM_EVENT);
	(void)strncpy(s->id, id, sizeof s->id - 1);	/* the rest is zero */
}

void
chatstream_release(struct chatstream *s)
{
	sse_release(&s->sse);
	chatcalls_release(&s->calls);
	chatdetails_release(&s->details);
	buf_release(&s->scratch);
	buf_release(&s->head);
}

/* s->err is set. */
static int
broken(struct chatstream *s)
{
	s->done = true;
	errno = EPROTO;
	return -1;
}

static int
fail(struct chatstream *s, int status, const char *words)
{
	chaterr_set(&s->err, status, words);
	return broken(s);
}

int
chatstream_open(struct chatstream *s, struct buf *out)
{
	if (s->opened)
		return 0;
	s->opened = true;
	chatevent_start(out, s->id, s->ctx->model ? s->ctx->model : "", s->ctx->estimate);
	return buf_ok(out) ? 0 : -1;
}

/* ---- the end ---- */

static const char *
stop_reason(const struct chatstream *s)
{
	/* The client runs the tools it was given, and misses those it was not. */
	if (s->tools)
		return "tool_use";
	switch (s->stop) {
	case CHATSTOP_LENGTH:
		return "max_tokens";
	case CHATSTOP_REFUSAL:
		return "refusal";
	case CHATSTOP_CONTEXT:
		return "model_context_window_exceeded";
	default:
		return "end_turn";
	}
}

static int
finish(struct chatstream *s, struct buf *out)
{
	if (s->stop == CHATSTOP_NONE && s->blocks == 0)
		return fail(s, 502, "the provider sent an empty answer");
	if (chatstream_open(s, out) < 0 || chatblocks_close(s, out) < 0)
		return -1;
	if (!s->usage.known) {
		s->usage.input = s->ctx->estimate;
		s->usage.output = s->written / 4 + 1;
	}
	chatevent_end(out, stop_reason(s), &s->usage);
	s->done = true;
	return buf_ok(out) ? 0 : -1;
}

/* ---- chunks ---- */

static int
take_chunk(struct chatstream *s, const char *text, size_t len, struct buf *out)
{
	struct chatchunk c;

	chatchunk_read(&c, text, len);
	if (c.error && s->stop == CHATSTOP_NONE) {
		chaterr_http(&s->err, 0, text, len, NULL, NULL, 0, s->ctx);
		return broken(s);
	}
	if (c.usage.p)
		chatusage_take(&s->usage, c.usage.p, c.usage.len);
	if (c.thinking.p || c.content.p || c.calls.p || c.function.p || c.refusal.p ||
	    c.details.p) {
		if (chatstream_open(s, out) < 0)
			return -1;
		if (chatblocks_take(s, &c, out) < 0)
			return errno == EMSGSIZE ?
			    fail(s, 502, "the provider sent too many tool calls at once") : -1;
	}
	if (c.finish.p) {
		s->stop = chatchunk_stop(c.finish);
		if (s->stop == CHATSTOP_BROKEN)
			return fail(s, 502, "the provider broke the answer off");
	}
	return 0;
}

/* The same with U+FFFD for each byte that is no UTF-8. */
static int
mend(const char *p, size_t len, struct buf *out)
{
	while (len > 0) {
		size_t n = (size_t)num_utf8(p, len);

		if (n > 0)
			(void)buf_add(out, p, n);	/* sticky */
		else
			(void)buf_addstr(out, "\xef\xbf\xbd");
		p += n ? n : 1;
		len -= n ? n : 1;
	}
	return buf_ok(out) ? 0 : -1;
}

/* 0: it was JSON, and is taken; 1: it is no JSON; -1. */
static int
try_chunk(struct chatstream *s, const char *p, size_t len, struct buf *out)
{
	struct buf whole CLEANUP(buf) = BUF_INIT;
	size_t count, where;
	enum json_error e = json_scan(p, len, &count, &where);

	if (e == JSON_E_UTF8) {
		if (mend(p, len, &whole) < 0)
			return -1;
		p = whole.p;
		len = whole.len;
		e = json_scan(p, len, &count, &where);
	}
	return e == JSON_OK ? take_chunk(s, p, len, out) : e == JSON_E_EMPTY ? 0 : 1;
}

/* Several chunks whose events were not kept apart: one in each line. */
static int
try_lines(struct chatstream *s, const char *p, size_t len, struct buf *out)
{
	int r = 0;

	while (len > 0 && r == 0 && !s->done) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) : len;

		if (n == 6 && !memcmp(p, "[DONE]", 6))
			return finish(s, out);
		r = n ? try_chunk(s, p, n, out) : 0;
		n += lf != NULL;
		p += n;
		len -= n;
	}
	return r;
}

/* last: nothing follows, so it may have been cut. */
static int
take_event(struct chatstream *s, const struct sse_event *ev, bool last, struct buf *out)
{
	const char *p = ev->data;
	size_t len = ev->len;
	int r;

	while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
		len--;
	if (len == 6 && !memcmp(p, "[DONE]", 6))
		return finish(s, out);
	r = try_chunk(s, p, len, out);
	if (r == 1 && memchr(p, '\n', len))
		r = try_lines(s, p, len, out);
	if (r < 1 || last)
		return r < 0 ? -1 : 0;
	return fail(s, 502, "the provider's stream holds what is not JSON");
}

int
chatstream_feed(struct chatstream *s, const char *bytes, size_t n, struct buf *out)
{
	struct sse_event ev;
	int r;

	while (!s->done && (r = sse_next(&s->sse, &bytes, &n, &ev)) != 0) {
		if (r < 0)
			return errno == EMSGSIZE ?
			    fail(s, 502, "the provider's stream holds an event of boundless size") : -1;
		if (take_event(s, &ev, false, out) < 0)
			return -1;
	}
	return buf_ok(out) ? 0 : -1;
}

int
chatstream_end(struct chatstream *s, struct buf *out)
{
	struct sse_event ev;

	if (s->done)
		return 0;
	if (sse_last(&s->sse, &ev) == 1 && take_event(s, &ev, true, out) < 0)
		return -1;
	if (s->done)
		return 0;
	if (s->stop == CHATSTOP_NONE)
		return fail(s, 502, "the provider's stream was cut");
	return finish(s, out);
}

int
chatstream_whole(struct chatstream *s, const char *body, size_t len, struct buf *out)
{
	int r = try_chunk(s, body, len, out);

	if (r < 0)
		return -1;
	if (r == 1) {
		chaterr_http(&s->err, 502, body, len, NULL, NULL, 0, s->ctx);
		return broken(s);
	}
	return finish(s, out);
}

bool
chatstream_complete(const struct chatstream *s)
{
	return s->stop != CHATSTOP_NONE || s->done;
}

int
chatstream_fail(struct chatstream *s, const struct chaterr *e, struct buf *out)
{
	s->done = true;
	return chaterr_event(out, e);
}

int
chatstream_ping(struct chatstream *s, struct buf *out)
{
	if (!s->opened || s->done)
		return 0;
	chatevent_ping(out);
	return buf_ok(out) ? 0 : -1;
}
