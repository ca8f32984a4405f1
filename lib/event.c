/* SPDX-License-Identifier: MIT */
#include "event.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "json.h"
#include "jsonw.h"
#include "num.h"

#define SHORT 160			/* bytes of foreign text in a log line */

void
event_short(struct buf *out, const char *p, size_t len, size_t max)
{
	size_t start = out->len;
	bool gap = false;

	for (size_t i = 0; i < len;) {
		int n = num_utf8(p + i, len - i);

		if (n <= 1 && ((unsigned char)p[i] <= ' ' || p[i] == 0x7f)) {
			gap = true;
			i++;
			continue;
		}
		if (n > 1 && num_utf8_hides(num_utf8_code(p + i, n))) {
			i += (size_t)n;
			continue;
		}
		if (out->len - start + (size_t)(n ? n : 1) + 1 > max) {
			(void)buf_addstr(out, "…");	/* the caller checks the buffer */
			return;
		}
		if (gap && out->len > start)
			(void)buf_addch(out, ' ');
		gap = false;
		(void)buf_add(out, n ? p + i : "?", n ? (size_t)n : 1);
		i += (size_t)(n ? n : 1);
	}
}

/* A string member for the log. */
static void
say(struct buf *log, const struct json *d, int node, size_t max)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (json_str(d, node, &b) == 0)
		event_short(log, b.p, b.len, max);
}

/* A string member replacing what is known; absent: what is known stays. */
static void
learn(char **dst, const struct json *d, int obj, const char *name)
{
	char *s = json_get_cstr(d, obj, name);

	if (!s)
		return;
	free(*dst);
	*dst = s;
}

static struct event_denial *
denial(struct event_facts *f, const struct json *d, int node)
{
	char *tool = json_get_cstr(d, node, "tool_name");
	int i;

	if (!tool)
		return NULL;
	for (i = 0; i < f->ndenials; i++)
		if (!strcmp(f->denials[i].tool, tool))
			break;
	if (i < f->ndenials || i == EVENT_TOOLS) {
		free(tool);
		return i < EVENT_TOOLS ? &f->denials[i] : NULL;
	}
	f->denials[f->ndenials++].tool = tool;
	return &f->denials[i];
}

/* ---- one function per type of line ---- */

static void
take_init(struct event_facts *f, const struct json *d, struct buf *log)
{
	learn(&f->session, d, 0, "session_id");
	learn(&f->model, d, 0, "model");
	learn(&f->version, d, 0, "claude_code_version");
	learn(&f->cwd, d, 0, "cwd");
	(void)buf_addstr(log, "agent: Claude Code ");
	say(log, d, json_get(d, 0, "claude_code_version"), 40);
	(void)buf_addstr(log, ", model ");
	say(log, d, json_get(d, 0, "model"), 80);
	(void)buf_addstr(log, ", session ");
	say(log, d, json_get(d, 0, "session_id"), 40);
}

static int
first_of(const struct json *d, const char *a, const char *b)
{
	return json_get(d, 0, a) >= 0 ? json_get(d, 0, a) : json_get(d, 0, b);
}

static void
take_system(struct event_facts *f, const struct json *d, struct buf *log)
{
	int sub = json_get(d, 0, "subtype");
	struct event_denial *x;

	if (json_is(d, sub, "init")) {
		take_init(f, d, log);
	} else if (json_is(d, sub, "permission_denied")) {
		x = denial(f, d, 0);
		if (x)
			x->live++;
		(void)buf_addstr(log, "denied: ");
		say(log, d, json_get(d, 0, "tool_name"), 60);
		(void)buf_addstr(log, ": ");
		say(log, d, first_of(d, "message", "decision_reason"), SHORT);
	} else if (json_is(d, sub, "api_retry")) {
		(void)buf_addf(log, "api: retry %lld of %lld in %lld ms, status %lld ",
		    (long long)json_get_int(d, 0, "attempt", 0),
		    (long long)json_get_int(d, 0, "max_retries", 0),
		    (long long)json_get_int(d, 0, "retry_delay_ms", 0),
		    (long long)json_get_int(d, 0, "error_status", 0));
		say(log, d, json_get(d, 0, "error"), SHORT);
	} else if (json_is(d, sub, "compact_boundary")) {
		(void)buf_addstr(log, "agent: history compacted");
	} else if (json_is(d, sub, "informational")) {
		(void)buf_addstr(log, "agent: ");
		say(log, d, first_of(d, "content", "message"), SHORT);
	}
}

/* "Bash: make test": the tool and the one member of its input that says most. */
static void
say_tool(const struct event_facts *f, const struct json *d, int block, struct buf *log)
{
	static const char *const telling[] = { "command", "file_path", "pattern", "path", "status",
	    "answer", "severity", "description", "url", "query" };
	int input = json_get(d, block, "input"), node = JSON_ABSENT;
	struct buf b CLEANUP(buf) = BUF_INIT;
	size_t skip = 0;

	say(log, d, json_get(d, block, "name"), 60);
	for (size_t i = 0; i < sizeof telling / sizeof *telling && node < 0; i++)
		node = json_get(d, input, telling[i]);
	if (json_str(d, node, &b) < 0)
		return;
	if (f->cwd && !strncmp(b.p, f->cwd, strlen(f->cwd)) && b.p[strlen(f->cwd)] == '/')
		skip = strlen(f->cwd) + 1;
	(void)buf_addstr(log, ": ");
	event_short(log, b.p + skip, b.len - skip, SHORT);
}

