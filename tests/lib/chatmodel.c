/* SPDX-License-Identifier: MIT */
/*
 * chatmodel --script=FILE --log=FILE [--dev=NAME,…]: a scripted provider of chat
 * completions on 127.0.0.1, as awkward as the real ones. Prints its port and a
 * newline when it listens; runs until killed.
 *
 * The script is {"turns":[TURN…]} or {"conversations":[{"match":TEXT, "turns":
 * [TURN…]}…]}: the first conversation whose match (none: always) is in a user
 * message answers, with the turn that has the number of assistant messages in the
 * history. {"last":TEXT} matches the last message instead. A TURN has
 *	text, thinking		strings to say
 *	tools			[{name, input}…]; @CWD@ is the client's working directory
 *	usage			[prompt, cached, completion]; else 100, 0, 10
 *	finish			finish_reason instead of the fitting one
 *	first			[TURN…]: each is served once, before this one
 *	status, body, type, headers	an HTTP answer instead
 *	drop			no answer: the connection is closed
 *	cut			closed in the middle of the nth event
 *	broken			an error as nth event
 *	dev			["NAME"…] more deviations
 *	repeat			in the last turn: serve it for ever
 * The deviations are in the table below. What a real provider would refuse is
 * refused here: 400, and a line with "bad" in the log.
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
#include "chatcheck.h"
#include "err.h"
#include "json.h"
#include "jsonw.h"
#include "loopserve.h"
#include "store.h"

enum dev {
	NOINDEX = 1 << 0, NOID = 1 << 1, NODONE = 1 << 2, WHOLEARGS = 1 << 3, CRLF = 1 << 4,
	ONEBYTE = 1 << 5, USAGEFIRST = 1 << 6, USAGEFINISH = 1 << 7, USAGEEACH = 1 << 8,
	NOUSAGE = 1 << 9, TAGS = 1 << 10, REASONING = 1 << 11, DEMAND = 1 << 12, ROLEEACH = 1 << 13,
	NULLCONTENT = 1 << 14, INTERLEAVE = 1 << 15, DUPIDS = 1 << 16, GARBAGE = 1 << 17,
	NOFINISH = 1 << 18, OLDFINISH = 1 << 19, STOPFINISH = 1 << 20, COMMENTS = 1 << 21,
	REPEAT = 1 << 22, INDEX0 = 1 << 23, EMPTYARGS = 1 << 24, OBJECTARGS = 1 << 25,
	WHOLE = 1 << 26, LINES = 1 << 27, LEGACY = 1 << 28, SLOW = 1 << 29, EXTRA = 1 << 30,
};
#define DETAILS (1u << 31)
static const struct { const char *name; unsigned bit; } devs[] = {
	{ "noindex", NOINDEX },		/* tool calls without index */
	{ "noid", NOID },		/* and without id */
	{ "nodone", NODONE },		/* no [DONE] */
	{ "wholeargs", WHOLEARGS },	/* arguments in one piece with the name */
	{ "crlf", CRLF }, { "onebyte", ONEBYTE },
	{ "usagefirst", USAGEFIRST }, { "usagefinish", USAGEFINISH },
	{ "usageeach", USAGEEACH }, { "nousage", NOUSAGE },
	{ "tags", TAGS },		/* reasoning as <think> in the text */
	{ "reasoning", REASONING },	/* the other name of reasoning_content */
	{ "demand", DEMAND },		/* and wants it back */
	{ "roleeach", ROLEEACH },	/* the role in every chunk */
	{ "nullcontent", NULLCONTENT },	/* content: null in every chunk */
	{ "interleave", INTERLEAVE },	/* parallel calls, piece by piece in turn */
	{ "dupids", DUPIDS },		/* every call is call_0 */
	{ "garbage", GARBAGE },		/* words behind the arguments */
	{ "nofinish", NOFINISH }, { "oldfinish", OLDFINISH }, { "stopfinish", STOPFINISH },
	{ "comments", COMMENTS },
	{ "repeat", REPEAT },		/* id and name in every piece */
	{ "index0", INDEX0 },		/* all calls have index 0 */
	{ "emptyargs", EMPTYARGS },	/* {} before the arguments */
	{ "objectargs", OBJECTARGS },	/* arguments are no string */
	{ "whole", WHOLE },		/* JSON though a stream was asked for */
	{ "lines", LINES },		/* no empty line between events */
	{ "legacy", LEGACY },		/* function_call */
	{ "slow", SLOW },		/* half a second until the first byte */
	{ "extra", EXTRA },		/* calls carry extra_content, wanted back */
	{ "details", DETAILS },		/* reasoning_details in pieces, wanted back joined */
};

