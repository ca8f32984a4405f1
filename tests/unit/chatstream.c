/* SPDX-License-Identifier: MIT */
/*
 * Every stream is fed whole, cut in two at every byte, and byte by byte. The numbered
 * points of the translation of an answer, and where each is tested (here, if no file is named):
 *
 *	1  fresh ids of tool calls		chatdigest.h looks at each; e2e/gateway.bats dupids
 *	2  pieces of calls			calls(); e2e/gateway.bats noindex, noid, interleave, …
 *	3  stop_reason				plain(), calls(), opening()
 *	4  usage, wherever it stands		usage(); e2e/gateway.bats usagefirst, usageeach, nousage, …
 *	5  reasoning, three names, tags		plain(), tags(); e2e/gateway.bats tags, reasoning
 *	6  frames				frames(); chatpieces.c; e2e/gateway.bats crlf, onebyte, lines, …
 *	7  a stream that was cut		failures(); e2e/gateway.bats "cut streams"
 *	8  errors in a stream			failures()
 *	9  HTTP errors				chaterr.c; gateway.bats "what fails for a moment"
 *	10 no stream, count_tokens		replies(); gateway.bats "an answer whole"; e2e/gateway.bats whole
 *
 * What the client needs besides (an event line each, one start, deltas only, a stop per
 * block, an estimate first and the bill last) chatdigest.h looks at in every stream. Pings and early
 * heads: gateway.bats "silence is filled". Compaction: e2e/gateway.bats "too long", "the bill".
 */
#include "chatstream.h"

#include <errno.h>
#include <stdlib.h>
#include "chatctx.h"
#include "chatdigest.h"
#include "chatreply.h"
#include "t.h"

static struct chatname names[] = { { (char *)"mcp.long name", (char *)"mcp_long_name_1" } };
static struct chatctx ctx = {
	.model = (char *)"sonnet", .stream = true, .estimate = 77, .names = names, .nnames = 1,
};

/* cut: bytes in the first piece; each: bytes in each following one. */
static void
feed(const char *p, size_t len, size_t cut, size_t each, struct buf *out)
{
	struct chatstream s;
	int r = 0;

	chatstream_init(&s, &ctx, "id0");
	for (size_t n; r == 0 && len > 0; p += n, len -= n, cut = each) {
		char *own;

		n = cut < len ? cut : len;
		own = malloc(n ? n : 1);	/* so that asan sees what is kept too long */
		memcpy(own, p, n);
		r = chatstream_feed(&s, own, n, out);
		free(own);
		if (n == 0)
			n = cut = each;
	}
	if (r == 0)
		r = chatstream_end(&s, out);
	if (r < 0) {
		OK(errno == EPROTO && s.err.status >= 400 && *s.err.message, "a failure is told");
		(void)chatstream_fail(&s, &s.err, out);
	}
	chatstream_release(&s);
}

static void
stream_len(const char *what, const char *in, size_t len, const char *want)
{
	struct buf whole = BUF_INIT, got = BUF_INIT, out = BUF_INIT;
	size_t differs = 0;

	feed(in, len, len, len, &whole);
	digest(whole.p, whole.len, &got);
	IS(got.p, want, what);
	for (size_t cut = 1; cut < len; cut++) {
		buf_reset(&out);
		feed(in, len, cut, len, &out);
		differs += out.len != whole.len || memcmp(out.p, whole.p, out.len) != 0;
	}
	buf_reset(&out);
	feed(in, len, 1, 1, &out);
	differs += out.len != whole.len || memcmp(out.p, whole.p, out.len) != 0;
	EQ(differs, 0, "the same at every cut");
	buf_release(&whole);
	buf_release(&got);
	buf_release(&out);
}

static void
stream(const char *what, const char *in, const char *want)
{
	stream_len(what, in, strlen(in), want);
}

#define CH(x) "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\"," \
	"\"choices\":[{\"index\":0," x "}]}\n\n"
