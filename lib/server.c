/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <string.h>

#include "instruct.h"
#include "jsonw.h"
#include "mcpresources.h"
#include "mcptools.h"

#define LIST_MS 60000		/* what is installed hardly changes */

/* The first is ours when the client's is unknown. */
static const char *const versions[] = { "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05" };

struct method {
	const char *name;
	int (*run)(struct server *s, const struct rpc_message *m, const struct mcpera *e,
		struct reply *r);
	enum { BOTH, SHAKEN, STATELESS } when;	/* in revisions with a handshake, or without */
	int keep_ms;			/* how long its result may be kept */
};

static void
write_capabilities(struct jsonw *w)
{
	static const char ours[] = "{\"tools\":{},\"resources\":{},"
		"\"experimental\":{\"codex/sandbox-state-meta\":{}}}";

	jsonw_key(w, "capabilities");
	jsonw_raw(w, ours, sizeof ours - 1);
}

static int
m_initialize(struct server *s, const struct rpc_message *m, const struct mcpera *e, struct reply *r)
{
	int asked = json_get(&m->doc, m->params, "protocolVersion");
	const char *version = versions[0];
	struct jsonw w;

	(void)e;	/* as every method */
	s->can = mcpera_can(&m->doc, json_get(&m->doc, m->params, "capabilities"));
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (json_is(&m->doc, asked, versions[i]))
			version = versions[i];
	jsonw_init(&w, &r->result);
	jsonw_object(&w);
	jsonw_mstr(&w, "protocolVersion", version);
	write_capabilities(&w);
	jsonw_key(&w, "serverInfo");
	jsonw_raw(&w, mcpera_server, strlen(mcpera_server));
	jsonw_mstr(&w, "instructions", instruct_text(s->toolset));
	jsonw_end(&w);
	return 0;
}

static int
m_discover(struct server *s, const struct rpc_message *m, const struct mcpera *e, struct reply *r)
{
	struct jsonw w;

	(void)m, (void)e;	/* as every method */
	jsonw_init(&w, &r->result);
	jsonw_object(&w);
	jsonw_key(&w, "supportedVersions");
	jsonw_array(&w);
	jsonw_cstr(&w, MCPERA_STATELESS);
	jsonw_end(&w);
	write_capabilities(&w);
	jsonw_mstr(&w, "instructions", instruct_text(s->toolset));
	jsonw_end(&w);
	return 0;
}

static int
m_ping(struct server *s, const struct rpc_message *m, const struct mcpera *e, struct reply *r)
{
	(void)s, (void)m, (void)e;	/* as every method */
	(void)buf_addstr(&r->result, "{}");
	return 0;
}

/* ---- dispatch ---- */

static const struct method methods[] = {
	{ "tools/call", mcptools_call, BOTH, MCPERA_KEEP_NOT },
	{ "ping", m_ping, SHAKEN, MCPERA_KEEP_NOT },
	{ "tools/list", mcptools_list, BOTH, LIST_MS },
	{ "initialize", m_initialize, SHAKEN, MCPERA_KEEP_NOT },
	{ "server/discover", m_discover, STATELESS, LIST_MS },
	{ "resources/list", mcpresources_list, BOTH, 0 },
	{ "resources/templates/list", mcpresources_templates, BOTH, LIST_MS },
	{ "resources/read", mcpresources_read, BOTH, 0 },
};

static const struct method *
find_method(const char *name, bool stateless)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (!strcmp(name, methods[i].name) &&
		    methods[i].when != (stateless ? SHAKEN : STATELESS))
			return &methods[i];
	return NULL;
}

static void
request(struct server *s, const struct rpc_message *m)
{
	struct reply r = REPLY_INIT;
	CLEANUP(buf) struct buf text = BUF_INIT;
	const struct method *found = NULL;
	struct mcpera e;
	int code;

	if (calls_find(&s->calls, m->id, m->id_len)) {
		code = reply_fail(&r, RPC_E_REQUEST, "a request with this id is in progress");
	} else if (!(code = mcpera_of(&e, m, s->can, &r.why, &r.data))) {
		found = find_method(m->method, e.stateless);
		code = found ? found->run(s, m, &e, &r) : reply_fail(&r, RPC_E_METHOD, "unknown method");
	}
	if (code == 0 && buf_ok(&r.result) &&
	    !mcpera_result(&text, &e, r.result.p, r.result.len, found->keep_ms))
		rpc_result(&s->o.out, m->id, m->id_len, text.p, text.len);
	else if (code != SERVER_ASYNC)
		rpc_error_data(&s->o.out, m->id, m->id_len, code ? code : RPC_E_INTERNAL,
			code ? r.why.p : "out of memory", r.data.p, code ? r.data.len : 0);
	reply_release(&r);
}

/* A late or unknown id is no error: the answer was on its way. */
static void
notification(struct server *s, const struct rpc_message *m)
{
	int id = json_get(&m->doc, m->params, "requestId");
	size_t len;
	const char *raw = json_raw(&m->doc, id, &len);
	struct call *c;

	if (strcmp(m->method, "notifications/cancelled") || id < 0)
		return;
	c = calls_find(&s->calls, raw, len);
	if (c)
		calls_cancel(&s->calls, c);
}

void
server_line(struct server *s, const char *line, size_t len)
{
	struct rpc_message m;

	rpc_read(&m, line, len);
	switch (m.kind) {
	case RPC_REQUEST:
		request(s, &m);
		break;
	case RPC_NOTIFICATION:
		notification(s, &m);
		break;
	case RPC_BAD:
		rpc_error(&s->o.out, m.id, m.id_len, m.code, m.why);
		break;
	case RPC_RESPONSE:
		question_answered(&s->questions, &m);
		break;
	case RPC_BLANK:
		break;
	}
	rpc_release(&m);
}

void
server_too_long(struct server *s)
{
	rpc_error(&s->o.out, "null", 4, RPC_E_REQUEST, "the message is longer than 8 MiB");
}

void
server_gone(struct server *s)
{
	question_gone(&s->questions);
}

/* ---- what comes of calls ---- */

static void
done(struct call *c, int status, int err, void *arg)
{
	struct server *s = arg;

	question_drop(&s->questions, c, &s->o.out);
	outcall_done(c, status, err, &s->o);
}

/* A question, or progress; anything else on the line is not for us. */
static void
control(struct call *c, const char *line, size_t len, void *arg)
{
	struct server *s = arg;
	struct json d;

	if (json_parse(&d, line, len, NULL))
		return;
	if (json_get(&d, 0, "ask") >= 0)
		question_asked(&s->questions, c, &d, &s->o.out);
	else
		outcall_progress(c, &d, &s->o);
	json_release(&d);
}

static void
said(const char *p, size_t len, void *arg)
{
	(void)arg;	/* as every event */
	outcall_said(p, len);
}

void
server_init(struct server *s, const char *toolset)
{
	const struct calls_events on = { .done = done, .control = control, .said = said, .arg = s };

	memset(s, 0, sizeof *s);
	s->toolset = toolset;
	s->ntools = -1;
	s->o.root.fd = -1;
	buf_init(&s->o.out);
	buf_init(&s->first_page);
	calls_init(&s->calls, &on);
}

void
server_release(struct server *s)
{
	tool_free_all(s->tools, s->ntools > 0 ? s->ntools : 0);
	if (s->o.root.fd >= 0)
		root_close(&s->o.root);
	buf_release(&s->o.out);
	buf_release(&s->first_page);
}
