/* SPDX-License-Identifier: MIT */
/*
 * model --script=FILE --log=FILE: a scripted model on 127.0.0.1, speaking as
 * much of the Anthropic Messages API as Claude Code needs (streamed and not).
 * Prints its port and a newline when it listens; runs until killed.
 *
 * The script is {"turns":[TURN…]} or {"conversations":[{"match":TEXT,
 * "turns":[TURN…]}…]}. The first conversation whose match (none: always) is in
 * the first user message answers; the turn is the number of assistant
 * messages in the request's history. So nothing is remembered between
 * requests, and any number of jobs may talk at once. A TURN has
 *	text, thinking		strings to say
 *	tools			[{name, input}…] to call; @CWD@ in an input
 *				becomes the client's working directory
 *	usage			{input_tokens, output_tokens}; 100 and 50
 *	stop_reason		instead of the fitting one
 *	delay_ms		wait before answering
 *	status, error, headers	an HTTP error instead: {type, message}, {NAME: VALUE}
 *	hang, drop		never answer; close the connection
 *	repeat			in the last turn: serve it for ever
 * A history beyond the script is answered with a 400 that says so.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "buf.h"
#include "err.h"
#include "json.h"
#include "jsonw.h"
#include "loopserve.h"
#include "store.h"

struct model {
	struct json script;
	int log;
	pthread_mutex_t lock;
	atomic_uint calls;	/* tool ids must be unique across turns */
};

/* One request: its document, and the turn that answers it. */
struct ask {
	struct json body;
	int turn;		/* node in the script, JSON_ABSENT: exhausted */
	size_t index;
	char *model;
	struct buf cwd;		/* JSON-escaped, as it stood in the body */
};

static bool
match_user(const struct json *d, int content, const char *match)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	int n;

	if (json_type(d, content) == JSON_T_STRING)
		(void)json_str(d, content, &b);		/* no memory: no match */
	for (n = json_first(d, content); json_type(d, content) == JSON_T_ARRAY && n >= 0;
	    n = json_next(d, n))
		(void)json_str(d, json_get(d, n, "text"), &b);	/* blocks without text: nothing */
	return memmem(b.p, b.len, match, strlen(match)) != NULL;
}

/* The turns of the conversation that this request belongs to. */
static int
find_turns(const struct model *m, const struct json *d)
{
	int msgs = json_get(d, 0, "messages"), user = JSON_ABSENT, n, conv;

	for (n = json_first(d, msgs); n >= 0 && user == JSON_ABSENT; n = json_next(d, n))
		if (json_is(d, json_get(d, n, "role"), "user"))
			user = json_get(d, n, "content");
	conv = json_get(&m->script, 0, "conversations");
	for (n = json_first(&m->script, conv); n >= 0; n = json_next(&m->script, n)) {
		char *match CLEANUP(free) = json_get_cstr(&m->script, n, "match");

		if (!match || match_user(d, user, match))
			return json_get(&m->script, n, "turns");
	}
	return json_get(&m->script, 0, "turns");
}

static void
find_turn(const struct model *m, struct ask *a)
{
	int msgs = json_get(&a->body, 0, "messages"), turns = find_turns(m, &a->body), last, n;
	size_t len = json_len(&m->script, turns);

	a->index = 0;
	for (n = json_first(&a->body, msgs); n >= 0; n = json_next(&a->body, n))
		if (json_is(&a->body, json_get(&a->body, n, "role"), "assistant"))
			a->index++;
	a->turn = json_at(&m->script, turns, a->index);
	last = len ? json_at(&m->script, turns, len - 1) : JSON_ABSENT;
	if (a->index >= len)
		a->turn = json_true(&m->script, json_get(&m->script, last, "repeat")) ? last : JSON_ABSENT;
}

/* The client says "Working directory: PATH" somewhere in its prompt. */
static void
find_cwd(struct ask *a, const char *text, size_t len)
{
	static const char key[] = "orking directory: ";
	const char *p = memmem(text, len, key, sizeof key - 1), *end = text + len;
	size_t n = 0;

	if (!p)
		return;
	p += sizeof key - 1;
	while (p + n < end && p[n] != '"' && p[n] != '\\' && p[n] != '<')
		n++;
	(void)buf_add(&a->cwd, p, n);	/* checked with the answer */
}

