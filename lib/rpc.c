/* SPDX-License-Identifier: MIT */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "jsonw.h"

#define LINE_KEPT (64u << 10)	/* memory kept between lines */

/* ---- framing ---- */

size_t
rpc_feed(struct rpc_lines *l, const char *p, size_t n, enum rpc_line *what)
{
	const char *end = memchr(p, '\n', n);
	size_t used = end ? (size_t)(end - p) : n;

	if (l->whole) {
		if (l->line.cap > LINE_KEPT)
			buf_release(&l->line);
		buf_reset(&l->line);
		l->whole = false;
	}
	if (!l->skipping && (used > RPC_LINE_MAX - l->line.len || buf_add(&l->line, p, used))) {
		buf_release(&l->line);
		l->skipping = true;
	}
	*what = RPC_MORE;
	if (!end)
		return used;
	*what = l->skipping ? RPC_TOO_LONG : RPC_LINE;
	l->skipping = false;
	l->whole = true;
	return used + 1;
}

void
rpc_lines_release(struct rpc_lines *l)
{
	buf_release(&l->line);
}

/* ---- messages ---- */

static void
bad(struct rpc_message *m, int code, const char *why)
{
	m->kind = RPC_BAD;
	m->code = code;
	m->why = why;
}

/* True when the message has an id that can be echoed. */
static bool
take_id(struct rpc_message *m, int id)
{
	enum json_type t = json_type(&m->doc, id);
	size_t len;
	const char *raw;

	if (t != JSON_T_STRING && t != JSON_T_NUMBER)
		return false;
	raw = json_raw(&m->doc, id, &len);
	if (len > RPC_ID_MAX)
		return false;
	m->id = raw;
	m->id_len = len;
	return true;
}

static void
classify(struct rpc_message *m)
{
	const struct json *d = &m->doc;
	int id = json_get(d, 0, "id"), method = json_get(d, 0, "method");
	int params = json_get(d, 0, "params");

	if (json_type(d, 0) == JSON_T_ARRAY) {
		bad(m, RPC_E_REQUEST, "batches are not supported");
		return;
	}
	if (json_type(d, 0) != JSON_T_OBJECT) {
		bad(m, RPC_E_REQUEST, "a message must be an object");
		return;
	}
	if (id >= 0 && !take_id(m, id)) {
		bad(m, RPC_E_REQUEST, "id must be a short string or a number");
		return;
	}
	if (!json_is(d, json_get(d, 0, "jsonrpc"), "2.0")) {
		bad(m, RPC_E_REQUEST, "jsonrpc must be \"2.0\"");
		return;
	}
	if (method < 0 && id >= 0 &&
	    (json_get(d, 0, "result") >= 0 || json_get(d, 0, "error") >= 0)) {
		m->kind = RPC_RESPONSE;
		return;
	}
	m->method = json_cstr(d, method);
	if (!m->method) {
		bad(m, RPC_E_REQUEST, "method must be a string");
		return;
	}
	m->kind = id >= 0 ? RPC_REQUEST : RPC_NOTIFICATION;
	if (json_type(d, params) == JSON_T_OBJECT)
		m->params = params;
	else if (params >= 0 && m->kind == RPC_REQUEST)
		bad(m, RPC_E_PARAMS, "params must be an object");
}

void
rpc_read(struct rpc_message *m, const char *line, size_t len)
{
	enum json_error e;

	memset(m, 0, sizeof *m);
	m->params = JSON_ABSENT;
	m->id = "null";
	m->id_len = 4;
	e = json_parse(&m->doc, line, len, NULL);
	if (e == JSON_E_EMPTY)
		m->kind = RPC_BLANK;
	else if (e)
		bad(m, RPC_E_PARSE, json_strerror(e));
	else
		classify(m);
}

void
rpc_release(struct rpc_message *m)
{
	json_release(&m->doc);
	free(m->method);
	m->method = NULL;
}

/* ---- answers ---- */

static void
head(struct buf *out, const char *id, size_t id_len)
{
	(void)buf_addstr(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	(void)buf_add(out, id, id_len);
}

void
rpc_result(struct buf *out, const char *id, size_t id_len, const char *result, size_t len)
{
	head(out, id, id_len);
	(void)buf_addstr(out, ",\"result\":");
	(void)buf_add(out, result, len);
	(void)buf_addstr(out, "}\n");
}

void
rpc_error_data(struct buf *out, const char *id, size_t id_len, int code, const char *message,
	const char *data, size_t len)
{
	head(out, id, id_len);
	(void)buf_addf(out, ",\"error\":{\"code\":%d,\"message\":", code);
	(void)jsonw_quote(out, message, strlen(message));
	if (len) {
		(void)buf_addstr(out, ",\"data\":");
		(void)buf_add(out, data, len);
	}
	(void)buf_addstr(out, "}}\n");
}

void
rpc_error(struct buf *out, const char *id, size_t id_len, int code, const char *message)
{
	rpc_error_data(out, id, id_len, code, message, NULL, 0);
}

void
rpc_ask(struct buf *out, const char *id, const char *method, const char *params, size_t len)
{
	(void)buf_addf(out, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":", id);
	(void)jsonw_quote(out, method, strlen(method));
	(void)buf_addstr(out, ",\"params\":");
	(void)buf_add(out, params, len);
	(void)buf_addstr(out, "}\n");
}

void
rpc_notify(struct buf *out, const char *method, const char *params, size_t len)
{
	(void)buf_addf(out, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":", method);
	(void)buf_add(out, params, len);
	(void)buf_addstr(out, "}\n");
}
