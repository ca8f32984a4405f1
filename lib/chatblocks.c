/* SPDX-License-Identifier: MIT */
/* chatblocks: text, thinking and tool calls. Output errors are sticky in out. */
#include "chatblocks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "buf.h"
#include "chatctx.h"
#include "chatevent.h"
#include "chatstate.h"
#include "jsontext.h"
#include "jsonw.h"
#include "num.h"

#define HELD_MAX 65536u			/* arguments before a name */

/* ---- text and thinking ---- */

static void
sign(int index, enum chatsign from, const char *extra, size_t len, struct buf *out)
{
	struct buf text CLEANUP(buf) = BUF_INIT;

	if (chatsign_write(&text, from, extra, len) < 0)
		out->failed = true;
	chatevent_delta(out, index, "signature_delta", "signature");
	(void)jsonw_quote(out, text.p, text.len);
	chatevent_delta_end(out);
}

static void
sign_thinking(struct chatstream *s, int index, struct buf *out)
{
	struct buf json CLEANUP(buf) = BUF_INIT;
	bool details = chatdetails_any(&s->details);

	if (details && chatdetails_take(&s->details, &json) < 0)
		out->failed = true;
	sign(index, details ? CHATSIGN_DETAILS : s->from, json.p, json.len, out);
}

static void
close_open(struct chatstream *s, struct buf *out)
{
	if (s->open == CHATBLOCK_THINKING)
		sign_thinking(s, s->index, out);
	if (s->open != CHATBLOCK_NONE)
		chatevent_block_end(out, s->index);
	s->open = CHATBLOCK_NONE;
	/* Details without words, or behind them: a block of their own. */
	if (chatdetails_any(&s->details)) {
		int index = s->blocks++;

		chatevent_block(out, index, "thinking");
		sign_thinking(s, index, out);
		chatevent_block_end(out, index);
	}
}

static void
open_block(struct chatstream *s, enum chatblock kind, enum chatsign from, struct buf *out)
{
	bool thinking = kind == CHATBLOCK_THINKING;

	if (s->open == kind)
		return;
	close_open(s, out);
	s->open = kind;
	s->from = from;
	s->index = s->blocks++;
	chatevent_block(out, s->index, thinking ? "thinking" : "text");
	buf_reset(&s->head);
	if (thinking)
		chatevent_delta(&s->head, s->index, "thinking_delta", "thinking");
	else
		chatevent_delta(&s->head, s->index, "text_delta", "text");
	if (!buf_ok(&s->head))
		out->failed = true;
}

/* A string as it stands in the chunk: it is valid in the event too. */
static void
add_raw(struct chatstream *s, enum chatblock kind, enum chatsign from, struct jsonpick string,
	struct buf *out)
{
	open_block(s, kind, from, out);
	(void)buf_add(out, s->head.p, s->head.len);
	(void)buf_add(out, string.p, string.len);
	chatevent_delta_end(out);
	s->written += (int64_t)string.len - 2;
}

static void
add_piece(struct chatstream *s, const struct chatthink_piece *piece, struct buf *out)
{
	open_block(s, piece->thinking ? CHATBLOCK_THINKING : CHATBLOCK_TEXT, CHATSIGN_TAGS, out);
	(void)buf_add(out, s->head.p, s->head.len);
	(void)jsonw_quote(out, piece->p, piece->len);
	chatevent_delta_end(out);
	s->written += (int64_t)piece->len;
}

static void
add_text(struct chatstream *s, struct jsonpick string, struct buf *out)
{
	struct chatthink_piece piece;
	struct jsonpick raw = jsonpick_text(string);
	const char *p;
	size_t n;

	if (!raw.len)
		return;
	if (chatthink_plain(&s->think)) {
		add_raw(s, CHATBLOCK_TEXT, CHATSIGN_OTHER, string, out);
		return;
	}
	buf_reset(&s->scratch);
	if (jsontext_decode(raw.p, raw.len, &s->scratch) < 0) {
		out->failed = true;
		return;
	}
	p = s->scratch.p;
	n = s->scratch.len;
	while (chatthink_next(&s->think, &p, &n, &piece))
		add_piece(s, &piece, out);
}

/* Text that may have been the start of a tag. */
static void
flush_held(struct chatstream *s, struct buf *out)
{
	struct chatthink_piece piece;

	if (chatthink_last(&s->think, &piece))
		add_piece(s, &piece, out);
}

static void
add_thinking(struct chatstream *s, struct jsonpick string, enum chatsign from, struct buf *out)
{
	if (jsonpick_text(string).len)
		add_raw(s, CHATBLOCK_THINKING, from, string, out);
}

/* Content in parts: text, and thinking whose text is in parts again. */
static void
add_parts(struct chatstream *s, struct jsonpick parts, struct buf *out)
{
	struct jsonpick it = jsonpick_in(parts), part, v, inner;

	while (jsonpick_element(&it, &part)) {
		if (jsonpick_is(jsonpick_get(part, "type"), "thinking")) {
			v = jsonpick_get(part, "thinking");
			if (jsonpick_kind(v) == '"')
				add_thinking(s, v, CHATSIGN_OTHER, out);
			for (v = jsonpick_in(v); jsonpick_element(&v, &inner);)
				add_thinking(s, jsonpick_get(inner, "text"), CHATSIGN_OTHER, out);
		} else {
			add_text(s, jsonpick_get(part, "text"), out);
		}
	}
}

/* ---- tool calls ---- */

