/* SPDX-License-Identifier: MIT */
/* planjson: write a plan down. */
#include "planjson.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"

static void
mode(struct jsonw *w, const char *name, unsigned m)
{
	char text[16];

	if (!m)
		return;
	snprintf(text, sizeof(text), "%06o", m);
	jsonw_mstr(w, name, text);
}

static void
file(struct jsonw *w, const struct plan_entry *e)
{
	jsonw_object(w);
	answer_path(w, "path", e->path);
	jsonw_mstr(w, "op", plan_op_name(e->op));
	if (e->op == PLAN_MODIFY && e->how != PLAN_COPY)
		jsonw_mstr(w, "how", e->how == PLAN_MERGE ? "merge" : "mode");
	if (e->old_mode != e->new_mode) {
		mode(w, "old_mode", e->old_mode);
		mode(w, "new_mode", e->new_mode);
	}
	if (e->crlf && (e->op == PLAN_MODIFY || e->op == PLAN_ADD))
		jsonw_mbool(w, "crlf", true);
	if (e->ask && !e->accepted)
		jsonw_mbool(w, "accept", true);
	jsonw_mstr(w, "note", e->note);
	jsonw_end(w);
}

static void
conflict(struct jsonw *w, const struct plan_entry *e)
{
	bool ask = e->op != PLAN_CONFLICT;

	jsonw_object(w);
	answer_path(w, "path", e->path);
	jsonw_mstr(w, "reason", ask ? "needs_accept" : plan_why_name(e->why));
	jsonw_mstr(w, "text", ask ? plan_ask_text(e->ask) : plan_why_text(e->why));
	if (e->why == PLAN_CASE && e->sibling)
		answer_path(w, "sibling", e->sibling);
	if (ask)
		jsonw_mbool(w, "accept", true);
	jsonw_mstr(w, "note", e->note);
	jsonw_end(w);
}

static size_t
list(struct jsonw *w, const struct plan *p, bool stops, size_t from, size_t bytes, size_t *total)
{
	size_t end = w->out->len + bytes, n = 0, next = from;

	jsonw_array(w);
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *e = &p->e[i];

		if (stops ? !plan_stops(e) : e->op == PLAN_CONFLICT)
			continue;
		if (n >= from && next == n && w->out->len < end) {
			if (stops)
				conflict(w, e);
			else
				file(w, e);
			next = n + 1;
		}
		n++;
	}
	jsonw_end(w);
	*total = n;
	return next < n ? next : n;
}

size_t
planjson_files(struct jsonw *w, const struct plan *p, size_t from, size_t bytes, size_t *total)
{
	return list(w, p, false, from, bytes, total);
}

size_t
planjson_conflicts(struct jsonw *w, const struct plan *p, size_t from, size_t bytes,
	size_t *total)
{
	return list(w, p, true, from, bytes, total);
}

int
planjson_preview(struct buf *out, const struct plan *p, const char *token, const char *at)
{
	struct jsonw w;
	size_t total;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "token", token);
	jsonw_mstr(&w, "at", at);
	jsonw_mstr(&w, "workspace", p->workspace);
	jsonw_mstr(&w, "base", p->base_tree);
	jsonw_mstr(&w, "tree", p->sealed_tree);
	jsonw_key(&w, "plan");
	jsonw_object(&w);
	jsonw_key(&w, "files");
	planjson_files(&w, p, 0, (size_t)1 << 40, &total);
	jsonw_key(&w, "conflicts");
	planjson_conflicts(&w, p, 0, (size_t)1 << 40, &total);
	jsonw_end(&w);
	jsonw_end(&w);
	buf_addch(out, '\n');
	return buf_ok(out) ? 0 : -1;
}

int
planjson_token(const char *text, size_t len, char token[PLAN_TOKEN])
{
	struct json d;
	char *s;
	int rc = -1;

	if (json_parse(&d, text, len, NULL) != JSON_OK) {
		errno = EBADMSG;
		return -1;
	}
	s = json_get_cstr(&d, 0, "token");
	if (s && strlen(s) == PLAN_TOKEN - 1 && strspn(s, "0123456789abcdef") == PLAN_TOKEN - 1) {
		memcpy(token, s, PLAN_TOKEN);
		rc = 0;
	}
	free(s);
	json_release(&d);
	if (rc)
		errno = EBADMSG;
	return rc;
}