static void
add_input(struct buf *out, const struct ask *a, const char *raw, size_t len)
{
	static const char key[] = "@CWD@";
	const char *hit;

	while ((hit = memmem(raw, len, key, sizeof key - 1)) != NULL) {
		(void)buf_add(out, raw, (size_t)(hit - raw));	/* sticky */
		(void)buf_add(out, a->cwd.p, a->cwd.len);
		len -= (size_t)(hit - raw) + sizeof key - 1;
		raw = hit + sizeof key - 1;
	}
	(void)buf_add(out, raw, len);
}

/* ---- the answer's content, streamed or not ---- */

static void
event(struct buf *out, const char *name, const struct buf *data)
{
	(void)buf_addf(out, "event: %s\ndata: %s\n\n", name, data->p);	/* sticky */
}

static void
event_index(struct buf *out, const char *name, int index)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	(void)buf_addf(&b, "{\"type\":\"%s\",\"index\":%d}", name, index);
	event(out, name, &b);
}

static void
delta(struct buf *out, int index, const char *type, const char *member, const char *p, size_t len)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	(void)buf_addf(&b, "{\"type\":\"content_block_delta\",\"index\":%d,\"delta\":{\"type\":\"%s\",\"%s\":",
	    index, type, member);
	(void)jsonw_quote(&b, p, len);
	(void)buf_addstr(&b, "}}");
	event(out, "content_block_delta", &b);
}

/* One block: as three events, or (index < 0) as an element of content. */
static void
block_text(struct buf *out, int index, const char *type, const struct buf *text)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	bool thinking = !strcmp(type, "thinking");

	if (index < 0) {
		(void)buf_addf(out, "{\"type\":\"%s\",\"%s\":", type, type);
		(void)jsonw_quote(out, text->p, text->len);
		(void)buf_addstr(out, thinking ? ",\"signature\":\"c2ln\"}" : "}");
		return;
	}
	(void)buf_addf(&b, "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":"
	    "{\"type\":\"%s\",\"%s\":\"\"}}", index, type, type);
	event(out, "content_block_start", &b);
	delta(out, index, thinking ? "thinking_delta" : "text_delta", type, text->p, text->len);
	if (thinking)
		delta(out, index, "signature_delta", "signature", "c2ln", 4);
	event_index(out, "content_block_stop", index);
}

static void
block_tool(struct buf *out, int index, const struct buf *head, const struct buf *input)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (index < 0) {
		(void)buf_addf(out, "{%s,\"input\":%s}", head->p, input->p);
		return;
	}
	(void)buf_addf(&b, "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":"
	    "{%s,\"input\":{}}}", index, head->p);
	event(out, "content_block_start", &b);
	delta(out, index, "input_json_delta", "partial_json", input->p, input->len);
	event_index(out, "content_block_stop", index);
}

/* All blocks of a turn; true if a tool is called. */
static bool
content(struct model *m, const struct ask *a, bool stream, struct buf *out)
{
	static const char *const said[] = { "thinking", "text" };
	const struct json *s = &m->script;
	int index = 0, n, tools = json_get(s, a->turn, "tools");

	for (size_t i = 0; i < 2; i++) {
		struct buf text CLEANUP(buf) = BUF_INIT;

		if (json_str(s, json_get(s, a->turn, said[i]), &text) < 0)
			continue;
		if (index && !stream)
			(void)buf_addch(out, ',');
		block_text(out, stream ? index : -1, said[i], &text);
		index++;
	}
	for (n = json_first(s, tools); n >= 0; n = json_next(s, n), index++) {
		struct buf head CLEANUP(buf) = BUF_INIT, input CLEANUP(buf) = BUF_INIT;
		size_t len = 0;
		const char *raw = json_raw(s, json_get(s, n, "input"), &len);
		char *name CLEANUP(free) = json_get_cstr(s, n, "name");

		add_input(&input, a, raw ? raw : "{}", raw ? len : 2);
		(void)buf_addf(&head, "\"type\":\"tool_use\",\"id\":\"toolu_%zu_%d_%u\",\"name\":\"%s\"",
		    a->index, index, atomic_fetch_add(&m->calls, 1), name ? name : "");
		if (index && !stream)
			(void)buf_addch(out, ',');
		block_tool(out, stream ? index : -1, &head, &input);
	}
	return json_len(s, tools) > 0;
}

