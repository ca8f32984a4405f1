/* SPDX-License-Identifier: MIT */
/* What providers say when they fail, and what the client is told. */
#include "chaterr.h"

#include <stdlib.h>
#include "buf.h"
#include "chatctx.h"
#include "json.h"
#include "t.h"

static struct chatctx ctx = { .estimate = 5000, .window = 131072 };

/* want: "STATUS TYPE [permanent|context|retry][ MS] MESSAGE" */
static void
error(const char *what, int status, const char *body, const char *after, const char *want)
{
	struct chaterr e;
	struct buf b = BUF_INIT;
	struct json d;

	chaterr_http(&e, status, body, strlen(body), after, NULL, 784111777, &ctx);
	(void)buf_addf(&b, "%d %s %s", e.status, e.type, e.context ? "context" : e.permanent ? "permanent" :
	    chaterr_retryable(&e) ? "retry" : "never");
	if (e.retry_after_ms >= 0)
		(void)buf_addf(&b, " %lldms", (long long)e.retry_after_ms);
	(void)buf_addf(&b, ": %s", e.message);
	IS(b.p, want, what);
	OK(e.context + e.permanent + chaterr_retryable(&e) == 1, "is one of the three");
	buf_reset(&b);
	EQ(chaterr_write(&b, &e), 0, "written");
	OK(json_parse(&d, b.p, b.len, NULL) == JSON_OK, "as JSON");
	OK(json_is(&d, json_path(&d, 0, "error.message"), e.message) && json_is(&d, json_get(&d, 0, "type"), "error"),
	    "that says it");
	json_release(&d);
	buf_release(&b);
}

#define E(message) "{\"error\":{\"message\":\"" message "\"}}"
#define TOOLONG "400 invalid_request_error context: prompt is too long: "

static void
statuses(void)
{
	error("bad key", 401, E("Incorrect API key"), NULL, "401 authentication_error permanent: Incorrect API key");
	error("no money", 402, E("Insufficient Balance"), NULL, "402 billing_error permanent: Insufficient Balance");
	error("forbidden", 403, E("no"), NULL, "403 permission_error permanent: no");
	error("no model", 404, E("no such model"), NULL, "404 not_found_error permanent: no such model");
	error("bad request", 400, E("what?"), NULL, "400 invalid_request_error permanent: what?");
	error("422 is a bad request", 422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}", NULL,
	    "400 invalid_request_error permanent: field required");
	error("too large", 413, "", NULL, "413 request_too_large permanent: the provider answered 413 and no reason");
	error("rate limit", 429, E("slow down"), "3", "429 rate_limit_error retry 3000ms: slow down");
	error("rate limit in parts of seconds", 429, E("slow"), "1.5", "429 rate_limit_error retry 1500ms: slow");
	error("until a date", 429, E("slow"), "Sun, 06 Nov 1994 08:49:47 GMT", "429 rate_limit_error retry 10000ms: slow");
	error("until a date gone by", 429, E("slow"), "Sun, 06 Nov 1994 08:49:27 GMT", "429 rate_limit_error retry 0ms: slow");
	error("what is no time", 429, E("slow"), "soon", "429 rate_limit_error retry: slow");
	error("a time in the text", 429, E("Limit reached. Please try again in 7.66s."), NULL,
	    "429 rate_limit_error retry 7660ms: Limit reached. Please try again in 7.66s.");
	error("in milliseconds", 429, E("try again in 20ms"), NULL, "429 rate_limit_error retry 20ms: try again in 20ms");
	error("quota", 429, "{\"error\":{\"message\":\"plan\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
	    NULL, "429 rate_limit_error permanent: plan");
	error("a minute's quota", 429, E("You exceeded your current quota. Please retry in 17s."), NULL,
	    "429 rate_limit_error retry 17000ms: You exceeded your current quota. Please retry in 17s.");
	error("500", 500, E("oops"), NULL, "500 api_error retry: oops");
	error("503", 503, "", "10", "503 overloaded_error retry 10000ms: the provider answered 503 and no reason");
	error("529", 529, E("busy"), NULL, "529 overloaded_error retry: busy");
	error("not implemented", 501, E("no"), NULL, "501 api_error permanent: no");
	error("a redirect is not followed", 302, "", NULL, "502 api_error permanent: the provider answered 302 and no reason");
	error("a proxy's own status", 522, "<html><head><TITLE>x.org |\n 522: timed out</TITLE></head></html>", NULL,
	    "502 api_error retry: the provider answered 522 with a page: x.org | 522: timed out");
	error("a page without title", 502, "  <!DOCTYPE html><p>", NULL, "502 api_error retry: the provider answered 502 with a page");
	error("plain text", 500, "upstream\n connect   error", NULL, "500 api_error retry: upstream connect error");
	error("what is neither", 500, "{\"a\":", NULL, "500 api_error retry: {\"a\":");
}

