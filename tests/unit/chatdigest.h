/* SPDX-License-Identifier: MIT */
/*
 * chatdigest: an Anthropic stream in one readable line, for tests:
 *
 *	text(Hi) think(why|jobdir1:c) tool(Bash {"command":"ls"}) stop=tool_use 10+5+2
 *
 * (tokens: input, cached, output); or what is wrong with it as a stream:
 * "BAD …". Tool ids are checked to be different, and not shown.
 */
#ifndef JOBDIR_TESTS_CHATDIGEST_H
#define JOBDIR_TESTS_CHATDIGEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "json.h"
#include "sse.h"

#define DIGEST_BLOCKS 300

struct digest {
	struct buf blocks[DIGEST_BLOCKS], ids;
	bool open[DIGEST_BLOCKS];
	int n;
	bool started, ended;
	char bad[200], tail[400];
};

static void
digest_bad(struct digest *g, const char *what)
{
	if (!*g->bad)
		(void)snprintf(g->bad, sizeof g->bad, "BAD %s", what);
}

static void
digest_block(struct digest *g, const struct json *d)
{
	int block = json_get(d, 0, "content_block");
	char *id = json_get_cstr(d, block, "id"), *name = json_get_cstr(d, block, "name");

	if (json_get_int(d, 0, "index", -1) != g->n || g->n == DIGEST_BLOCKS) {
		digest_bad(g, "block index");
	} else {
		buf_init(&g->blocks[g->n]);
		g->open[g->n] = true;
		if (json_is(d, json_get(d, block, "type"), "tool_use")) {
			if (!id || !name || json_len(d, json_get(d, block, "input")))
				digest_bad(g, "tool block");
			else if (memmem(g->ids.p, g->ids.len, id, strlen(id) + 1))
				digest_bad(g, "tool id used twice");
			else
				(void)buf_add(&g->ids, id, strlen(id) + 1);
			(void)buf_addf(&g->blocks[g->n], "tool(%s ", name ? name : "?");
		} else if (json_is(d, json_get(d, block, "type"), "thinking")) {
			(void)buf_addstr(&g->blocks[g->n], "think(");
		} else if (json_is(d, json_get(d, block, "type"), "text")) {
			(void)buf_addstr(&g->blocks[g->n], "text(");
		} else {
			digest_bad(g, "block type");
		}
		g->n++;
	}
	free(id);
	free(name);
}

static void
digest_delta(struct digest *g, const struct json *d)
{
	static const struct { const char *type, *member, *kind; } kinds[] = {
		{ "text_delta", "text", "text(" }, { "thinking_delta", "thinking", "think(" },
		{ "input_json_delta", "partial_json", "tool(" }, { "signature_delta", "signature", "think(" },
	};
	int64_t i = json_get_int(d, 0, "index", -1);
	int delta = json_get(d, 0, "delta");

	if (i < 0 || i >= g->n || !g->open[i]) {
		digest_bad(g, "delta for a block that is not open");
		return;
	}
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		if (!json_is(d, json_get(d, delta, "type"), kinds[k].type))
			continue;
		if (strncmp(g->blocks[i].p, kinds[k].kind, strlen(kinds[k].kind)))
			digest_bad(g, "delta of another kind than its block");
		if (k == 3)
			(void)buf_addch(&g->blocks[i], '|');
		if (json_str(d, json_get(d, delta, kinds[k].member), &g->blocks[i]) < 0)
			digest_bad(g, "delta without its member");
		return;
	}
	digest_bad(g, "unknown delta");
}

static void
digest_stop(struct digest *g, const struct json *d)
{
	int64_t i = json_get_int(d, 0, "index", -1);

	if (i < 0 || i >= g->n || !g->open[i])
		digest_bad(g, "stop of a block that is not open");
	else
		g->open[i] = false;
}

static void
digest_end(struct digest *g, const struct json *d)
{
	char *stop = json_cstr(d, json_path(d, 0, "delta.stop_reason"));
	int u = json_get(d, 0, "usage");

	for (int i = 0; i < g->n; i++)
		if (g->open[i])
			digest_bad(g, "message_delta with a block open");
	(void)snprintf(g->tail, sizeof g->tail, "stop=%s %lld+%lld+%lld", stop ? stop : "?",
	    (long long)json_get_int(d, u, "input_tokens", -1),
	    (long long)json_get_int(d, u, "cache_read_input_tokens", -1),
	    (long long)json_get_int(d, u, "output_tokens", -1));
	free(stop);
}

static void
digest_event(struct digest *g, const struct sse_event *ev)
{
	struct json d;

	if (json_parse(&d, ev->data, ev->len, NULL) != JSON_OK ||
	    !json_is(&d, json_get(&d, 0, "type"), ev->type))
		digest_bad(g, "data is not what the event says");
	else if (g->ended)
		digest_bad(g, "event behind the end");
	else if (strcmp(ev->type, "message_start") == 0) {
		if (g->started)
			digest_bad(g, "two starts");
		g->started = true;
	} else if (strcmp(ev->type, "error") == 0) {
		char *m = json_cstr(&d, json_path(&d, 0, "error.message"));

		(void)snprintf(g->tail, sizeof g->tail, "error(%s)", m ? m : "?");
		g->ended = true;
		free(m);
	} else if (!g->started)
		digest_bad(g, "no start");
	else if (strcmp(ev->type, "content_block_start") == 0)
		digest_block(g, &d);
	else if (strcmp(ev->type, "content_block_delta") == 0)
		digest_delta(g, &d);
	else if (strcmp(ev->type, "content_block_stop") == 0)
		digest_stop(g, &d);
	else if (strcmp(ev->type, "message_delta") == 0)
		digest_end(g, &d);
	else if (strcmp(ev->type, "message_stop") == 0)
		g->ended = true;
	else if (strcmp(ev->type, "ping") != 0)
		digest_bad(g, "unknown event");
	json_release(&d);
}

/* Appended to out. */
static void
digest(const char *p, size_t n, struct buf *out)
{
	static struct digest g;
	struct sse_event ev;
	struct sse s;

	g = (struct digest){ .ids = BUF_INIT };
	sse_init(&s, SIZE_MAX);
	while (sse_next(&s, &p, &n, &ev) == 1)
		digest_event(&g, &ev);
	if (sse_last(&s, &ev) == 1)
		digest_bad(&g, "an event without its end");
	sse_release(&s);
	if (g.started && !g.ended)
		digest_bad(&g, "no end");
	for (int i = 0; i < g.n; i++) {
		(void)buf_addf(out, "%s) ", g.blocks[i].p);
		buf_release(&g.blocks[i]);
	}
	(void)buf_addf(out, "%s%s", g.tail, g.bad);
	buf_release(&g.ids);
}

#endif