#define DELTA(x) CH("\"delta\":{" x "},\"logprobs\":null,\"finish_reason\":null")
#define TEXT(s) DELTA("\"content\":\"" s "\"")
#define THINK(s) DELTA("\"reasoning_content\":\"" s "\"")
#define CALLS(x) DELTA("\"tool_calls\":[" x "]")
#define CALL(i, id, name, args) "{\"index\":" #i ",\"id\":\"" id "\",\"type\":\"function\"," \
	"\"function\":{\"name\":\"" name "\",\"arguments\":\"" args "\"}}"
#define ARGS(i, args) "{\"index\":" #i ",\"function\":{\"arguments\":\"" args "\"}}"
#define FINISH(why) CH("\"delta\":{},\"finish_reason\":\"" why "\"")
#define USAGE "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20," \
	"\"total_tokens\":120,\"prompt_tokens_details\":{\"cached_tokens\":60}}}\n\n"
#define DONE "data: [DONE]\n\n"
#define PAID " 40+60+20"

static void
plain(void)
{
	stream("text", DELTA("\"role\":\"assistant\",\"content\":\"\"") TEXT("Hel") TEXT("lo\\n\\u00e9")
	    FINISH("stop") USAGE DONE, "text(Hello\n\xc3\xa9) stop=end_turn" PAID);
	stream("one call", DELTA("\"role\":\"assistant\",\"content\":null") CALLS(CALL(0, "call_0", "Bash", ""))
	    CALLS(ARGS(0, "{\\\"command\\\"")) CALLS(ARGS(0, ":\\\"ls\\\"}")) FINISH("tool_calls") USAGE DONE,
	    "tool(Bash {\"command\":\"ls\"}) stop=tool_use" PAID);
	stream("thinking, text, a call", THINK("why") THINK(" so") TEXT("I look.")
	    CALLS(CALL(0, "x", "Read", "{}")) FINISH("tool_calls") USAGE DONE,
	    "think(why so|jobdir1:c) text(I look.) tool(Read ) stop=tool_use" PAID);
	stream("the other name of reasoning", DELTA("\"reasoning\":\"why\",\"content\":\"\"") TEXT("x")
	    FINISH("stop") USAGE DONE, "think(why|jobdir1:r) text(x) stop=end_turn" PAID);
	stream("both names at once", DELTA("\"reasoning\":\"why\",\"reasoning_content\":\"why\"") TEXT("x")
	    FINISH("stop") USAGE DONE, "think(why|jobdir1:c) text(x) stop=end_turn" PAID);
	stream("a mapped tool name", CALLS(CALL(0, "x", "mcp_long_name_1", "{\\\"a\\\":1}"))
	    FINISH("tool_calls") USAGE DONE, "tool(mcp.long name {\"a\":1}) stop=tool_use" PAID);
	stream("role in every chunk", DELTA("\"role\":\"assistant\",\"content\":\"a\"")
	    DELTA("\"role\":\"assistant\",\"content\":\"b\"") FINISH("stop") USAGE DONE,
	    "text(ab) stop=end_turn" PAID);
	stream("parts", DELTA("\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
	    "\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"yes\"}]") FINISH("stop") USAGE DONE,
	    "think(hm|jobdir1:?) text(yes) stop=end_turn" PAID);
	stream("half a surrogate in each of two chunks", TEXT("x\\ud83d") TEXT("\\ude00") FINISH("stop") USAGE DONE,
	    "text(x\xef\xbf\xbd\xef\xbf\xbd) stop=end_turn" PAID);
	stream("refusal", DELTA("\"content\":null,\"refusal\":\"I cannot\"") FINISH("content_filter") USAGE DONE,
	    "text(I cannot) stop=refusal" PAID);
	stream("the old kind of call", DELTA("\"function_call\":{\"name\":\"Bash\",\"arguments\":\"\"}")
	    DELTA("\"function_call\":{\"arguments\":\"{\\\"a\\\":1}\"}") FINISH("function_call") USAGE DONE,
	    "tool(Bash {\"a\":1}) stop=tool_use" PAID);
	stream("second choice ignored", "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"}},"
	    "{\"index\":0,\"delta\":{\"content\":\"yes\"}}]}\n\n" FINISH("stop") USAGE DONE,
	    "text(yes) stop=end_turn" PAID);
	/* [{"type":"reasoning.text","text":"why so","index":0,"signature":"S"},
	 *  {"type":"reasoning.encrypted","data":"E","index":1}] */
	stream("details of the reasoning, put together", DELTA("\"reasoning\":\"why\",\"reasoning_details\":[{\"type\":"
	    "\"reasoning.text\",\"text\":\"why\",\"index\":0,\"signature\":null}]") DELTA("\"reasoning\":\" so\","
	    "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\" so\",\"index\":0}]")
	    DELTA("\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"signature\":\"S\"}]")
	    DELTA("\"tool_calls\":[" CALL(0, "g", "Bash", "{\\\"a\\\":1}") "],\"reasoning_details\":[{\"type\":"
	    "\"reasoning.encrypted\",\"data\":\"E\",\"index\":1}]") FINISH("tool_calls") USAGE DONE,
	    "think(why so|jobdir1:dW3sidHlwZSI6InJlYXNvbmluZy50ZXh0IiwidGV4dCI6IndoeSBzbyIsImluZGV4IjowLCJzaWduYXR1cmUi"
	    "OiJTIn0seyJ0eXBlIjoicmVhc29uaW5nLmVuY3J5cHRlZCIsImRhdGEiOiJFIiwiaW5kZXgiOjF9XQ==) "
	    "tool(Bash {\"a\":1}) stop=tool_use" PAID);
	/* [{"type":"reasoning.summary","summary":"a"},{"type":"reasoning.summary","summary":"b","index":1}] */
	stream("details without words, and two of a kind", DELTA("\"reasoning_details\":[{\"type\":\"reasoning.summary\","
	    "\"summary\":\"a\"},{\"type\":\"reasoning.summary\",\"summary\":\"b\",\"index\":1}]") TEXT("x")
	    FINISH("stop") USAGE DONE, "think(|jobdir1:dW3sidHlwZSI6InJlYXNvbmluZy5zdW1tYXJ5Iiwic3VtbWFyeSI6ImEifSx7InR5"
	    "cGUiOiJyZWFzb25pbmcuc3VtbWFyeSIsInN1bW1hcnkiOiJiIiwiaW5kZXgiOjF9XQ==) text(x) stop=end_turn" PAID);
	stream("a thought signature", CALLS("{\"index\":0,\"id\":\"g\",\"type\":\"function\",\"function\":"
	    "{\"name\":\"Bash\",\"arguments\":\"{\\\"a\\\":1}\"},\"extra_content\":{\"google\":"
	    "{\"thought_signature\":\"AbC\"}}}") FINISH("stop") USAGE DONE,
	    "think(|jobdir1:geyJnb29nbGUiOnsidGhvdWdodF9zaWduYXR1cmUiOiJBYkMifX0=) tool(Bash {\"a\":1}) "
	    "stop=tool_use" PAID);
}