static void
take_text(struct event_facts *f, const struct json *d, int text, struct buf *log)
{
	char *s = json_cstr(d, text);
	size_t start = log->len;

	(void)buf_addstr(log, "> ");	/* nothing that we say ourselves begins so */
	say(log, d, text, SHORT);
	if (log->len <= start + 2 && buf_ok(log))
		buf_setlen(log, start);
	if (!s)
		return;
	free(f->said);
	f->said = s;
}

/* Each block of an assistant message is an event of its own; all are walked all the same. */
static void
take_assistant(struct event_facts *f, const struct json *d, struct buf *log)
{
	int content = json_get(d, json_get(d, 0, "message"), "content"), n;
	size_t start = log->len;

	if (json_type(d, content) != JSON_T_ARRAY)
		return;
	for (n = json_first(d, content); n >= 0; n = json_next(d, n)) {
		size_t before = log->len;

		if (json_is(d, json_get(d, n, "type"), "tool_use"))
			say_tool(f, d, n, log);
		else if (json_is(d, json_get(d, n, "type"), "text"))
			take_text(f, d, json_get(d, n, "text"), log);
		if (log->len > before && before > start) {
			/* keep it one line: what came before, then this */
			struct buf tail CLEANUP(buf) = BUF_INIT;

			(void)buf_add(&tail, log->p + before, log->len - before);
			buf_setlen(log, before);
			(void)buf_addf(log, "; %s", tail.p);
		}
	}
}

/* Only what went wrong is worth a line: the call itself was said. */
static void
take_user(const struct json *d, struct buf *log)
{
	int content = json_get(d, json_get(d, 0, "message"), "content"), n, inner;

	if (json_type(d, content) != JSON_T_ARRAY)
		return;
	for (n = json_first(d, content); n >= 0; n = json_next(d, n)) {
		if (!json_true(d, json_get(d, n, "is_error")))
			continue;
		inner = json_get(d, n, "content");
		if (json_type(d, inner) == JSON_T_ARRAY)
			inner = json_get(d, json_at(d, inner, 0), "text");
		(void)buf_addstr(log, "  failed: ");
		say(log, d, inner, SHORT);
		return;
	}
}

static void
take_denials(struct event_facts *f, const struct json *d)
{
	int list = json_get(d, 0, "permission_denials"), n;

	for (int i = 0; i < f->ndenials; i++)
		f->denials[i].told = 0;
	if (json_type(d, list) != JSON_T_ARRAY)
		return;
	for (n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		struct event_denial *x = denial(f, d, n);

		if (x)
			x->told++;
	}
}

static int
take_result(struct event_facts *f, const struct json *d, const char *line, size_t len,
	struct buf *log)
{
	char *copy = malloc(len + 1);
	double cost = 0;

	if (!copy)
		return -1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	free(f->result);
	f->result = copy;
	f->result_len = len;
	f->result_seen = true;
	/* No is_error at all is no proof of success. */
	f->is_error = json_get_bool(d, 0, "is_error", true);
	f->structured = json_type(d, json_get(d, 0, "structured_output")) == JSON_T_OBJECT;
	f->api_error_status = (int)json_get_int(d, 0, "api_error_status", 0);
	free(f->subtype);
	f->subtype = json_get_cstr(d, 0, "subtype");
	free(f->terminal_reason);
	f->terminal_reason = json_get_cstr(d, 0, "terminal_reason");
	learn(&f->session, d, 0, "session_id");
	take_denials(f, d);
	(void)json_num(d, json_get(d, 0, "total_cost_usd"), &cost);	/* absent: 0 */
	(void)buf_addstr(log, "result: ");
	event_short(log, f->terminal_reason ? f->terminal_reason : "?", f->terminal_reason ?
	    strlen(f->terminal_reason) : 1, 60);
	if (f->is_error)
		(void)buf_addstr(log, " (an error)");
	if (f->api_error_status)
		(void)buf_addf(log, ", API status %d", f->api_error_status);
	(void)buf_addf(log, ", %lld turns, $%.4f", (long long)json_get_int(d, 0, "num_turns", 0), cost);
	return 0;
}

int
event_take(struct event_facts *f, const char *line, size_t len, struct buf *log)
{
	struct json d;
	size_t start = log->len;
	int type, r = 0;
	enum json_error e = json_parse(&d, line, len, NULL);

	if (e == JSON_E_MEMORY) {
		errno = ENOMEM;
		return -1;
	}
	if (e != JSON_OK || json_type(&d, 0) != JSON_T_OBJECT) {
		(void)buf_addstr(log, "agent: a line that is no event: ");
		event_short(log, line, len, SHORT);
		(void)buf_addch(log, '\n');
		json_release(&d);
		errno = EBADMSG;
		return -1;
	}
	type = json_get(&d, 0, "type");
	if (json_is(&d, type, "system"))
		take_system(f, &d, log);
	else if (json_is(&d, type, "assistant"))
		take_assistant(f, &d, log);
	else if (json_is(&d, type, "user"))
		take_user(&d, log);
	else if (json_is(&d, type, "result"))
		r = take_result(f, &d, line, len, log);
	json_release(&d);
	if (log->len > start)
		(void)buf_addch(log, '\n');
	if (r < 0 || !buf_ok(log)) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
event_release(struct event_facts *f)
{
	free(f->session);
	free(f->model);
	free(f->version);
	free(f->cwd);
	free(f->subtype);
	free(f->terminal_reason);
	free(f->result);
	free(f->said);
	for (int i = 0; i < f->ndenials; i++)
		free(f->denials[i].tool);
	*f = (struct event_facts)EVENT_FACTS_INIT;
}

bool
event_completed(const struct event_facts *f)
{
	return f->result_seen && !f->is_error && f->terminal_reason &&
	    !strcmp(f->terminal_reason, "completed");
}