static void
answer_turn(struct model *m, const struct ask *a, bool stream, struct buf *out)
{
	const struct json *s = &m->script;
	int usage = json_get(s, a->turn, "usage");
	long long in = json_get_int(s, usage, "input_tokens", 100);
	long long outn = json_get_int(s, usage, "output_tokens", 50);
	char *stop CLEANUP(free) = json_get_cstr(s, a->turn, "stop_reason");
	struct buf head CLEANUP(buf) = BUF_INIT, body CLEANUP(buf) = BUF_INIT;
	struct buf b CLEANUP(buf) = BUF_INIT;
	bool tool = content(m, a, stream, &body);
	const char *reason = stop ? stop : tool ? "tool_use" : "end_turn";

	(void)buf_addf(&head, "\"id\":\"msg_%zu_%u\",\"type\":\"message\",\"role\":\"assistant\",\"model\":",
	    a->index, atomic_fetch_add(&m->calls, 1));
	(void)jsonw_quote(&head, a->model, strlen(a->model));
	if (!stream) {
		(void)buf_addf(out, "{%s,\"content\":[%s],\"stop_reason\":\"%s\",\"stop_sequence\":null,"
		    "\"usage\":{\"input_tokens\":%lld,\"output_tokens\":%lld}}",
		    head.p, body.p, reason, in, outn);
		return;
	}
	(void)buf_addf(&b, "{\"type\":\"message_start\",\"message\":{%s,\"content\":[],\"stop_reason\":null,"
	    "\"stop_sequence\":null,\"usage\":{\"input_tokens\":%lld,\"output_tokens\":1}}}", head.p, in);
	event(out, "message_start", &b);
	(void)buf_add(out, body.p, body.len);
	buf_reset(&b);
	(void)buf_addf(&b, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"%s\",\"stop_sequence\":null},"
	    "\"usage\":{\"input_tokens\":%lld,\"output_tokens\":%lld}}", reason, in, outn);
	event(out, "message_delta", &b);
	(void)buf_addstr(out, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

/* ---- HTTP ---- */

static enum MHD_Result
reply(struct MHD_Connection *c, unsigned status, const char *type, struct buf *body,
	const struct json *s, int headers)
{
	struct MHD_Response *r;
	enum MHD_Result done;
	size_t len = body->len;

	if (!buf_ok(body))
		return MHD_NO;
	r = MHD_create_response_from_buffer(len, buf_steal(body), MHD_RESPMEM_MUST_FREE);
	if (!r)
		return MHD_NO;
	(void)MHD_add_response_header(r, "Content-Type", type);	/* fails only without memory */
	for (int n = json_first(s, headers); n >= 0; n = json_next(s, n)) {
		char *name CLEANUP(free) = json_cstr(s, n);
		char *value CLEANUP(free) = json_cstr(s, json_value(s, n));

		if (name && value)
			(void)MHD_add_response_header(r, name, value);
	}
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
reply_error(struct MHD_Connection *c, unsigned status, const char *type, const char *message,
	const struct json *s, int headers)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	(void)buf_addf(&b, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":", type);
	(void)jsonw_quote(&b, message, strlen(message));
	(void)buf_addstr(&b, "}}");
	return reply(c, status, "application/json", &b, s, headers);
}

static enum MHD_Result
answer(struct model *m, struct MHD_Connection *c, struct ask *a)
{
	const struct json *s = &m->script;
	bool stream = json_true(&a->body, json_get(&a->body, 0, "stream"));
	struct buf out CLEANUP(buf) = BUF_INIT;
	long long status = json_get_int(s, a->turn, "status", 200);
	long long ms = json_get_int(s, a->turn, "delay_ms", 0);

	if (a->turn == JSON_ABSENT)
		return reply_error(c, 400, "invalid_request_error",
		    "the script has no turn for this request", s, JSON_ABSENT);
	if (ms > 0)
		(void)nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
	if (json_true(s, json_get(s, a->turn, "hang")))
		for (;;)
			(void)pause();	/* this connection's own thread */
	if (json_true(s, json_get(s, a->turn, "drop")))
		return MHD_NO;
	if (status != 200) {
		int e = json_get(s, a->turn, "error");
		char *type CLEANUP(free) = json_get_cstr(s, e, "type");
		char *message CLEANUP(free) = json_get_cstr(s, e, "message");

		return reply_error(c, (unsigned)status, type ? type : "api_error",
		    message ? message : "scripted", s, json_get(s, a->turn, "headers"));
	}
	answer_turn(m, a, stream, &out);
	return reply(c, 200, stream ? "text/event-stream" : "application/json", &out, s,
	    json_get(s, a->turn, "headers"));
}

/* One line per request; that a key was sent is said, the key never. */
static void
log_request(struct model *m, struct MHD_Connection *c, const char *method, const char *url,
	const struct buf *body, const struct ask *a)
{
	static const char *const keep[] = { "User-Agent", "anthropic-version", "anthropic-beta",
	    "X-Claude-Code-Session-Id", "X-Stainless-Retry-Count" };
	static const char *const auth[] = { "x-api-key", "Authorization" };
	struct buf line CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &line);
	jsonw_object(&w);
	jsonw_mstr(&w, "method", method);
	jsonw_mstr(&w, "path", url);
	jsonw_mint(&w, "turn", (int64_t)a->index);
	jsonw_key(&w, "auth");
	jsonw_array(&w);
	for (size_t i = 0; i < 2; i++)
		if (MHD_lookup_connection_value(c, MHD_HEADER_KIND, auth[i]))
			jsonw_cstr(&w, auth[i]);
	jsonw_end(&w);
	jsonw_key(&w, "headers");
	jsonw_object(&w);
	for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
		jsonw_mstr(&w, keep[i], MHD_lookup_connection_value(c, MHD_HEADER_KIND, keep[i]));
	jsonw_end(&w);
	jsonw_key(&w, "body");
	if (a->body.count)
		jsonw_raw(&w, body->p, body->len);
	else
		jsonw_str(&w, body->p, body->len);
	jsonw_end(&w);
	(void)buf_addch(&line, '\n');
	(void)pthread_mutex_lock(&m->lock);	/* cannot fail for a plain mutex */
	if (!buf_ok(&line) || store_write_all(m->log, line.p, line.len) < 0)
		warn("cannot write the log");
	(void)pthread_mutex_unlock(&m->lock);
}

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && !strcmp(s + n - t, tail);
}