static void
calls(void)
{
	stream("parallel, one after the other", CALLS(CALL(0, "a", "Read", "")) CALLS(ARGS(0, "{\\\"p\\\":1}"))
	    CALLS(CALL(1, "b", "Bash", "")) CALLS(ARGS(1, "{\\\"c\\\":2}")) FINISH("tool_calls") USAGE DONE,
	    "tool(Read {\"p\":1}) tool(Bash {\"c\":2}) stop=tool_use" PAID);
	stream("parallel, interleaved", CALLS(CALL(0, "a", "Read", "") "," CALL(1, "b", "Bash", ""))
	    CALLS(ARGS(1, "{\\\"c\\\":")) CALLS(ARGS(0, "{\\\"p\\\":")) CALLS(ARGS(1, "2}")) CALLS(ARGS(0, "1}"))
	    FINISH("tool_calls") USAGE DONE,
	    "tool(Read {\"p\":1}) tool(Bash {\"c\":2}) stop=tool_use" PAID);
	stream("no index", CALLS("{\"id\":\"a\",\"function\":{\"name\":\"Read\",\"arguments\":\"{\\\"p\\\":\"}}")
	    CALLS("{\"function\":{\"arguments\":\"1}\"}}")
	    CALLS("{\"id\":\"b\",\"function\":{\"name\":\"Read\",\"arguments\":\"{\\\"p\\\":2}\"}}")
	    FINISH("tool_calls") USAGE DONE, "tool(Read {\"p\":1}) tool(Read {\"p\":2}) stop=tool_use" PAID);
	stream("no index, no id", CALLS("{\"function\":{\"name\":\"Read\",\"arguments\":\"{\\\"p\\\":1}\"}}")
	    CALLS("{\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":2}\"}}")
	    CALLS("{\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":3}\"}}") FINISH("stop") USAGE DONE,
	    "tool(Read {\"p\":1}) tool(Bash {\"p\":2}) tool(Bash {\"p\":3}) stop=tool_use" PAID);
	stream("no index, no id, whole calls in one chunk",
	    CALLS("{\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":1}\"}},"
	    "{\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":2}\"}}") FINISH("stop") USAGE DONE,
	    "tool(Bash {\"p\":1}) tool(Bash {\"p\":2}) stop=tool_use" PAID);
	stream("no index, one id twice in a chunk",
	    CALLS("{\"id\":\"call_0\",\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":1}\"}},"
	    "{\"id\":\"call_0\",\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":2}\"}}")
	    FINISH("stop") USAGE DONE, "tool(Bash {\"p\":1}) tool(Bash {\"p\":2}) stop=tool_use" PAID);
	stream("all of index 0", CALLS(CALL(0, "a", "Bash", "{\\\"p\\\":1}")) CALLS(CALL(0, "b", "Bash", "{\\\"p\\\":2}"))
	    FINISH("stop") USAGE DONE, "tool(Bash {\"p\":1}) tool(Bash {\"p\":2}) stop=tool_use" PAID);
	stream("all of index 0 without id", CALLS(CALL(0, "", "Bash", "{\\\"p\\\":1}"))
	    CALLS(CALL(0, "", "Bash", "{\\\"p\\\":2}"))
	    FINISH("stop") USAGE DONE, "tool(Bash {\"p\":1}) tool(Bash {\"p\":2}) stop=tool_use" PAID);
	stream("one id for two indexes", CALLS(CALL(0, "call_0", "Bash", "{\\\"p\\\":1}"))
	    CALLS(CALL(1, "call_0", "Bash", "{\\\"p\\\":2}"))
	    FINISH("stop") USAGE DONE, "tool(Bash {\"p\":1}) tool(Bash {\"p\":2}) stop=tool_use" PAID);
	stream("id and name in every chunk", CALLS(CALL(0, "a", "Bash", "{\\\"p\\\"")) CALLS(CALL(0, "a", "Bash", ":1}"))
	    FINISH("tool_calls") USAGE DONE, "tool(Bash {\"p\":1}) stop=tool_use" PAID);
	stream("everything again at the end", CALLS(CALL(0, "a", "Bash", "{\\\"p\\\":1}"))
	    CALLS(CALL(0, "a", "Bash", "{\\\"p\\\":1}")) FINISH("tool_calls") USAGE DONE,
	    "tool(Bash {\"p\":1}) stop=tool_use" PAID);
	stream("a name that comes late", CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"{\\\"p\\\":\"}}")
	    CALLS("{\"index\":0,\"function\":{\"name\":\"Bash\",\"arguments\":\"1}\"}}") FINISH("tool_calls") USAGE DONE,
	    "tool(Bash {\"p\":1}) stop=tool_use" PAID);
	stream("no name ever", CALLS("{\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"{}\"}}") TEXT("x")
	    FINISH("tool_calls") USAGE DONE, "text(x) stop=end_turn" PAID);
	stream("{} before the arguments", CALLS(CALL(0, "a", "Bash", "{}")) CALLS(ARGS(0, "{\\\"p\\\":1}"))
	    FINISH("tool_calls") USAGE DONE, "tool(Bash {\"p\":1}) stop=tool_use" PAID);
	stream("words around the arguments", CALLS(CALL(0, "a", "Bash", " \\n{ \\\"p\\\": \\\"}\\\\\\\"{\\\" }</tool_call>"))
	    CALLS(ARGS(0, "{\\\"p\\\":2}")) FINISH("tool_calls") USAGE DONE,
	    "tool(Bash { \"p\": \"}\\\"{\" }) stop=tool_use" PAID);
	stream("arguments as an object", CALLS("{\"index\":0,\"function\":{\"name\":\"Bash\",\"arguments\":{\"p\":[1]}}}")
	    FINISH("tool_calls") USAGE DONE, "tool(Bash {\"p\":[1]}) stop=tool_use" PAID);
	stream("a call and finish_reason stop", CALLS(CALL(0, "a", "Bash", "{\\\"p\\\":1}")) FINISH("stop") USAGE DONE,
	    "tool(Bash {\"p\":1}) stop=tool_use" PAID);
	stream("tool_calls without a call", TEXT("x") FINISH("tool_calls") USAGE DONE, "text(x) stop=end_turn" PAID);
	stream("blanks before a call are nothing", TEXT("\\n\\n") CALLS(CALL(0, "a", "Bash", "{\\\"p\\\":1}"))
	    FINISH("stop") USAGE DONE, "tool(Bash {\"p\":1}) stop=tool_use" PAID);
}