static void
close_call(struct chatcall *c, struct buf *out)
{
	if (c->block >= 0 && !c->closed)
		chatevent_block_end(out, c->block);
	c->closed = true;
}

static void
add_arguments(struct chatstream *s, struct chatcall *c, const char *p, size_t n, struct buf *out)
{
	struct buf text CLEANUP(buf) = BUF_INIT;
	size_t from, len;
	bool brace;

	len = chatargs_take(&c->args, p, n, &from, &brace);
	if (len > 0) {
		chatevent_delta(out, c->block, "input_json_delta", "partial_json");
		if (brace && (buf_addch(&text, '{') < 0 || buf_add(&text, p + from, len) < 0))
			out->failed = true;
		(void)jsonw_quote(out, brace ? text.p : p + from, brace ? text.len : len);
		chatevent_delta_end(out);
		s->written += (int64_t)len;
	}
	if (c->args.state == CHATARGS_DONE)
		close_call(c, out);
}

/* What the provider attached to the call must come back: see chatsign.h. */
static void
add_extra(struct chatstream *s, struct jsonpick extra, struct buf *out)
{
	int index = s->blocks++;

	chatevent_block(out, index, "thinking");
	sign(index, CHATSIGN_CALL, extra.p, extra.len, out);
	chatevent_block_end(out, index);
}

/* Its name is here: begin the block, and give it what came before. */
static void
begin_call(struct chatstream *s, struct chatcall *c, struct jsonpick raw, struct jsonpick extra,
	struct buf *out)
{
	char id[sizeof s->id + 24];

	flush_held(s, out);
	close_open(s, out);
	if (extra.p)
		add_extra(s, extra, out);
	buf_reset(&s->scratch);
	if (jsontext_decode(raw.p, raw.len, &s->scratch) < 0)
		out->failed = true;
	(void)snprintf(id, sizeof id, "toolu_%s_%d", s->id, s->tools++);
	c->block = s->blocks++;
	chatevent_tool(out, c->block, id, chatctx_tool(s->ctx, s->scratch.p));
	if (c->held.len)
		add_arguments(s, c, c->held.p, c->held.len, out);
	buf_release(&c->held);
}

static int
hold(struct chatcall *c, const char *p, size_t n)
{
	if (c->held.len + n > HELD_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	return buf_add(&c->held, p, n);
}

static uint64_t
hash(struct jsonpick string)
{
	struct jsonpick t = jsonpick_text(string);

	return t.len ? num_fnv1a(t.p, t.len) : 0;
}

/* One piece of a call. function: its name and arguments. */
static int
take_call(struct chatstream *s, struct jsonpick call, struct jsonpick function, bool again,
	struct buf *out)
{
	struct jsonpick name = jsonpick_get(function, "name");
	struct jsonpick args = jsonpick_get(function, "arguments"), text = jsonpick_text(args);
	struct jsonpick extra = jsonpick_get(call, "extra_content");
	struct chatcall_key k = { .index = -1, .id = hash(jsonpick_get(call, "id")),
		.name = hash(name), .again = again };
	struct chatcall *c;

	if (!jsonpick_int(jsonpick_get(call, "index"), &k.index))
		k.index = -1;
	k.args = text.len || jsonpick_kind(args) == '{';
	c = chatcalls_find(&s->calls, &k);
	if (!c) {
		/* A piece that says nothing at all is no call. */
		if (!k.id && !k.name && !k.args)
			return 0;
		c = chatcalls_add(&s->calls, &k);
		if (!c)
			return -1;
	}
	if (c->block < 0 && k.name) {
		c->key.name = k.name;
		begin_call(s, c, jsonpick_text(name), jsonpick_kind(extra) == '{' ? extra :
		    JSONPICK_ABSENT, out);
	}
	if (!c->key.id)
		c->key.id = k.id;
	if (!k.args || c->closed)
		return 0;
	if (!text.p) {			/* an object, not its text */
		text = args;
	} else {
		buf_reset(&s->scratch);
		if (jsontext_decode(text.p, text.len, &s->scratch) < 0)
			return -1;
		text = (struct jsonpick){ s->scratch.p, s->scratch.len };
	}
	if (c->block < 0)
		return hold(c, text.p, text.len);
	add_arguments(s, c, text.p, text.len, out);
	return 0;
}

/* ---- all ---- */

int
chatblocks_take(struct chatstream *s, const struct chatchunk *c, struct buf *out)
{
	struct jsonpick it = jsonpick_in(c->calls), call;
	bool again = false;

	if (c->thinking.p)
		add_thinking(s, c->thinking, c->from, out);
	if (chatdetails_add(&s->details, c->details) < 0)
		return -1;
	if (jsonpick_kind(c->content) == '"')
		add_text(s, c->content, out);
	else if (c->content.p)
		add_parts(s, c->content, out);
	if (c->refusal.p)
		add_text(s, c->refusal, out);
	for (; jsonpick_element(&it, &call); again = true)
		if (take_call(s, call, jsonpick_get(call, "function"), again, out) < 0)
			return -1;
	if (c->function.p && take_call(s, JSONPICK_ABSENT, c->function, false, out) < 0)
		return -1;
	return buf_ok(out) ? 0 : -1;
}

int
chatblocks_close(struct chatstream *s, struct buf *out)
{
	flush_held(s, out);
	close_open(s, out);
	for (int i = 0; i < s->calls.n; i++)
		close_call(&s->calls.v[i], out);
	return buf_ok(out) ? 0 : -1;
}