static enum MHD_Result
serve(void *arg, struct MHD_Connection *c, const char *method, const char *url, struct buf *body)
{
	struct model *m = arg;
	struct ask a = { .turn = JSON_ABSENT, .cwd = BUF_INIT };
	struct buf none CLEANUP(buf) = BUF_INIT;
	enum json_error e = json_parse(&a.body, body->p, body->len, NULL);
	enum MHD_Result r;

	find_turn(m, &a);
	a.model = json_get_cstr(&a.body, 0, "model");
	find_cwd(&a, body->p, body->len);
	log_request(m, c, method, url, body, &a);
	if (ends_with(url, "/v1/messages/count_tokens")) {
		(void)buf_addstr(&none, "{\"input_tokens\":100}");
		r = reply(c, 200, "application/json", &none, &m->script, JSON_ABSENT);
	} else if (!ends_with(url, "/v1/messages"))
		r = reply_error(c, 404, "not_found_error", "no such path", &m->script, JSON_ABSENT);
	else if (e != JSON_OK || !a.model)
		r = reply_error(c, 400, "invalid_request_error", json_strerror(e), &m->script, JSON_ABSENT);
	else
		r = answer(m, c, &a);
	json_release(&a.body);
	buf_release(&a.cwd);
	free(a.model);
	return r;
}

static void
load_script(struct model *m, struct buf *text, const char *file)
{
	int fd CLEANUP(fd) = open(file, O_RDONLY | O_CLOEXEC);
	enum json_error e;
	size_t where = 0;

	if (fd < 0 || buf_read(text, fd, JSON_MAX) < 0)
		die_sys("cannot read '%s'", file);
	e = json_parse(&m->script, text->p, text->len, &where);
	if (e != JSON_OK)
		die(EXIT_USAGE, "%s at byte %zu of '%s'", json_strerror(e), where, file);
	if (!json_len(&m->script, json_get(&m->script, 0, "turns")) &&
	    !json_len(&m->script, json_get(&m->script, 0, "conversations")))
		die(EXIT_USAGE, "no turns and no conversations in '%s'", file);
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "script", required_argument, NULL, 's' },
		{ 0 },
	};
	struct model m = { .log = -1, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct buf text = BUF_INIT;
	const char *script = NULL, *log = "/dev/null";
	int c;

	err_init(argc, argv, "model");
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 's')
			script = optarg;
		else if (c == 'l')
			log = optarg;
		else
			return EXIT_USAGE;
	}
	if (!script || optind != argc)
		die(EXIT_USAGE, "usage: model --script=FILE [--log=FILE]");
	load_script(&m, &text, script);
	m.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (m.log < 0)
		die_sys("cannot open '%s'", log);
	loopserve_run(&(struct loopserve){ serve, &m });
}