static void
frames(void)
{
	stream("CRLF and comments", ": hi\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\r\n\r\n"
	    ": PROCESSING\r\n\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\r\n\r\n"
	    "data: [DONE]\r\n\r\n", "text(ab) stop=end_turn 77+0+1");
	stream("CR alone, event fields, a byte order mark", "\xef\xbb\xbf" "event: x\rdata: {\"choices\":[{\"delta\":"
	    "{\"content\":\"a\"}}]}\r\rid: 1\rdata: {\"choices\":[{\"finish_reason\":\"stop\"}]}\r\r",
	    "text(a) stop=end_turn 77+0+1");
	stream("several data lines", "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"a\"}}]}\n\n" FINISH("stop") DONE,
	    "text(a) stop=end_turn 77+0+1");
	stream("events not kept apart", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n"
	    "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\ndata: [DONE]\n",
	    "text(ab) stop=end_turn 77+0+1");
	stream("no [DONE]", TEXT("a") FINISH("stop") USAGE, "text(a) stop=end_turn" PAID);
	stream("no blank line at the end", TEXT("a") FINISH("stop") "data: [DONE]", "text(a) stop=end_turn 77+0+1");
	stream("[DONE] without finish_reason", TEXT("a") DONE, "text(a) stop=end_turn 77+0+1");
	stream("nothing behind [DONE] counts", TEXT("a") FINISH("stop") DONE TEXT("b"), "text(a) stop=end_turn 77+0+1");
	stream_len("bytes that are no UTF-8", TEXT("a\xff" "b") FINISH("stop") DONE,
	    sizeof(TEXT("a\xff" "b") FINISH("stop") DONE) - 1, "text(a\xef\xbf\xbd" "b) stop=end_turn 77+0+2");
	stream("an empty answer that says so", FINISH("stop") DONE, "stop=end_turn 77+0+1");
	stream("whole message in a stream", "data: {\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},"
	    "\"finish_reason\":\"stop\"}]}\n\n", "text(a) stop=end_turn 77+0+1");
}

