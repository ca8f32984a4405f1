/* SPDX-License-Identifier: MIT */
/*
 * chatreply: a whole answer. It goes through chatstream, so that every
 * deviation is understood in one place; here its events become one message.
 */
#include "chatreply.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "chatctx.h"
#include "chatstream.h"
#include "jsonpick.h"
#include "jsonscan.h"
#include "jsontext.h"
#include "jsonw.h"
#include "sse.h"

/* One block: its strings as raw JSON text without quotes. */
struct part {
	struct buf type, body, sign;
	struct buf tool;		/* members id and name */
};

struct reply {
	struct part *v;
	size_t n;
	struct buf stop, usage;		/* JSON */
};

static int
add_part(struct reply *r, struct jsonpick block)
{
	struct part *more = reallocarray(r->v, r->n + 1, sizeof *more);
	struct jsonpick type = jsonpick_text(jsonpick_get(block, "type"));
	struct jsonpick id = jsonpick_get(block, "id"), name = jsonpick_get(block, "name");
	struct part *p;

	if (!more)
		return -1;
	r->v = more;
	p = &r->v[r->n++];
	*p = (struct part){ .type = BUF_INIT, .body = BUF_INIT, .sign = BUF_INIT, .tool = BUF_INIT };
	if (buf_add(&p->type, type.p, type.len) < 0)
		return -1;
	if (!id.p)
		return 0;
	(void)buf_addstr(&p->tool, "\"id\":");	/* sticky */
	(void)buf_add(&p->tool, id.p, id.len);
	(void)buf_addstr(&p->tool, ",\"name\":");
	return buf_add(&p->tool, name.p, name.len);
}

static int
add_delta(struct reply *r, int64_t index, struct jsonpick delta)
{
	static const char *const names[] = { "text", "thinking", "partial_json" };
	struct jsonpick sign = jsonpick_text(jsonpick_get(delta, "signature"));
	struct part *p = index >= 0 && (size_t)index < r->n ? &r->v[index] : NULL;

	if (!p)
		return 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct jsonpick t = jsonpick_text(jsonpick_get(delta, names[i]));

		if (t.p && buf_add(&p->body, t.p, t.len) < 0)
			return -1;
	}
	return sign.p ? buf_add(&p->sign, sign.p, sign.len) : 0;
}

/* One event of our own making: valid, and in order. */
static int
take(struct reply *r, const struct sse_event *ev)
{
	struct jsonpick o = jsonpick_whole(ev->data, ev->len), v;
	int64_t index = -1;

	(void)jsonpick_int(jsonpick_get(o, "index"), &index);
	if (!strcmp(ev->type, "content_block_start"))
		return add_part(r, jsonpick_get(o, "content_block"));
	if (!strcmp(ev->type, "content_block_delta"))
		return add_delta(r, index, jsonpick_get(o, "delta"));
	if (strcmp(ev->type, "message_delta"))
		return 0;
	v = jsonpick_get(jsonpick_get(o, "delta"), "stop_reason");
	(void)buf_add(&r->stop, v.p, v.len);		/* checked with the answer */
	v = jsonpick_get(o, "usage");
	return buf_add(&r->usage, v.p, v.len);
}

static int
collect(struct reply *r, const struct buf *events)
{
	const char *p = events->p;
	size_t n = events->len;
	struct sse_event ev;
	struct sse s;
	int got;

	sse_init(&s, SIZE_MAX);
	while ((got = sse_next(&s, &p, &n, &ev)) == 1 && take(r, &ev) == 0)
		;
	sse_release(&s);
	return got == 0 ? 0 : -1;
}

/* The arguments as a value; what is no JSON as the client itself would put it. */
static void
write_input(struct jsonw *w, const struct part *p)
{
	struct buf text CLEANUP(buf) = BUF_INIT;
	size_t count, where;

	if (jsontext_decode(p->body.p, p->body.len, &text) < 0) {
		w->out->failed = true;
	} else if (text.len == 0) {
		jsonw_raw(w, "{}", 2);
	} else if (json_scan(text.p, text.len, &count, &where) == JSON_OK) {
		jsonw_raw(w, text.p, text.len);
	} else {
		jsonw_object(w);
		jsonw_key(w, "__unparsedToolInput");
		jsonw_object(w);
		jsonw_key(w, "raw");
		jsonw_str(w, text.p, text.len);
		jsonw_mint(w, "len", (int64_t)text.len);
		jsonw_end(w);
		jsonw_end(w);
	}
}

