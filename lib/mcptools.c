/* SPDX-License-Identifier: MIT */
#include "mcptools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "jsonw.h"
#include "mcpstate.h"

#define SANDBOX_MAX (64u << 10)	/* bytes of what is said of a caller's sandbox */

/* Reading manifests would only delay the answer to initialize: it is done when needed. */
static int
load_tools(struct server *s)
{
	int bad;

	if (s->ntools < 0)
		s->ntools = tool_all(&s->tools, s->toolset_dir, s->toolset, &bad);
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
		if (tool_get(t, told[i]) < 0)
			continue;
		jsonw_key(w, told[i]);
		jsonw_node(w, &t->doc, tool_get(t, told[i]));
	}
	jsonw_end(w);
}

int
mcptools_list(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r)
{
	CLEANUP(free) char *cursor = NULL;
	struct jsonw w;
	int i = 0;

	(void)e;	/* as every method */
	if (!server_cursor(m, &cursor) || (cursor && !tool_name_valid(cursor)))
		return reply_fail(r, RPC_E_PARAMS, server_bad_cursor);
	if (load_tools(s))
		return reply_fail(r, RPC_E_INTERNAL, strerror(errno));
	if (!cursor && s->first_page.len) {
		(void)buf_add(&r->result, s->first_page.p, s->first_page.len);
		return 0;
	}
	jsonw_init(&w, &r->result);
	jsonw_object(&w);
	jsonw_key(&w, "tools");
	jsonw_array(&w);
	/* The cursor is the last name told: it holds whatever comes and goes. */
	while (cursor && i < s->ntools && strcmp(s->tools[i].name, cursor) <= 0)
		i++;
	for (; i < s->ntools && r->result.len < SERVER_PAGE; i++)
		write_tool(&w, &s->tools[i]);
	jsonw_end(&w);
	if (i < s->ntools)
		jsonw_mstr(&w, "nextCursor", s->tools[i - 1].name);
	jsonw_end(&w);
	if (!cursor && buf_ok(&r->result) && buf_add(&s->first_page, r->result.p, r->result.len))
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

/* What Codex says of the caller's sandbox, for the command (caller.h); false: out of memory. */
static bool
take_sandbox(struct call *c, const struct rpc_message *m)
{
	int meta = json_get(&m->doc, m->params, "_meta");
	int said = json_get(&m->doc, meta, "codex/sandbox-state-meta");
	CLEANUP(buf) struct buf env = BUF_INIT;
	size_t len;
	const char *raw = json_raw(&m->doc, said, &len);

	if (said < 0)
		return true;
	(void)buf_addstr(&env, "JOBDIR_CALLER_SANDBOX=");	/* buf_steal() tells */
	if (len <= SANDBOX_MAX)
		(void)buf_add(&env, raw, len);	/* else nothing: which is understood by nobody */
	c->env = buf_steal(&env);
	return c->env != NULL;
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

/* What the client lacks of what the tool cannot do without; false: nothing. */
static bool
lacks(const struct tool *t, const struct mcpera *e, struct reply *r)
{
	int needs = tool_get(t, "requires");
	bool lacking = false;
	struct jsonw w;

	if (needs < 0)
		return false;
	jsonw_init(&w, &r->data);
	jsonw_object(&w);
	jsonw_key(&w, "requiredCapabilities");
	jsonw_object(&w);
	for (int n = json_first(&t->doc, needs); n >= 0; n = json_next(&t->doc, n)) {
		CLEANUP(free) char *name = json_cstr(&t->doc, n);

		if (!name || (e->can & mcpera_bit(name)))
			continue;
		jsonw_key(&w, name);
		jsonw_node(&w, &t->doc, json_value(&t->doc, n));
		lacking = true;
	}
	jsonw_end(&w);
	jsonw_end(&w);
	if (!lacking)
		buf_reset(&r->data);
	return lacking;
}

/* A call with everything but its start. NULL: errno, or r says why with *code. */
static struct call *
make_call(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	const struct tool *t, const char *args, size_t len, struct reply *r, int *code)
{
	struct call *c = calls_new(m->id, m->id_len);

	*code = 0;
	if (!c)
		return NULL;
	c->era = *e;
	c->raw = json_true(&t->doc, tool_get(t, "raw"));
	c->dies = json_true(&t->doc, json_path(&t->doc, 0, "annotations.readOnlyHint"));
	c->tool = strdup(t->name);
	c->command = tool_command(t);
	if (c->tool && c->command && take_token(c, m) && take_sandbox(c, m) &&
	    !buf_add(&c->args, args, len) &&
	    !outcall_remember(c)) {
		*code = question_take(&s->questions, c, m, r);
		if (!*code)
			return c;
	}

	int err = errno;

	calls_free(c);
	errno = err;
	return NULL;
}

/* A refusal by us is a result like the command's own. */
static int
refuse_call(struct server *s, const struct tool *t, struct reply *r, enum answer_code code,
	const char *message, const char *args, size_t len)
{
	CLEANUP(free) char *command = json_cstr(&t->doc, json_path(&t->doc, 0, "run.0"));

	outcall_refuse(&s->o, t->name, command ? command : "", &r->result, code, message, args, len);
	return 0;
}

static int
start_call(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	const struct tool *t, const char *args, size_t len, struct reply *r)
{
	int code, err;
	struct call *c = make_call(s, m, e, t, args, len, r, &code);

	if (code)
		return code;
	if (c && !calls_add(&s->calls, c))
		return SERVER_ASYNC;
	err = errno;
	if (c)
		calls_free(c);
	if (err == EBUSY)
		return refuse_call(s, t, r, ANSWER_BUSY, "too many calls wait", args, len);
	return refuse_call(s, t, r, ANSWER_INTERNAL, strerror(err), args, len);
}

int
mcptools_call(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r)
{
	CLEANUP(buf) struct buf said = BUF_INIT;
	int arguments = json_get(&m->doc, m->params, "arguments");
	struct tool *t = load_tools(s) ? NULL : find_tool(s, m);
	const char *args = "{}";
	struct json none;
	size_t len = 2;

	if (!t)
		return reply_fail(r, RPC_E_PARAMS, s->ntools < 0 ? "the tools cannot be read" :
			"unknown tool");
	if (lacks(t, e, r))
		return reply_fail(r, RPC_E_CAPABILITY, "the client lacks a capability that this tool "
			"cannot do without");
	if (json_type(&m->doc, arguments) > JSON_T_NULL) {
		args = json_raw(&m->doc, arguments, &len);
		(void)tool_check(t, &m->doc, arguments, &said);
	} else if (json_parse(&none, args, len, NULL) == JSON_OK) {
		(void)tool_check(t, &none, 0, &said);
		json_release(&none);
	}
	if (said.len)
		return refuse_call(s, t, r, ANSWER_INVALID_REQUEST, said.p, args, len);
	return start_call(s, m, e, t, args, len, r);
}