/* A failure is told once, behind what was written. */
static void
failures(void)
{
	stream("cut behind a chunk", TEXT("a"), "text(a) error(the provider's stream was cut)");
	stream("cut in a chunk", TEXT("a") "data: {\"choices\":[{\"delta\":{\"cont", "text(a) error(the provider's stream was cut)");
	stream("cut in a call", CALLS(CALL(0, "a", "Bash", "{\\\"p\\\"")),
	    "tool(Bash {\"p\") error(the provider's stream was cut)");
	stream("nothing at all", "", "error(the provider's stream was cut)");
	stream("only comments", ": x\n\n", "error(the provider's stream was cut)");
	stream("[DONE] at once", DONE, "error(the provider sent an empty answer)");
	stream("an error first", "data: {\"error\":{\"message\":\"overloaded, sorry\",\"code\":529}}\n\n",
	    "error(overloaded, sorry)");
	stream("an error in the middle", TEXT("a") "data: {\"error\":\"boom\"}\n\n" DONE, "text(a) error(boom)");
	stream("a bare error", "data: {\"object\":\"error\",\"message\":\"boom\",\"code\":400}\n\n", "error(boom)");
	stream("an error and null choices", "data: {\"choices\":null,\"error\":{\"message\":\"boom\"}}\n\n", "error(boom)");
	stream("too long, in the stream", "data: {\"error\":{\"message\":\"This model's maximum context length is 131,072 tokens. "
	    "However, you requested 140000 tokens\",\"code\":\"context_length_exceeded\"}}\n\n",
	    "error(prompt is too long: 140000 tokens > 131072 maximum)");
	stream("broken off", TEXT("a") FINISH("network_error"), "text(a) error(the provider broke the answer off)");
	stream("a page", "<html><title>x</title></html>\n\ndata: <html>\n\n",
	    "error(the provider's stream holds what is not JSON)");
	stream("what is no object", "data: 1\n\n", "error(the provider answered 502 and no reason)");
	stream("an error behind the end is none", TEXT("a") FINISH("stop") "data: {\"error\":\"late\"}\n\n",
	    "text(a) stop=end_turn 77+0+1");
}