static void
write_string(struct jsonw *w, const char *name, const struct buf *raw)
{
	jsonw_key(w, name);
	jsonw_string(w);
	jsonw_more_raw(w, raw->p, raw->len);
	jsonw_string_end(w);
}

static void
write_part(struct jsonw *w, const struct part *p)
{
	struct jsonpick it = { p->tool.p, p->tool.len }, name, value;

	jsonw_object(w);
	jsonw_mstr(w, "type", p->type.p);
	while (jsonpick_member(&it, &name, &value)) {
		jsonw_keyn(w, name.p + 1, name.len - 2);
		jsonw_raw(w, value.p, value.len);
	}
	if (!strcmp(p->type.p, "tool_use")) {
		jsonw_key(w, "input");
		write_input(w, p);
	} else {
		write_string(w, p->type.p, &p->body);
	}
	if (!strcmp(p->type.p, "thinking"))
		write_string(w, "signature", &p->sign);
	jsonw_end(w);
}

static int
write_reply(struct buf *out, const struct reply *r, const struct chatctx *ctx, const char *id)
{
	struct buf name CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	(void)buf_addf(&name, "msg_%s", id);	/* checked below */
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "id", name.p);
	jsonw_mstr(&w, "type", "message");
	jsonw_mstr(&w, "role", "assistant");
	jsonw_mstr(&w, "model", ctx->model ? ctx->model : "");
	jsonw_key(&w, "content");
	jsonw_array(&w);
	for (size_t i = 0; i < r->n; i++)
		write_part(&w, &r->v[i]);
	jsonw_end(&w);
	jsonw_key(&w, "stop_reason");
	jsonw_raw(&w, r->stop.p, r->stop.len);
	jsonw_key(&w, "stop_sequence");
	jsonw_null(&w);
	jsonw_key(&w, "usage");
	jsonw_raw(&w, r->usage.p, r->usage.len);
	jsonw_end(&w);
	return buf_ok(out) && buf_ok(&name) && buf_ok(&r->stop) ? 0 : -1;
}

static void
release(struct reply *r)
{
	for (size_t i = 0; i < r->n; i++) {
		buf_release(&r->v[i].type);
		buf_release(&r->v[i].body);
		buf_release(&r->v[i].sign);
		buf_release(&r->v[i].tool);
	}
	free(r->v);
	buf_release(&r->stop);
	buf_release(&r->usage);
}

/* Some stream though they were asked not to. */
static bool
is_stream(const char *body, size_t len)
{
	return len > 6 && (!memcmp(body, "data:", 5) || !memcmp(body, "event:", 6) || *body == ':');
}

int
chatreply_write(struct buf *out, const char *body, size_t len, const struct chatctx *ctx,
	const char *id, struct chatusage *usage, struct chaterr *err)
{
	struct buf events CLEANUP(buf) = BUF_INIT;
	struct reply r = { .stop = BUF_INIT, .usage = BUF_INIT };
	size_t before = out->len;
	struct chatstream s;
	int done, e;

	chatstream_init(&s, ctx, id);
	if (is_stream(body, len)) {
		done = chatstream_feed(&s, body, len, &events);
		if (done == 0)
			done = chatstream_end(&s, &events);
	} else {
		done = chatstream_whole(&s, body, len, &events);
	}
	if (done < 0)
		*err = s.err;
	else if ((done = collect(&r, &events)) == 0)
		done = write_reply(out, &r, ctx, s.id);
	*usage = s.usage;
	e = errno;
	chatstream_release(&s);
	release(&r);
	if (done < 0) {
		buf_setlen(out, before);
		errno = e == EPROTO ? EPROTO : ENOMEM;
	}
	return done;
}
