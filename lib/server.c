/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "instruct.h"
#include "jsonw.h"
#include "resource.h"
#include "rpc.h"

/* The first is ours when the client's is unknown. */
static const char *const versions[] = { "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05" };

/*
 * A method fills result (the JSON text of "result") and returns 0, or an error
 * code with words in why; ASYNC: the answer comes later, or was given.
 */
#define ASYNC 1
struct method {
	const char *name;
	int (*run)(struct server *s, const struct rpc_message *m, struct buf *result,
		struct buf *why);
};

static int
fail(struct buf *why, int code, const char *words)
{
	(void)buf_addstr(why, words);
	return code;
}

static const char bad_cursor[] = "cursor is not one of this server";

/* The cursor of a list request: malloc'd, or NULL (absent). False+EINVAL: not a string. */
static bool
cursor_of(const struct rpc_message *m, char **cursor)
{
	int n = json_get(&m->doc, m->params, "cursor");

	errno = 0;
	*cursor = json_cstr(&m->doc, n);
	return *cursor || n < 0;
}

static int
m_initialize(struct server *s, const struct rpc_message *m, struct buf *result, struct buf *why)
{
	int asked = json_get(&m->doc, m->params, "protocolVersion");
	const char *version = versions[0];
	struct jsonw w;

	(void)s, (void)why;	/* as every method */
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (json_is(&m->doc, asked, versions[i]))
			version = versions[i];
	jsonw_init(&w, result);
	jsonw_object(&w);
	jsonw_mstr(&w, "protocolVersion", version);
	jsonw_key(&w, "capabilities");
	jsonw_raw(&w, "{\"tools\":{},\"resources\":{}}", 27);
	jsonw_key(&w, "serverInfo");
	jsonw_object(&w);
	jsonw_mstr(&w, "name", "jobdir");
	jsonw_mstr(&w, "title", "Claude Code delegation");
	jsonw_mstr(&w, "version", JOBDIR_VERSION);
	jsonw_end(&w);
	jsonw_mstr(&w, "instructions", instruct_text(s->toolset));
	jsonw_end(&w);
	return 0;
}

static int
m_ping(struct server *s, const struct rpc_message *m, struct buf *result, struct buf *why)
{
	(void)s, (void)m, (void)why;	/* as every method */
	(void)buf_addstr(result, "{}");
	return 0;
}

/* ---- tools ---- */

/* Reading manifests would only delay the answer to initialize: it is done when needed. */
static int
load_tools(struct server *s)
{
	int bad;

	if (s->ntools < 0)
		s->ntools = tool_all(&s->tools, s->toolset, &bad);
	return s->ntools < 0 ? -1 : 0;
}

static void
write_tool(struct jsonw *w, const struct tool *t)
{
	static const char *const told[] = {
		"name", "title", "description", "annotations", "inputSchema", "outputSchema",
	};

	jsonw_object(w);
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		jsonw_key(w, told[i]);
		jsonw_node(w, &t->doc, tool_get(t, told[i]));
	}
	jsonw_end(w);
}

static int
m_tools_list(struct server *s, const struct rpc_message *m, struct buf *result, struct buf *why)
{
	CLEANUP(free) char *cursor = NULL;
	struct jsonw w;
	int i = 0;

	if (!cursor_of(m, &cursor) || (cursor && !tool_name_valid(cursor)))
		return fail(why, RPC_E_PARAMS, bad_cursor);
	if (load_tools(s))
		return fail(why, RPC_E_INTERNAL, strerror(errno));
	if (!cursor && s->first_page.len) {
		(void)buf_add(result, s->first_page.p, s->first_page.len);
		return 0;
	}
	jsonw_init(&w, result);
	jsonw_object(&w);
	jsonw_key(&w, "tools");
	jsonw_array(&w);
	/* The cursor is the last name told: it holds whatever comes and goes. */
	while (cursor && i < s->ntools && strcmp(s->tools[i].name, cursor) <= 0)
		i++;
	for (; i < s->ntools && result->len < SERVER_PAGE; i++)
		write_tool(&w, &s->tools[i]);
	jsonw_end(&w);
	if (i < s->ntools)
		jsonw_mstr(&w, "nextCursor", s->tools[i - 1].name);
	jsonw_end(&w);
	if (!cursor && buf_ok(result) && buf_add(&s->first_page, result->p, result->len))
		buf_release(&s->first_page);	/* then it is made again */
	return 0;
}

/* The progress token as JSON text, if there is one; false: out of memory. */
static bool
take_token(struct call *c, const struct rpc_message *m)
{
	int meta = json_get(&m->doc, m->params, "_meta");
	int token = json_get(&m->doc, meta, "progressToken");
	enum json_type t = json_type(&m->doc, token);
	size_t len;
	const char *raw = json_raw(&m->doc, token, &len);

	if ((t != JSON_T_STRING && t != JSON_T_NUMBER) || len > RPC_ID_MAX)
		return true;
	c->token = strndup(raw, len);
	return c->token != NULL;
}

static struct tool *
find_tool(struct server *s, const struct rpc_message *m)
{
	int name = json_get(&m->doc, m->params, "name");

	for (int i = 0; i < s->ntools; i++)
		if (json_is(&m->doc, name, s->tools[i].name))
			return &s->tools[i];
	return NULL;
}