static void
bounds(void)
{
	struct buf in = BUF_INIT, out = BUF_INIT, big = BUF_INIT;
	struct chatstream s;
	int r = 0;

	chatstream_init(&s, &ctx, "b");
	(void)buf_addstr(&big, "data: ");
	while (r == 0 && big.len < 64 << 20) {
		buf_reset(&in);
		while (in.len < 1 << 20)
			(void)buf_addstr(&in, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		r = chatstream_feed(&s, in.p, in.len, &out);
		big.len += in.len;
	}
	OK(r < 0 && errno == EPROTO && !s.opened, "an endless event is refused");
	big.len = 0;
	chatstream_release(&s);
	buf_reset(&in);
	buf_reset(&out);
	for (int i = 0; i < 200; i++)
		(void)buf_addf(&in, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"function\":"
		    "{\"name\":\"B\",\"arguments\":\"{\"}}]}}]}\n\n", i);
	chatstream_init(&s, &ctx, "b");
	OK(chatstream_feed(&s, in.p, in.len, &out) < 0 && errno == EPROTO, "endless calls are refused");
	OK(chatstream_feed(&s, in.p, in.len, &out) == 0 && chatstream_end(&s, &out) == 0,
	    "and then nothing more is taken");
	chatstream_release(&s);
	buf_release(&in);
	buf_release(&out);
	buf_release(&big);
}

static void
opening(void)
{
	static const char wait[] = ": wait\n\n" DELTA("\"role\":\"assistant\",\"content\":\"\"");
	struct buf out = BUF_INIT, got = BUF_INIT;
	struct chatstream s;

	chatstream_init(&s, &ctx, "o");
	EQ(chatstream_feed(&s, wait, sizeof wait - 1, &out), 0, "fed");
	EQ(out.len, 0, "nothing is said before there is something to say");
	EQ(chatstream_ping(&s, &out), 0, "a ping");
	EQ(out.len, 0, "no ping before the start");
	EQ(chatstream_open(&s, &out), 0, "opened");
	EQ(chatstream_open(&s, &out), 0, "opened again");
	OK(strstr(out.p, "\"input_tokens\":77") && strstr(out.p, "\"model\":\"sonnet\""), "estimate and model");
	EQ(chatstream_ping(&s, &out), 0, "a ping");
	OK(strstr(out.p, "event: ping\n") != NULL, "is sent");
	OK(!chatstream_complete(&s), "not complete");
	EQ(chatstream_feed(&s, TEXT("a") FINISH("length"), strlen(TEXT("a") FINISH("length")), &out), 0, "fed");
	OK(chatstream_complete(&s), "complete before usage and [DONE]");
	EQ(chatstream_end(&s, &out), 0, "ended");
	digest(out.p, out.len, &got);
	IS(got.p, "text(a) stop=max_tokens 77+0+1", "the whole");
	OK(!s.usage.known && s.usage.output == 1, "the bill is estimated");
	chatstream_release(&s);
	buf_release(&out);
	buf_release(&got);
}

/* Usage may stand anywhere. */
static void
usage(void)
{
#define U "\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":20"
	stream("in the finishing chunk", TEXT("a") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]," U "}}\n\n" DONE,
	    "text(a) stop=end_turn 100+0+20");
	stream("in the first chunk", "data: {\"choices\":[]," U "}}\n\n" TEXT("a") FINISH("stop") DONE,
	    "text(a) stop=end_turn 100+0+20");
	stream("in every chunk, the last counts", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":"
	    "{\"prompt_tokens\":100,\"completion_tokens\":1}}\n\n" "data: {\"choices\":[{\"delta\":{},"
	    "\"finish_reason\":\"stop\"}]," U "}}\n\n", "text(a) stop=end_turn 100+0+20");
	stream("null, then some", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\n" FINISH("stop")
	    "data: {\"choices\":null," U "}}\n\n", "text(a) stop=end_turn 100+0+20");
	stream("in the choice", TEXT("a") CH("\"delta\":{},\"finish_reason\":\"stop\"," U ",\"cached_tokens\":30}"),
	    "text(a) stop=end_turn 70+30+20");
	stream("zeros at the end change nothing", TEXT("a") FINISH("stop") "data: {\"choices\":[]," U "}}\n\n"
	    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}\n\n",
	    "text(a) stop=end_turn 100+0+20");
	stream("cached as DeepSeek says it", TEXT("a") FINISH("stop") "data: {\"choices\":[]," U
	    ",\"prompt_cache_hit_tokens\":64,\"prompt_cache_miss_tokens\":36}}\n\n", "text(a) stop=end_turn 36+64+20");
	stream("all cached: one token stays input", TEXT("a") FINISH("stop") "data: {\"choices\":[]," U
	    ",\"prompt_tokens_details\":{\"cached_tokens\":100}}}\n\n", "text(a) stop=end_turn 1+99+20");
	stream("reasoning only in the total", TEXT("a") FINISH("stop") "data: {\"choices\":[]," U
	    ",\"total_tokens\":150}}\n\n", "text(a) stop=end_turn 100+0+50");
	stream("x_groq", TEXT("a") FINISH("stop") "data: {\"choices\":[],\"x_groq\":{" U "}}}\n\n",
	    "text(a) stop=end_turn 100+0+20");