static void
shapes(void)
{
	error("a string", 500, "{\"error\":\"boom\"}", NULL, "500 api_error retry: boom");
	error("bare", 500, "{\"object\":\"error\",\"message\":\"boom\",\"code\":50001}", NULL, "500 api_error retry: boom");
	error("in an array", 500, "[{\"error\":{\"message\":\"boom\"}}]", NULL, "500 api_error retry: boom");
	error("msg", 500, "{\"code\":1234,\"msg\":\"boom\"}", NULL, "500 api_error retry: boom");
	error("detail", 500, "{\"detail\":\"boom\"}", NULL, "500 api_error retry: boom");
	error("a router's", 500, "{\"error\":{\"message\":\"Provider returned error\",\"metadata\":{\"raw\":\"boom\"}}}", NULL,
	    "500 api_error retry: Provider returned error: boom");
	error("no status, a code", 0, "{\"error\":{\"message\":\"boom\",\"code\":503}}", NULL, "503 overloaded_error retry: boom");
	error("no status, a code in quotes", 0, "{\"error\":{\"message\":\"boom\",\"code\":\"401\"}}", NULL,
	    "401 authentication_error permanent: boom");
	error("no status, words", 0, E("Rate limit exceeded"), NULL, "429 rate_limit_error retry: Rate limit exceeded");
	error("no status, other words", 0, E("The engine is overloaded"), NULL, "529 overloaded_error retry: The engine is overloaded");
	error("no status, no words", 200, "{}", NULL, "502 api_error retry: the provider answered 502 and no reason");
}

static void
context(void)
{
	error("OpenAI", 400, "{\"error\":{\"message\":\"This model's maximum context length is 128000 tokens. However, your messages "
	    "resulted in 130500 tokens. Please reduce the length of the messages.\",\"code\":\"context_length_exceeded\"}}", NULL,
	    TOOLONG "130500 tokens > 128000 maximum");
	error("DeepSeek", 400, E("This model's maximum context length is 131072 tokens. However, you requested 140000 tokens "
	    "(132000 in the messages, 8000 in the completion). Please reduce the length"), NULL, TOOLONG "140000 tokens > 131072 maximum");
	error("the answer's share is too large", 400, E("This model's maximum context length is 131072 tokens. However, you requested "
	    "140000 tokens (108000 in the messages, 32000 in the completion)."), NULL, "400 invalid_request_error context: "
	    "input length and `max_tokens` exceed context limit: 108000 + 32000 > 131072");
	error("vLLM", 400, "{\"object\":\"error\",\"message\":\"'max_tokens' or 'max_completion_tokens' is too large: 32000. This "
	    "model's maximum context length is 32768 tokens and your request has 4000 input tokens (32000 > 32768 - 4000).\"}", NULL,
	    "400 invalid_request_error context: input length and `max_tokens` exceed context limit: 4000 + 32000 > 32768");
	error("Kimi", 400, E("Invalid request: Your request exceeded model token limit: 262144"), NULL,
	    TOOLONG "262145 tokens > 262144 maximum");
	error("Qwen", 400, E("Range of input length should be [1, 129024]"), NULL, TOOLONG "129025 tokens > 129024 maximum");
	error("Gemini", 400, "[{\"error\":{\"code\":400,\"message\":\"The input token count (1048600) exceeds the maximum number of "
	    "tokens allowed (1048576).\",\"status\":\"INVALID_ARGUMENT\"}}]", NULL, TOOLONG "1048600 tokens > 1048576 maximum");
	error("llama.cpp", 400, E("the request exceeds the available context size (8192 tokens)"), NULL,
	    TOOLONG "8193 tokens > 8192 maximum");
	error("no number at all: the profile's window", 400, E("Prompt exceeds max length"), NULL, TOOLONG "131073 tokens > 131072 maximum");
	error("with 500", 500, E("input is too long for this model, max 65,536 tokens, got 70,000"), NULL,
	    TOOLONG "70000 tokens > 65536 maximum");
	error("a limit per minute is none", 429, E("Rate limit: too many tokens per min: Limit 30000, Requested 40000"), NULL,
	    "429 rate_limit_error retry: Rate limit: too many tokens per min: Limit 30000, Requested 40000");
	error("max_tokens alone is none", 400, E("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"), NULL,
	    "400 invalid_request_error permanent: Invalid max_tokens value, the valid range of max_tokens is [1, 8192]");
}

static void
own(void)
{
	struct chaterr e;
	struct buf b = BUF_INIT;
	char longer[3000];

	chaterr_lost(&e, "cannot connect");
	OK(e.status == 502 && chaterr_retryable(&e), "a lost connection is tried again");
	for (size_t i = 0; i + 1 < sizeof longer; i += 2)
		memcpy(longer + i, "\xc3\xa9", 2);
	longer[sizeof longer - 2] = '\0';
	chaterr_set(&e, 400, longer);
	EQ(strlen(e.message), CHATERR_TEXT, "long texts are cut");
	chaterr_set(&e, 400, longer + 1);
	OK((unsigned char)e.message[strlen(e.message) - 1] == 0xa9, "between characters");
	chaterr_set(&e, 529, "a \"b\"");
	EQ(chaterr_event(&b, &e), 0, "an event");
	IS(b.p, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"a \\\"b\\\"\"}}\n\n",
	    "as it should be");
	chaterr_http(&e, 429, "", 0, "9", "1500", 0, NULL);
	EQ(e.retry_after_ms, 1500, "milliseconds are more exact");
	buf_release(&b);
}

int
main(void)
{
	statuses();
	shapes();
	context();
	own();
	return t_done();
}
