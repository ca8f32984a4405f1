/* SPDX-License-Identifier: MIT */
#include "t.h"
#include <errno.h>
#include <stdbool.h>
#include "buf.h"
#include "eventw.h"
#include "json.h"
#include "jsonw.h"

/* Take a line; the log must then be exactly want. */
static void
takes(struct event_facts *f, const char *line, const char *want, const char *what)
{
	struct buf log CLEANUP(buf) = BUF_INIT;

	EQ(event_take(f, line, strlen(line), &log), 0, what);
	IS(log.p, want, what);
}

static void
check_stream(void)
{
	struct event_facts f = EVENT_FACTS_INIT;

	takes(&f, "{\"type\":\"system\",\"subtype\":\"init\",\"cwd\":\"/w/t\",\"session_id\":\"s1\","
	    "\"model\":\"m\",\"claude_code_version\":\"2.1\"}", "agent: Claude Code 2.1, model m, session s1\n", "init");
	takes(&f, "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"I\\nsee \\u001b[31m\\u202ex\"}]}}",
	    "> I see [31mx\n", "text is one clean line");
	takes(&f, "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"name\":\"Edit\","
	    "\"input\":{\"replace_all\":false,\"file_path\":\"/w/t/src/a.c\"}}]}}", "Edit: src/a.c\n", "a path below cwd");
	takes(&f, "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",\"name\":\"Read\","
	    "\"input\":{\"file_path\":\"/w/tool\"}}]}}", "Read: /w/tool\n", "a path beside cwd");
	takes(&f, "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
	    "{\"type\":\"tool_use\",\"name\":\"Bash\",\"input\":{\"command\":\"make\"}}]}}", "> a; Bash: make\n", "two blocks, one line");
	takes(&f, "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"content\":\"ok\"}]}}", "", "a good result is silent");
	takes(&f, "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"is_error\":true,\"content\":"
	    "[{\"type\":\"text\",\"text\":\"no such file\"}]}]}}", "  failed: no such file\n", "a bad one is not");
	takes(&f, "{\"type\":\"system\",\"subtype\":\"permission_denied\",\"tool_name\":\"Bash\",\"message\":\"not allowed\"}",
	    "denied: Bash: not allowed\n", "denial");
	takes(&f, "{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":1,\"max_retries\":10,\"retry_delay_ms\":500,"
	    "\"error_status\":529,\"error\":\"overloaded\"}", "api: retry 1 of 10 in 500 ms, status 529 overloaded\n", "retry");
	takes(&f, "{\"type\":\"stream_event\"}", "", "an unknown type is silent");
	OK(!f.result_seen && !event_completed(&f), "no result yet");
	IS(f.session, "s1", "session");
	IS(f.said, "a", "last words");
	EQ(f.ndenials, 1, "one tool was denied");
	EQ(f.denials[0].live, 1, "once");
	event_release(&f);
	EQ(f.ndenials, 0, "released");
}

static const char good[] = "{\"is_error\":false,\"num_turns\":7,\"subtype\":\"success\",\"type\":\"result\","
	"\"terminal_reason\":\"completed\",\"total_cost_usd\":0.0042,\"session_id\":\"s2\",\"result\":\"{}\","
	"\"usage\":{\"input_tokens\":1},\"modelUsage\":{\"m\\\"x\":{\"inputTokens\":300,\"outputTokens\":150,\"costUSD\":0.5},"
	"\"n\":{\"inputTokens\":5,\"cacheReadInputTokens\":9}},\"structured_output\":{\"answer\":\"42\"},"
	"\"permission_denials\":[{\"tool_name\":\"Bash\"},{\"tool_name\":\"Bash\"},{\"tool_name\":\"Write\"}]}";
static const char bad[] = "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":true,\"api_error_status\":500,"
	"\"terminal_reason\":\"api_error\",\"result\":\"API Error: 500\",\"num_turns\":1,\"errors\":[\"e\"]}";

static char *
written(void (*fn)(struct jsonw *, const struct event_facts *), const struct event_facts *f, bool members,
	struct buf *b)
{
	struct json d;
	struct jsonw w;

	jsonw_init(&w, b);
	if (members)
		jsonw_object(&w);
	fn(&w, f);
	if (members)
		jsonw_end(&w);
	EQ(json_parse(&d, b->p, b->len, NULL), JSON_OK, "is JSON");
	json_release(&d);
	return b->p;
}

static void
usage(struct jsonw *w, const struct event_facts *f)
{
	event_write_usage(w, f, NULL);
}

static void
check_result(void)
{
	struct event_facts f = EVENT_FACTS_INIT;
	struct buf a CLEANUP(buf) = BUF_INIT, b CLEANUP(buf) = BUF_INIT, c CLEANUP(buf) = BUF_INIT;

	takes(&f, bad, "result: api_error (an error), API status 500, 1 turns, $0.0000\n", "an API error says success");
	OK(f.result_seen && f.is_error && !event_completed(&f), "but is none");
	written(event_write_result, &f, false, &a);
	IS(a.p, "{\"structured\":null,\"text\":\"API Error: 500\",\"errors\":[\"e\"]}", "its words");
	takes(&f, good, "result: completed, 7 turns, $0.0042\n", "the last result counts");
	OK(event_completed(&f), "completed");
	IS(written(event_write_exit, &f, true, &b), "{\"result\":true,\"is_error\":false,\"subtype\":\"success\","
	    "\"terminal_reason\":\"completed\",\"api_error_status\":null,\"structured\":true,\"session_id\":\"s2\","
	    "\"model\":null,\"version\":null,\"denials\":[{\"tool\":\"Bash\",\"count\":2},{\"tool\":\"Write\",\"count\":1}]}", "exit");
	IS(written(usage, &f, false, &c), "{\"input_tokens\":305,\"output_tokens\":150,\"cache_read_tokens\":9,"
	    "\"cache_creation_tokens\":0,\"cost_usd\":0.0042,\"turns\":7,\"models\":{\"m\\\"x\":{\"input_tokens\":300,"
	    "\"output_tokens\":150,\"cache_read_tokens\":0,\"cache_creation_tokens\":0,\"cost_usd\":0.5},\"n\":{\"input_tokens\":5,"
	    "\"output_tokens\":0,\"cache_read_tokens\":9,\"cache_creation_tokens\":0}}}", "usage of all models");
	buf_reset(&a);
	IS(written(event_write_result, &f, false, &a), "{\"structured\":{\"answer\":\"42\"},\"text\":null,\"denied\":[]}", "structured");
	event_release(&f);
}

static void
check_odd(void)
{
	static const char *const lines[] = { "", "plain text", "[]", "{\"type\":\"result\"", "{\"a\":1,\"a\":2}" };
	struct event_facts f = EVENT_FACTS_INIT;
	struct buf log CLEANUP(buf) = BUF_INIT, u CLEANUP(buf) = BUF_INIT, r CLEANUP(buf) = BUF_INIT;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		errno = 0;
		EQ(event_take(&f, lines[i], strlen(lines[i]), &log), -1, "no event");
		EQ(errno, EBADMSG, "and said so");
	}
	OK(strstr(log.p, "plain text\n"), "the log shows it");
	takes(&f, "{\"type\":\"result\"}", "result: ? (an error), 0 turns, $0.0000\n", "a result that says nothing");
	OK(!event_completed(&f), "is no success");
	takes(&f, "{\"type\":\"result\",\"is_error\":false,\"terminal_reason\":\"completed\",\"modelUsage\":[1],"
	    "\"usage\":7,\"structured_output\":\"x\",\"permission_denials\":{}}",
	    "result: completed, 0 turns, $0.0000\n", "members of the wrong type");
	OK(!f.structured, "structured output is an object");
	written(usage, &f, false, &u);
	written(event_write_result, &f, false, &r);
	event_release(&f);
}

static void
check_short(void)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	event_short(&b, "  a \t\n b\303\251\xff  ", 12, 100);
	IS(b.p, "a b\303\251?", "spaces, UTF-8, a bad byte");
	buf_reset(&b);
	event_short(&b, "abcdef\303\251", 8, 7);
	IS(b.p, "abcdef\342\200\246", "cut on a character");
	buf_reset(&b);
	event_short(&b, "abc", 3, 100);
	IS(b.p, "abc", "whole");
}

int
main(void)
{
	check_stream();
	check_result();
	check_odd();
	check_short();
	return t_done();
}