#undef U
}

/* The same answers in one piece. */
static void
reply(const char *what, const char *in, const char *want)
{
	struct buf out = BUF_INIT;
	struct chatusage u;
	struct chaterr e;
	struct json d;
	int r = chatreply_write(&out, in, strlen(in), &ctx, "id0", &u, &e);

	if (r < 0) {
		EQ(out.len, 0, "nothing is written");
		(void)buf_addf(&out, "%d %s", e.status, e.message);
	} else {
		OK(json_parse(&d, out.p, out.len, NULL) == JSON_OK, "is JSON");
		json_release(&d);
	}
	IS(out.p, want, what);
	buf_release(&out);
}

#define HEAD "{\"id\":\"msg_id0\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"sonnet\",\"content\":"
#define TAIL(stop, tokens) ",\"stop_reason\":\"" stop "\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":77," \
	"\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":" tokens "}}"

static void
replies(void)
{
	reply("text", "{\"choices\":[{\"message\":{\"content\":\"a\\n\\u00e9\"},\"finish_reason\":\"stop\"}]}",
	    HEAD "[{\"type\":\"text\",\"text\":\"a\\n\xc3\xa9\"}]" TAIL("end_turn", "2"));
	reply("thinking and calls", "\n{\"choices\":[{\"message\":{\"content\":null,\"reasoning_content\":\"w\","
	    "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"p\\\":1}x\"}},"
	    "{\"id\":\"a\",\"function\":{\"name\":\"Bash\",\"arguments\":\"\"}}]},\"finish_reason\":\"stop\"}]}",
	    HEAD "[{\"type\":\"thinking\",\"thinking\":\"w\",\"signature\":\"jobdir1:c\"},"
	    "{\"type\":\"tool_use\",\"id\":\"toolu_id0_0\",\"name\":\"Bash\",\"input\":{\"p\":1}},"
	    "{\"type\":\"tool_use\",\"id\":\"toolu_id0_1\",\"name\":\"Bash\",\"input\":{}}]"
	    TAIL("tool_use", "3"));
	reply("arguments that are no JSON", "{\"choices\":[{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"B\","
	    "\"arguments\":\"{p\"}}]},\"finish_reason\":\"stop\"}]}", HEAD "[{\"type\":\"tool_use\",\"id\":"
	    "\"toolu_id0_0\",\"name\":\"B\",\"input\":{\"__unparsedToolInput\":{\"raw\":\"{p\",\"len\":2}}}]"
	    TAIL("tool_use", "1"));
	reply("a stream all the same", TEXT("a") FINISH("length") DONE,
	    HEAD "[{\"type\":\"text\",\"text\":\"a\"}]" TAIL("max_tokens", "1"));
	reply("an error as a success", "{\"error\":{\"message\":\"boom\",\"code\":\"429\"}}", "429 boom");
	reply("a page", "<!doctype html><title>Bad  Gateway</title>", "502 the provider answered 502 with a page: Bad Gateway");
	reply("no choices", "{\"choices\":[]}", "502 the provider sent an empty answer");
	reply("nothing", "", "502 the provider sent an empty answer");
}