struct server {
	struct json script;
	unsigned dev;
	int log;
	pthread_mutex_t lock;
	int served[4096];		/* how often, by node of the turn */
};

struct answer {
	struct buf bytes;
	size_t at;			/* sent so far */
	bool onebyte, cut;
};

static unsigned
dev_named(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof devs / sizeof *devs; i++)
		if (strlen(devs[i].name) == len && !memcmp(devs[i].name, name, len))
			return devs[i].bit;
	die(EXIT_USAGE, "no deviation '%.*s'", (int)len, name);
}

/* ---- which turn ---- */

static bool
mentions(const struct json *d, int msg, const char *text)
{
	size_t len;
	const char *raw = json_raw(d, json_get(d, msg, "content"), &len);

	return raw && memmem(raw, len, text, strlen(text));
}

static bool
conversation_fits(const struct server *s, int conv, const struct json *d)
{
	char *match = json_get_cstr(&s->script, conv, "match");
	char *last = json_get_cstr(&s->script, conv, "last");
	int msgs = json_get(d, 0, "messages");
	bool fits = !match && !last, is_last;

	for (int m = json_first(d, msgs); m >= 0; m = json_next(d, m)) {
		is_last = json_next(d, m) < 0;
		if (match && json_is(d, json_get(d, m, "role"), "user") && mentions(d, m, match))
			fits = true;
		if (last && is_last && mentions(d, m, last))
			fits = true;
	}
	free(match);
	free(last);
	return fits;
}

static int
find_turn(struct server *s, const struct json *d)
{
	const struct json *t = &s->script;
	int msgs = json_get(d, 0, "messages"), turns = json_get(t, 0, "turns"), turn, first;
	size_t index = 0, len;

	for (int c = json_first(t, json_get(t, 0, "conversations")); c >= 0; c = json_next(t, c))
		if (conversation_fits(s, c, d)) {
			turns = json_get(t, c, "turns");
			break;
		}
	for (int m = json_first(d, msgs); m >= 0; m = json_next(d, m))
		index += json_is(d, json_get(d, m, "role"), "assistant");
	len = json_len(t, turns);
	turn = json_at(t, turns, index);
	if (index >= len && len > 0 && json_true(t, json_get(t, json_at(t, turns, len - 1), "repeat")))
		turn = json_at(t, turns, len - 1);
	first = json_get(t, turn, "first");
	if (first < 0 || turn >= (int)(sizeof s->served / sizeof *s->served))
		return turn;
	(void)pthread_mutex_lock(&s->lock);	/* cannot fail for a plain mutex, nor below */
	first = json_at(t, first, (size_t)s->served[turn]);
	s->served[turn] += first >= 0;
	(void)pthread_mutex_unlock(&s->lock);
	return first >= 0 ? first : turn;
}

/* ---- the chunks of an answer ---- */

struct talk {
	const struct json *t;		/* the script */
	int turn;
	unsigned dev;
	struct buf chunks;		/* data, each ended by NUL */
	const char *cwd;
	bool said;			/* a chunk has gone out */
};

static void
usage_json(const struct talk *k, struct buf *out)
{
	int u = json_get(k->t, k->turn, "usage");
	int64_t v[3] = { 100, 0, 10 };

	for (size_t i = 0; i < 3; i++)
		(void)json_int(k->t, json_at(k->t, u, i), &v[i]);	/* absent: the default */
	(void)buf_addf(out, "\"usage\":{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,\"total_tokens\":%lld,"
	    "\"prompt_tokens_details\":{\"cached_tokens\":%lld}}", (long long)v[0], (long long)v[2],
	    (long long)(v[0] + v[2]), (long long)v[1]);	/* sticky, as all here */
}

static void
chunk_usage(struct talk *k)
{
	(void)buf_addstr(&k->chunks, "{\"id\":\"c\",\"choices\":[],");
	usage_json(k, &k->chunks);
	(void)buf_add(&k->chunks, "}", 2);
}