static int
start_call(struct server *s, const struct rpc_message *m, const struct tool *t, const char *args,
	size_t len)
{
	struct call *c = calls_new(m->id, m->id_len);

	if (!c)
		return -1;
	c->dies = json_true(&t->doc, json_path(&t->doc, 0, "annotations.readOnlyHint"));
	c->tool = strdup(t->name);
	c->command = tool_command(t);
	if (!c->tool || !c->command || !take_token(c, m) || buf_add(&c->args, args, len) ||
	    outcall_remember(c) || calls_add(&s->calls, c)) {
		int err = errno;

		calls_free(c);
		errno = err;
		return -1;
	}
	return 0;
}

/* A refusal by us is a result like the command's own. */
static int
refuse_call(struct server *s, const struct tool *t, struct buf *result, enum answer_code code,
	const char *message, const char *args, size_t len)
{
	CLEANUP(free) char *command = json_cstr(&t->doc, json_path(&t->doc, 0, "run.0"));

	outcall_refuse(&s->o, t->name, command ? command : "", result, code, message, args, len);
	return 0;
}

static int
m_tools_call(struct server *s, const struct rpc_message *m, struct buf *result, struct buf *why)
{
	CLEANUP(buf) struct buf said = BUF_INIT;
	int arguments = json_get(&m->doc, m->params, "arguments");
	struct tool *t = load_tools(s) ? NULL : find_tool(s, m);
	const char *args = "{}";
	struct json none;
	size_t len = 2;

	if (!t)
		return fail(why, RPC_E_PARAMS, s->ntools < 0 ? "the tools cannot be read" :
			"unknown tool");
	if (json_type(&m->doc, arguments) > JSON_T_NULL) {
		args = json_raw(&m->doc, arguments, &len);
		(void)tool_check(t, &m->doc, arguments, &said);
	} else if (json_parse(&none, args, len, NULL) == JSON_OK) {
		(void)tool_check(t, &none, 0, &said);
		json_release(&none);
	}
	if (said.len)
		return refuse_call(s, t, result, ANSWER_INVALID_REQUEST, said.p, args, len);
	if (!start_call(s, m, t, args, len))
		return ASYNC;
	if (errno == EBUSY)
		return refuse_call(s, t, result, ANSWER_BUSY, "too many calls wait", args, len);
	return refuse_call(s, t, result, ANSWER_INTERNAL, strerror(errno), args, len);
}

/* ---- resources ---- */

static const struct root *
state_root(struct server *s)
{
	if (s->o.root.fd < 0 && root_open(&s->o.root, false))
		s->o.root.fd = -1;
	return s->o.root.fd < 0 ? NULL : &s->o.root;
}

static int
m_resources_list(struct server *s, const struct rpc_message *m, struct buf *result,
	struct buf *why)
{
	CLEANUP(free) char *cursor = NULL;

	if (cursor_of(m, &cursor) && !resource_list(state_root(s), cursor, result))
		return 0;
	if (errno != EINVAL)
		return fail(why, RPC_E_INTERNAL, strerror(errno));
	return fail(why, RPC_E_PARAMS, bad_cursor);
}

static int
m_resources_templates(struct server *s, const struct rpc_message *m, struct buf *result,
	struct buf *why)
{
	(void)s, (void)m, (void)why;	/* as every method */
	resource_templates(result);
	return 0;
}

static int
m_resources_read(struct server *s, const struct rpc_message *m, struct buf *result,
	struct buf *why)
{
	CLEANUP(free) char *uri = json_get_cstr(&m->doc, m->params, "uri");

	if (!uri)
		return fail(why, RPC_E_PARAMS, "uri must be a string");
	if (!resource_read(state_root(s), uri, result))
		return 0;
	if (errno == EINVAL)
		return fail(why, RPC_E_PARAMS, "uri must be job://ID/FILE, with ?offset=N or not");
	if (errno == ENOENT)
		return fail(why, RPC_E_NO_RESOURCE, "no such resource");
	if (errno == EILSEQ)
		return fail(why, RPC_E_PARAMS, "the file is not text");
	return fail(why, RPC_E_INTERNAL, strerror(errno));
}

/* ---- dispatch ---- */

static const struct method methods[] = {
	{ "tools/call", m_tools_call },
	{ "ping", m_ping },
	{ "tools/list", m_tools_list },
	{ "initialize", m_initialize },
	{ "resources/list", m_resources_list },
	{ "resources/templates/list", m_resources_templates },
	{ "resources/read", m_resources_read },
};

static void
request(struct server *s, const struct rpc_message *m)
{
	CLEANUP(buf) struct buf result = BUF_INIT;
	CLEANUP(buf) struct buf why = BUF_INIT;
	const struct method *found = NULL;
	int code;

	for (size_t i = 0; i < sizeof methods / sizeof *methods && !found; i++)
		if (!strcmp(m->method, methods[i].name))
			found = &methods[i];
	if (calls_find(&s->calls, m->id, m->id_len))
		code = fail(&why, RPC_E_REQUEST, "a request with this id is in progress");
	else if (!found)
		code = fail(&why, RPC_E_METHOD, "unknown method");
	else
		code = found->run(s, m, &result, &why);
	if (code == 0 && buf_ok(&result))
		rpc_result(&s->o.out, m->id, m->id_len, result.p, result.len);
	else if (code != ASYNC)
		rpc_error(&s->o.out, m->id, m->id_len, code ? code : RPC_E_INTERNAL,
			code ? why.p : "out of memory");
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
	case RPC_RESPONSE:	/* we ask nothing */
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
server_init(struct server *s, const char *toolset)
{
	const struct calls_events on = {
		.done = outcall_done, .control = outcall_control, .said = outcall_said,
		.arg = &s->o,
	};

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