static void
tags(void)
{
	stream("think tags", TEXT("<think>\\nhm") TEXT(" <b></think>\\n\\nyes <think>no</think>") FINISH("stop") USAGE DONE,
	    "think(\nhm <b>|jobdir1:t) text(yes <think>no</think>) stop=end_turn" PAID);
	stream("a tag in pieces", TEXT("<th") TEXT("ink>a<") TEXT("/thi") TEXT("nk>") TEXT("b") FINISH("stop") USAGE DONE,
	    "think(a|jobdir1:t) text(b) stop=end_turn" PAID);
	stream("what only begins like a tag", TEXT(" <thi") TEXT("s is") FINISH("stop") USAGE DONE,
	    "text( <this is) stop=end_turn" PAID);
	stream("a closing tag that is none", TEXT("<think>a</thin") TEXT("</think>b") FINISH("stop") USAGE DONE,
	    "think(a</thin|jobdir1:t) text(b) stop=end_turn" PAID);
	stream("never closed", TEXT("<think>a") FINISH("length") USAGE DONE, "think(a|jobdir1:t) stop=max_tokens" PAID);
	stream("half a tag and the end", TEXT("<thi") FINISH("stop") USAGE DONE, "text(<thi) stop=end_turn" PAID);
}

int
main(void)
{
	plain();
	calls();
	frames();
	usage();
	failures();
	bounds();
	opening();
	replies();
	tags();
	return t_done();
}