/* delta: members; finish: JSON. */
static void
chunk(struct talk *k, const char *delta, const char *finish, bool usage)
{
	bool role = !k->said || k->dev & ROLEEACH;
	bool null = k->dev & NULLCONTENT && !strstr(delta, "\"content\"");

	k->said = true;
	(void)buf_addf(&k->chunks, "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
	    "\"choices\":[{\"index\":0,\"delta\":{%s%s%s%s%s},\"logprobs\":null,\"finish_reason\":%s}]",
	    role ? "\"role\":\"assistant\"" : "", role && (null || *delta) ? "," : "",
	    null ? "\"content\":null" : "", null && *delta ? "," : "", delta, finish);
	if (usage || k->dev & USAGEEACH) {
		(void)buf_addch(&k->chunks, ',');
		usage_json(k, &k->chunks);
	}
	(void)buf_add(&k->chunks, "}", 2);
}

/* A text in pieces of a few characters. */
static void
chunk_text(struct talk *k, const char *member, const char *text, size_t len)
{
	while (len > 0) {
		struct buf b CLEANUP(buf) = BUF_INIT;
		size_t n = len < 7 ? len : 7;

		while (n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
			n++;
		(void)buf_addf(&b, "\"%s\":", member);
		(void)jsonw_quote(&b, text, n);
		if (k->dev & DETAILS && !strcmp(member, "reasoning")) {
			(void)buf_addstr(&b, ",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":");
			(void)jsonw_quote(&b, text, n);
			(void)buf_addstr(&b, "}]");
		}
		chunk(k, b.p, "null", false);
		text += n;
		len -= n;
	}
}

static void
arguments(const struct talk *k, int tool, struct buf *out)
{
	size_t len;
	const char *raw = json_raw(k->t, json_get(k->t, tool, "input"), &len), *hit;

	while (raw && (hit = memmem(raw, len, "@CWD@", 5)) != NULL) {
		(void)buf_add(out, raw, (size_t)(hit - raw));
		(void)buf_addstr(out, k->cwd);
		len -= (size_t)(hit + 5 - raw);
		raw = hit + 5;
	}
	if (raw)
		(void)buf_add(out, raw, len);
	else
		(void)buf_addstr(out, "{}");
	if (k->dev & GARBAGE)
		(void)buf_addstr(out, "</tool_call>\n{\"x\":");
}

/* One piece of call i: with its head, with arguments (NULL: none). */
static void
piece(struct talk *k, int i, const char *name, bool head, const char *args, size_t len)
{
	struct buf b CLEANUP(buf) = BUF_INIT, a CLEANUP(buf) = BUF_INIT;
	bool object = k->dev & OBJECTARGS && len;

	if (object)
		(void)buf_add(&a, args, len);
	else
		(void)jsonw_quote(&a, args ? args : "", len);
	head |= (k->dev & REPEAT) != 0;
	if (k->dev & LEGACY) {
		(void)buf_addf(&b, "\"function_call\":{%s%s%s\"arguments\":%s}", head ? "\"name\":\"" : "",
		    head ? name : "", head ? "\"," : "", a.p);
		chunk(k, b.p, "null", false);
		return;
	}
	(void)buf_addstr(&b, "\"tool_calls\":[{");
	if (!(k->dev & NOINDEX))
		(void)buf_addf(&b, "\"index\":%d,", k->dev & INDEX0 ? 0 : i);
	if (head && !(k->dev & NOID))
		(void)buf_addf(&b, "\"id\":\"call_%d\",", k->dev & DUPIDS ? 0 : i);
	if (head && k->dev & EXTRA)
		(void)buf_addf(&b, "\"extra_content\":{\"google\":{\"thought_signature\":\"%s\"}},", name);
	(void)buf_addf(&b, "\"type\":\"function\",\"function\":{%s%s%s\"arguments\":%s}}]",
	    head ? "\"name\":\"" : "", head ? name : "", head ? "\"," : "", a.p);
	chunk(k, b.p, "null", false);
}

#define CALLS 16
static void
chunk_calls(struct talk *k)
{
	int tools = json_get(k->t, k->turn, "tools"), n = 0;
	struct buf args[CALLS];
	char *names[CALLS];
	size_t at[CALLS] = { 0 };
	bool all = k->dev & (WHOLEARGS | OBJECTARGS), more = true;

	for (int c = json_first(k->t, tools); c >= 0 && n < CALLS; c = json_next(k->t, c), n++) {
		buf_init(&args[n]);
		names[n] = json_get_cstr(k->t, c, "name");
		arguments(k, c, &args[n]);
	}
	for (int i = 0; i < n && k->dev & INTERLEAVE; i++)
		piece(k, i, names[i], true, NULL, 0);
	for (int i = 0; more;) {
		size_t left = i < n ? args[i].len - at[i] : 0, len = all || left < 9 ? left : 9;
		bool head = i < n && at[i] == 0 && !(k->dev & INTERLEAVE);

		if (head && k->dev & EMPTYARGS)
			piece(k, i, names[i], true, "{}", 2);
		else if (head && !all)
			piece(k, i, names[i], true, NULL, 0);
		if (left)
			piece(k, i, names[i], head && all, args[i].p + at[i], len);
		if (i < n)
			at[i] += len;
		more = false;
		for (int j = 0; j < n; j++)
			more |= at[j] < args[j].len;
		if (n && (k->dev & INTERLEAVE || at[i] == args[i].len))
			i = (i + 1) % n;
	}
	for (int i = 0; i < n; i++) {
		buf_release(&args[i]);
		free(names[i]);
	}
}

static void
say(struct talk *k)
{
	struct buf text CLEANUP(buf) = BUF_INIT, thinking CLEANUP(buf) = BUF_INIT, b CLEANUP(buf) = BUF_INIT;
	char *finish CLEANUP(free) = json_get_cstr(k->t, k->turn, "finish");
	bool calls = json_len(k->t, json_get(k->t, k->turn, "tools")) > 0;
	const char *why = finish ? finish : !calls || k->dev & STOPFINISH ? "stop" :
	    k->dev & OLDFINISH ? "function_call" : "tool_calls";

	(void)json_str(k->t, json_get(k->t, k->turn, "text"), &text);		/* absent: nothing */
	(void)json_str(k->t, json_get(k->t, k->turn, "thinking"), &thinking);
	if (k->dev & USAGEFIRST)
		chunk_usage(k);
	if (thinking.len && k->dev & TAGS) {
		(void)buf_addf(&b, "<think>\n%s</think>\n\n%s", thinking.p, text.p);
		chunk_text(k, "content", b.p, b.len);
	} else {
		chunk_text(k, k->dev & (REASONING | DETAILS) ? "reasoning" : "reasoning_content", thinking.p, thinking.len);
		chunk_text(k, "content", text.p, text.len);
	}
	if (calls && k->dev & DETAILS)
		chunk(k, "\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"index\":1,\"data\":\"sealed\"}]",
		    "null", false);
	if (calls)
		chunk_calls(k);
	buf_reset(&b);
	(void)jsonw_quote(&b, why, strlen(why));
	if (!(k->dev & NOFINISH))
		chunk(k, "", b.p, (k->dev & USAGEFINISH) != 0);
	if (!(k->dev & (NOUSAGE | USAGEFIRST | USAGEFINISH | USAGEEACH)))
		chunk_usage(k);
	if (!(k->dev & NODONE))
		(void)buf_add(&k->chunks, "[DONE]", 7);
}

/* The chunks as a stream; cut in or broken at one of them. */
static void
frame(const struct talk *k, struct answer *a)
{
	int64_t cut = json_get_int(k->t, k->turn, "cut", -1), broken = json_get_int(k->t, k->turn, "broken", -1);
	const char *nl = k->dev & CRLF ? "\r\n" : "\n", *p = k->chunks.p, *end = p + k->chunks.len;

	for (int64_t i = 0; p < end; i++, p += strlen(p) + 1) {
		if (k->dev & COMMENTS)
			(void)buf_addf(&a->bytes, ": keep-alive%s%s", nl, nl);
		if (i == cut) {
			(void)buf_addf(&a->bytes, "data: %.*s", (int)(strlen(p) / 2), p);
			a->cut = true;
			return;
		}
		if (i == broken) {
			(void)buf_addf(&a->bytes, "data: {\"error\":{\"message\":\"scripted\",\"code\":500}}%s%s", nl, nl);
			return;
		}
		(void)buf_addf(&a->bytes, "data:%s%s%s%s", k->dev & COMMENTS ? "" : " ", p, nl, k->dev & LINES ? "" : nl);
	}
}

/* The turn as one document. */
static void
whole(const struct talk *k, struct buf *out)
{
	struct buf text CLEANUP(buf) = BUF_INIT, thinking CLEANUP(buf) = BUF_INIT;
	int tools = json_get(k->t, k->turn, "tools"), i = 0;
	struct jsonw w;

	(void)json_str(k->t, json_get(k->t, k->turn, "text"), &text);		/* absent: nothing */
	(void)json_str(k->t, json_get(k->t, k->turn, "thinking"), &thinking);
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "choices");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_key(&w, "message");
	jsonw_object(&w);
	jsonw_mstr(&w, "role", "assistant");
	jsonw_mstr(&w, "content", text.len ? text.p : NULL);
	jsonw_mstr(&w, "reasoning_content", thinking.len ? thinking.p : NULL);
	if (json_len(k->t, tools)) {
		jsonw_key(&w, "tool_calls");
		jsonw_array(&w);
	}
	for (int c = json_first(k->t, tools); c >= 0; c = json_next(k->t, c), i++) {
		struct buf args CLEANUP(buf) = BUF_INIT;

		arguments(k, c, &args);
		jsonw_object(&w);
		jsonw_mstr(&w, "id", "call_0");
		jsonw_key(&w, "function");
		jsonw_object(&w);
		jsonw_key(&w, "name");
		jsonw_node(&w, k->t, json_get(k->t, c, "name"));
		jsonw_mstr(&w, "arguments", args.p);
		jsonw_end(&w);
		jsonw_end(&w);
	}
	if (json_len(k->t, tools))
		jsonw_end(&w);
	jsonw_end(&w);
	jsonw_mstr(&w, "finish_reason", "stop");
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(out, ',');	/* checked with the answer */
	usage_json(k, out);
	jsonw_end(&w);
}

/* ---- HTTP ---- */

static ssize_t
more(void *cls, uint64_t pos, char *to, size_t max)
{
	struct answer *a = cls;
	size_t n = a->bytes.len - a->at;

	(void)pos;
	if (n == 0)
		return a->cut ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
	if (n > max)
		n = max;
	if (a->onebyte)
		n = 1;
	memcpy(to, a->bytes.p + a->at, n);
	a->at += n;
	return (ssize_t)n;
}

static void
answer_free(void *cls)
{
	struct answer *a = cls;

	buf_release(&a->bytes);
	free(a);
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, unsigned status, const char *type, struct answer *a,
	const struct json *s, int headers)
{
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, more, a, answer_free);
	enum MHD_Result done;

	if (!r) {
		answer_free(a);
		return MHD_NO;
	}
	(void)MHD_add_response_header(r, "Content-Type", type);	/* fails only without memory */
	for (int n = json_first(s, headers); n >= 0; n = json_next(s, n)) {
		char *name CLEANUP(free) = json_cstr(s, n), *value CLEANUP(free) = json_cstr(s, json_value(s, n));

		if (name && value)
			(void)MHD_add_response_header(r, name, value);
	}
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
refuse(struct MHD_Connection *c, struct answer *a, const char *why)
{
	(void)buf_addstr(&a->bytes, "{\"error\":{\"message\":");	/* sticky */
	(void)jsonw_quote(&a->bytes, why, strlen(why));
	(void)buf_addstr(&a->bytes, "}}");
	return send_answer(c, 400, "application/json", a, NULL, JSON_ABSENT);
}

static enum MHD_Result
serve_turn(struct server *s, struct MHD_Connection *c, const struct json *d, int turn, struct answer *a)
{
	char *cwd CLEANUP(free) = chatcheck_cwd(d);
	struct talk k = { .t = &s->script, .turn = turn, .dev = s->dev, .chunks = BUF_INIT, .cwd = cwd ? cwd : "" };
	char *type CLEANUP(free) = json_get_cstr(k.t, turn, "type");
	int64_t status = json_get_int(k.t, turn, "status", 200);
	bool stream = json_true(d, json_get(d, 0, "stream"));

	for (int n = json_first(k.t, json_get(k.t, turn, "dev")); n >= 0; n = json_next(k.t, n)) {
		char *name CLEANUP(free) = json_cstr(k.t, n);

		k.dev |= dev_named(name ? name : "", name ? strlen(name) : 0);
	}
	if (k.dev & SLOW)
		(void)nanosleep(&(struct timespec){ 0, 500000000 }, NULL);	/* it is the deviation */
	a->onebyte = k.dev & ONEBYTE;
	if (status != 200) {
		(void)json_str(k.t, json_get(k.t, turn, "body"), &a->bytes);	/* absent: empty */
		return send_answer(c, (unsigned)status, type ? type : "application/json", a, k.t,
		    json_get(k.t, turn, "headers"));
	}
	if (stream && !(k.dev & WHOLE)) {
		say(&k);
		frame(&k, a);
	} else {
		whole(&k, &a->bytes);
	}
	buf_release(&k.chunks);
	return send_answer(c, 200, stream && !(k.dev & WHOLE) ? "text/event-stream" : "application/json", a,
	    NULL, JSON_ABSENT);
}

static void
log_request(struct server *s, const struct buf *body, int turn, const char *bad, bool json)
{
	struct buf line CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &line);
	jsonw_object(&w);
	jsonw_mint(&w, "turn", turn);
	jsonw_mstr(&w, "bad", bad);
	jsonw_key(&w, "body");
	if (json)
		jsonw_raw(&w, body->p, body->len);
	else
		jsonw_str(&w, body->p, body->len);
	jsonw_end(&w);
	(void)buf_addch(&line, '\n');
	(void)pthread_mutex_lock(&s->lock);
	if (!buf_ok(&line) || store_write_all(s->log, line.p, line.len) < 0)
		warn("cannot write the log");
	(void)pthread_mutex_unlock(&s->lock);
}

static enum MHD_Result
serve(void *arg, struct MHD_Connection *c, const char *method, const char *url, struct buf *body)
{
	struct server *s = arg;
	struct answer *a = malloc(sizeof *a);
	const char *auth = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
	struct buf why CLEANUP(buf) = BUF_INIT;
	struct json d;
	enum MHD_Result r = MHD_NO;
	int turn = JSON_ABSENT;

	(void)method;
	if (!a)
		return MHD_NO;
	*a = (struct answer){ .bytes = BUF_INIT };
	if (json_parse(&d, body->p, body->len, NULL) != JSON_OK)
		(void)buf_addstr(&why, "no JSON");
	else if (!strstr(url, "/chat/completions"))
		(void)buf_addf(&why, "no such path: %s", url);
	else if (!auth || strncmp(auth, "Bearer ", 7))
		(void)buf_addstr(&why, "no bearer token");
	else
		chatcheck(&d, &(struct chatcheck){ s->dev & DEMAND, s->dev & EXTRA, s->dev & REASONING,
		    s->dev & DETAILS }, &why);
	if (!why.len)
		turn = find_turn(s, &d);
	if (!why.len && turn < 0)
		(void)buf_addstr(&why, "the script has no turn for this request");
	log_request(s, body, turn, why.len ? why.p : NULL, d.count > 0);
	if (why.len)
		r = refuse(c, a, why.p);
	else if (json_true(&s->script, json_get(&s->script, turn, "drop")))
		answer_free(a);
	else
		r = serve_turn(s, c, &d, turn, a);
	json_release(&d);
	return r;
}

static void
load(struct server *s, struct buf *text, const char *file, const char *dev)
{
	int fd CLEANUP(fd) = open(file, O_RDONLY | O_CLOEXEC);
	size_t where = 0, n;

	if (fd < 0 || buf_read(text, fd, JSON_MAX) < 0)
		die_sys("cannot read '%s'", file);
	if (json_parse(&s->script, text->p, text->len, &where) != JSON_OK)
		die(EXIT_USAGE, "no JSON at byte %zu of '%s'", where, file);
	for (; *dev; dev += n + (dev[n] == ',')) {
		n = strcspn(dev, ",");
		s->dev |= dev_named(dev, n);
	}
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "dev", required_argument, NULL, 'd' },
		{ "log", required_argument, NULL, 'l' },
		{ "script", required_argument, NULL, 's' },
		{ 0 },
	};
	static struct server s = { .log = -1, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct buf text = BUF_INIT;
	const char *script = NULL, *log = "/dev/null", *dev = "";
	int c;

	err_init(argc, argv, "chatmodel");
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 's')
			script = optarg;
		else if (c == 'l')
			log = optarg;
		else if (c == 'd')
			dev = optarg;
		else
			return EXIT_USAGE;
	}
	if (!script || optind != argc)
		die(EXIT_USAGE, "usage: chatmodel --script=FILE [--log=FILE] [--dev=NAME,...]");
	load(&s, &text, script, dev);
	s.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (s.log < 0)
		die_sys("cannot open '%s'", log);
	loopserve_run(&(struct loopserve){ serve, &s });
}
