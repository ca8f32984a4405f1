/* SPDX-License-Identifier: MIT */
/*
 * Requests: each test shows one part of what is sent upstream. The numbered points of
 * the translation of a request, and where each is tested (here, if no file is named):
 *
 *	1  system entries in the conversation	system_texts()
 *	2  the billing block			system_texts(); e2e/gateway.bats "an edit"
 *	3  strings and arrays of blocks		system_texts()
 *	4  results: in order, all, orphans	calls()
 *	5  what a result holds			calls(), pictures()
 *	6  deferred and server tools		tools()
 *	7  schemas and names			tools()
 *	8  what is never sent on		members(); gateway.bats "an answer whole" (headers)
 *	9  max_tokens, by provider and model	members(), profiles()
 *	10 a message of thinking alone		calls()
 *	11 reasoning, and what comes with it	reasoning(); e2e/gateway.bats "resumed", demand, extra,
 *						details
 *
 * Of an answer: chatstream.c. Of errors: chaterr.c.
 */
#include "chatreq.h"

#include <errno.h>
#include <stdlib.h>
#include "buf.h"
#include "chatctx.h"
#include "chatsign.h"
#include "gwprofile.h"
#include "json.h"
#include "t.h"

static struct chatctx ctx = CHATCTX_INIT;

/* Quotes are written ' in the tests' JSON. */
static char *
quotes(const char *s)
{
	char *own = strdup(s);

	for (char *p = own; *p; p++)
		if (*p == '\'')
			*p = '"';
	return own;
}

/* The member at path of what is sent for a request; NULL wanted: absent. */
static void
part(const char *what, const char *profile, const char *model, const char *request,
	const char *path, const char *want)
{
	char *in = quotes(request), *expect = want ? quotes(want) : NULL;
	struct buf out = BUF_INIT, why = BUF_INIT, got = BUF_INIT;
	struct json req, sent;
	size_t len;

	EQ(json_parse(&req, in, strlen(in), NULL), JSON_OK, "the request is JSON");
	if (chatreq_write(&out, &req, gwprofile_named(profile), model, &ctx, &why) < 0) {
		IS(why.p, expect, what);
		EQ(out.len, 0, "nothing is written");
	} else if (OK(json_parse(&sent, out.p, out.len, NULL) == JSON_OK, "what is sent is JSON")) {
		const char *raw = json_raw(&sent, json_path(&sent, 0, path), &len);

		if (raw)
			(void)buf_add(&got, raw, len);
		if (want)
			IS(got.p, expect, what);
		else
			OK(!raw, what);
		json_release(&sent);
	}
	json_release(&req);
	buf_release(&out);
	buf_release(&why);
	buf_release(&got);
	free(in);
	free(expect);
}

static void
messages(const char *what, const char *profile, const char *in, const char *want)
{
	struct buf b = BUF_INIT;

	(void)buf_addf(&b, "{'model':'m','messages':%s}", in);
	part(what, profile, NULL, b.p, "messages", want);
	buf_release(&b);
}

static void
member(const char *what, const char *profile, const char *model, const char *members,
	const char *path, const char *want)
{
	struct buf b = BUF_INIT;

	(void)buf_addf(&b, "{'model':'m','messages':[{'role':'user','content':'hi'}],%s}", members);
	part(what, profile, model, b.p, path, want);
	buf_release(&b);
}

#define USER(c) "{'role':'user','content':" c "}"
#define SYSTEM(c) "{'role':'system','content':" c "}"
#define ASSISTANT(c) "{'role':'assistant','content':" c "}"
#define T(s) "{'type':'text','text':'" s "'}"
#define USE(id, name, input) "{'type':'tool_use','id':'" id "','name':'" name "','input':" input "}"
#define RESULT(id, content) "{'type':'tool_result','tool_use_id':'" id "','content':" content "}"
#define CALL(id, name, args) "{'id':'" id "','type':'function','function':{'name':'" name "','arguments':'" args "'}}"
#define TOOL(id, s) "{'role':'tool','tool_call_id':'" id "','content':'" s "'}"
#define PNG "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AAAA'}}"
#define PNGURL "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}"

/* Section 11, request (1) to (3): system texts, strings and arrays. */
static void
system_texts(void)
{
	member("a string", "generic", NULL, "'system':'be good'", "messages",
	    "[{'role':'system','content':'be good'}," USER("'hi'") "]");
	member("blocks, without the billing one", "generic", NULL, "'system':[" T("x-anthropic-billing-header: cc=1;")
	    "," T("I am") "," "{'type':'text','text':'You\\nare','cache_control':{'type':'ephemeral'}}]", "messages.0",
	    "{'role':'system','content':'I am\\n\\nYou\\nare'}");
	member("nothing but the billing block", "generic", NULL, "'system':[" T("x-anthropic-billing-header: cc=1;") "]",
	    "messages", "[" USER("'hi'") "]");
	messages("in the conversation, as reminders", "generic",
	    "[" USER("'hi'") "," SYSTEM("'env'") "," ASSISTANT("'yes'") "," USER("[" T("go") "]") ","
	    SYSTEM("[" T("a") "," T("b") "]") "]",
	    "[" USER("'hi\\n\\n<system-reminder>\\nenv\\n</system-reminder>'") "," ASSISTANT("'yes'") ","
	    USER("'go\\n\\n<system-reminder>\\na\\n</system-reminder>\\n\\n<system-reminder>\\nb\\n</system-reminder>'") "]");
	messages("empty texts say nothing", "generic", "[" USER("[" T("") "," T("a") "]") "]", "[" USER("'a'") "]");
	messages("an empty message", "generic", "[" USER("''") "]", "[" USER("'(no content)'") "]");
	messages("half a surrogate is not sent on", "generic", "[" USER("'a\\ud83d'") "]", "[" USER("'a\xef\xbf\xbd'") "]");
	messages("escapes are kept", "generic", "[" USER("'a\\u00e9\\\\\\/'") "]", "[" USER("'a\\u00e9\\\\\\/'") "]");
}

/* (4), (5), (10): calls and results. */
static void
calls(void)
{
	messages("results directly behind, in the calls' order, before any text", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" T("I look.") "," USE("A", "Read", "{'p': 1}") "," USE("B", "Bash", "{}") "]") ","
	    USER("[" T("note") "," RESULT("B", "'two'") "," RESULT("A", "[" T("one") "," T("1") "]") "]") ","
	    SYSTEM("'s'") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':'I look.','tool_calls':["
	    CALL("call00000", "Read", "{\\'p\\': 1}") "," CALL("call00001", "Bash", "{}") "]},"
	    TOOL("call00000", "one\\n1") "," TOOL("call00001", "two") ","
	    USER("'note\\n\\n<system-reminder>\\ns\\n</system-reminder>'") "]");
	messages("the same client id in two turns", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "R", "{}") "]") "," USER("[" RESULT("A", "'1'") "]") ","
	    ASSISTANT("[" USE("A", "R", "{}") "]") "," USER("[" RESULT("A", "'2'") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "R", "{}") "]},"
	    TOOL("call00000", "1") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00001", "R", "{}") "]},"
	    TOOL("call00001", "2") "]");
	messages("a missing result, and one without a call", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "R", "{}") "]") "," USER("[" RESULT("Z", "'lost'") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "R", "{}") "]},"
	    TOOL("call00000", "(no result: the call was interrupted)") ","
	    USER("'Result of an earlier tool call:\\nlost'") "]");
	messages("a history that ends in a call", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "R", "{}") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "R", "{}") "]},"
	    TOOL("call00000", "(no result: the call was interrupted)") "]");
	messages("nothing, and an error", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "R", "{}") "," USE("B", "R", "{}") "," USE("C", "R", "{}") "]") ","
	    USER("[" RESULT("A", "[]") ",{'type':'tool_result','tool_use_id':'B','is_error':true,'content':'no file'},"
	    "{'type':'tool_result','tool_use_id':'C'}]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "R", "{}") ","
	    CALL("call00001", "R", "{}") "," CALL("call00002", "R", "{}") "]}," TOOL("call00000", "(no output)") ","
	    TOOL("call00001", "Error: no file") "," TOOL("call00002", "(no output)") "]");
	messages("ids as Kimi wants them, and \"\" for reasoning", "kimi",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "Read", "{}") "]") "," USER("[" RESULT("A", "'1'") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'reasoning_content':'','tool_calls':["
	    CALL("functions.Read:0", "Read", "{}") "]}," TOOL("functions.Read:0", "1") "]");
	messages("\"\" where null is refused", "mistral",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "R", "{}") "]") "," USER("[" RESULT("A", "'1'") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':'','tool_calls':[" CALL("call00000", "R", "{}") "]},"
	    TOOL("call00000", "1") "]");
	messages("only thinking is no content", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[{'type':'thinking','thinking':'hm','signature':''}]") "," USER("'x'") "]",
	    "[" USER("'hi'") "," ASSISTANT("'(no content)'") "," USER("'x'") "]");
	messages("arguments that are no object", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "R", "'x'") "]") "," USER("[" RESULT("A", "'1'") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "R", "{}") "]},"
	    TOOL("call00000", "1") "]");
	messages("references and documents are text", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "ToolSearch", "{}") "]") ","
	    USER("[" RESULT("A", "[{'type':'tool_reference','tool_name':'WebFetch'},"
	    "{'type':'document','source':{'type':'text','media_type':'text/plain','data':'doc'}},"
	    "{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'AA'}}]") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "ToolSearch", "{}") "]},"
	    TOOL("call00000", "The tool WebFetch can be called now.\\ndoc\\n(a document, which cannot be passed on)") "]");
}

static void
pictures(void)
{
	messages("a picture of the user", "generic", "[" USER("[" T("see") "," PNG "]") "]",
	    "[" USER("[" T("see") "," PNGURL "]") "]");
	messages("an address", "generic", "[" USER("[{'type':'image','source':{'type':'url','url':'http://x/'}}]") "]",
	    "[" USER("[{'type':'image_url','image_url':{'url':'http://x/'}}]") "]");
	messages("a picture in a result follows the results", "generic",
	    "[" USER("'hi'") "," ASSISTANT("[" USE("A", "Read", "{}") "]") "," USER("[" RESULT("A", "[" PNG "]") "," T("t") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':null,'tool_calls':[" CALL("call00000", "Read", "{}") "]},"
	    TOOL("call00000", "(a picture: see below)") ","
	    USER("[" T("The picture that the tool returned:") "," PNGURL "," T("t") "]") "]");
	messages("for models that cannot see", "deepseek",
	    "[" USER("[" T("see") "," PNG "]") "," ASSISTANT("[" USE("A", "Read", "{}") "]") "," USER("[" RESULT("A", "[" PNG "]") "]") "]",
	    "[" USER("'see\\n\\n(a picture, which this model cannot see)'") ",{'role':'assistant','content':null,"
	    "'reasoning_content':'','tool_calls':[" CALL("call00000", "Read", "{}") "]},"
	    TOOL("call00000", "(a picture, which this model cannot see)") "]");
}

/* (11): reasoning goes back to who demands it. */
static void
reasoning(void)
{
#define THINKING(s, sign) "{'type':'thinking','thinking':'" s "','signature':'" sign "'}"
#define TURN(think) "[" USER("'hi'") "," ASSISTANT("[" think "," USE("A", "R", "{}") "]") "," USER("[" RESULT("A", "'1'") "]") "]"
#define SENT(extra) "[" USER("'hi'") ",{'role':'assistant','content':null," extra "'tool_calls':[" \
	CALL("call00000", "R", "{}") "]}," TOOL("call00000", "1") "]"
	messages("demanded", "deepseek", TURN(THINKING("hm", "jobdir1:c")), SENT("'reasoning_content':'hm',"));
	messages("demanded, from elsewhere", "deepseek", TURN(THINKING("hm", "EqoB")), SENT("'reasoning_content':'hm',"));
	messages("given, so given back", "generic", TURN(THINKING("hm", "jobdir1:c")), SENT("'reasoning_content':'hm',"));
	messages("under the name it had", "generic", TURN(THINKING("hm", "jobdir1:r")), SENT("'reasoning':'hm',"));
	messages("not given by a provider", "generic", TURN(THINKING("hm", "jobdir1:t")), SENT(""));
	messages("another's signature", "generic", TURN(THINKING("hm", "EqoB")), SENT(""));
	messages("never to who does not know it", "openai", TURN(THINKING("hm", "jobdir1:c")), SENT(""));
	messages("two blocks", "deepseek", TURN(THINKING("a", "jobdir1:c") "," THINKING("b", "jobdir1:c")),
	    SENT("'reasoning_content':'ab',"));
	messages("no calls, no reasoning", "deepseek", "[" USER("'hi'") "," ASSISTANT("[" THINKING("a", "jobdir1:c")
	    "," T("x") "]") "," USER("'y'") "]", "[" USER("'hi'") "," ASSISTANT("'x'") "," USER("'y'") "]");
	messages("what came with a call goes back with it", "gemini",
	    "[" USER("'hi'") "," ASSISTANT("[" THINKING("", "jobdir1:geyJnIjoiQWJDIn0=") "," USE("A", "R", "{}") ","
	    USE("B", "R", "{}") "]") "," USER("[" RESULT("A", "'1'") "," RESULT("B", "'2'") "]") "]",
	    "[" USER("'hi'") ",{'role':'assistant','content':'','tool_calls':[{'id':'call00000','type':'function',"
	    "'function':{'name':'R','arguments':'{}'},'extra_content':{'g':'AbC'}}," CALL("call00001", "R", "{}") "]},"
	    TOOL("call00000", "1") "," TOOL("call00001", "2") "]");
	messages("details go back as they came, and not the words again", "openrouter", TURN(
	    THINKING("hm", "jobdir1:dW3sidCI6MX0seyJ0IjoyfV0=") "," THINKING("", "jobdir1:dW3sidCI6M31d")),
	    SENT("'reasoning_details':[{'t':1},{'t':2},{'t':3}],"));
	messages("elsewhere only the words do", "generic", TURN(THINKING("hm", "jobdir1:dW3sidCI6MX0seyJ0IjoyfV0=")),
	    SENT("'reasoning':'hm',"));
	messages("forged details", "openrouter", TURN(THINKING("hm", "jobdir1:dW3sid")), SENT(""));
	messages("details that are no array", "openrouter", TURN(THINKING("hm", "jobdir1:deyJ0IjoxfQ==")),
	    SENT(""));
	messages("a forged one is not sent", "gemini", TURN(THINKING("", "jobdir1:ge30x")),
	    "[" USER("'hi'") ",{'role':'assistant','content':'','tool_calls':[" CALL("call00000", "R", "{}") "]},"
	    TOOL("call00000", "1") "]");
}

/* (6), (7): tools. */
static void
tools(void)
{
#define FN(name, desc, schema) "{'type':'function','function':{'name':'" name "'," desc "'parameters':" schema "}}"
#define TOOLS(t) "'tools':[" t "]"
	member("a tool", "generic", NULL, TOOLS("{'name':'Bash','description':'Run','input_schema':{'$schema':'x',"
	    "'type':'object','properties':{'$id':{'type':'string','$id':'y'}},'required':['$id'],'additionalProperties':false},"
	    "'cache_control':{'type':'ephemeral'}}"), "tools",
	    "[" FN("Bash", "'description':'Run',", "{'type':'object','properties':{'$id':{'type':'string'}},'required':['$id'],"
	    "'additionalProperties':false}") "]");
	member("patterns that are refused, arrays without items", "generic", NULL, TOOLS("{'name':'A','input_schema':{"
	    "'type':'object','properties':{'a':{'type':'string','pattern':'^\\\\p{L}'},'b':{'type':'string','pattern':'(?!x)'},"
	    "'c':{'type':'string','pattern':'^a'},'d':{'type':'array'},'e':{'allOf':[{'type':'array'}],'default':{'type':'array'}}}}}"),
	    "tools.0.function.parameters.properties",
	    "{'a':{'type':'string'},'b':{'type':'string'},'c':{'type':'string','pattern':'^a'},'d':{'type':'array','items':{}},"
	    "'e':{'allOf':[{'type':'array','items':{}}],'default':{'type':'array'}}}");
	member("a property may be called like a keyword", "generic", NULL, TOOLS("{'name':'A','input_schema':{'type':'object',"
	    "'properties':{'pattern':{'type':'string'},'default':{'type':'array'}}}}"), "tools.0.function.parameters.properties",
	    "{'pattern':{'type':'string'},'default':{'type':'array','items':{}}}");
	member("an empty schema", "generic", NULL, TOOLS("{'name':'A','input_schema':{}}"), "tools.0.function.parameters",
	    "{'type':'object','properties':{}}");
	member("the simplest keywords only", "gemini", NULL, TOOLS("{'name':'A','input_schema':{'type':'object','properties':{"
	    "'u':{'type':'string','format':'uri','default':'x'},'n':{'type':'integer','exclusiveMinimum':0},'d':{'type':'string',"
	    "'format':'date-time'}},'additionalProperties':false}}"), "tools.0.function.parameters",
	    "{'type':'object','properties':{'u':{'type':'string'},'n':{'type':'integer'},'d':{'type':'string','format':'date-time'}}}");
	member("no schema: the server's own", "generic", NULL, TOOLS("{'type':'web_search_20250305','name':'web_search'}"), "tools", NULL);
	member("deferred ones", "generic", NULL, TOOLS("{'name':'P','defer_loading':true,'input_schema':{}}"), "tools", NULL);
	part("but when named by a reference", "generic", NULL, "{'model':'m'," TOOLS("{'name':'P','defer_loading':true,"
	    "'input_schema':{}},{'name':'Q','defer_loading':true,'input_schema':{}}") ",'messages':[" USER("'hi'") ","
	    ASSISTANT("[" USE("A", "ToolSearch", "{}") "]") "," USER("[" RESULT("A", "[{'type':'tool_reference','tool_name':'P'}]")
	    "]") "]}", "tools", "[" FN("P", "", "{'type':'object','properties':{}}") "]");
	member("names", "generic", NULL, TOOLS("{'name':'mcp.x y','input_schema':{}}"), "tools.0.function.name", "'mcp_x_y_5a7f57b7'");
	IS(ctx.nnames ? chatctx_tool(&ctx, ctx.names[0].theirs) : "", "mcp.x y", "and back");
	member("a name of 65 letters", "generic", NULL, TOOLS("{'name':'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
	    "fffffffffggggg1','input_schema':{}}"), "tools.0.function.name",
	    "'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffff_43fcce55'");
	EQ(ctx.nnames ? (long long)strlen(ctx.names[0].theirs) : 0, 64, "is cut to 64");
	IS(chatctx_tool(&ctx, "unknown"), "unknown", "unknown names stay");
#define ONE TOOLS("{'name':'A','input_schema':{}}")
	member("choice: auto", "generic", NULL, ONE ",'tool_choice':{'type':'auto'}", "tool_choice", "'auto'");
	member("choice: any", "generic", NULL, ONE ",'tool_choice':{'type':'any'}", "tool_choice", "'required'");
	member("choice: none", "generic", NULL, ONE ",'tool_choice':{'type':'none'}", "tool_choice", "'none'");
	member("choice: one", "generic", NULL, ONE ",'tool_choice':{'type':'tool','name':'A'}", "tool_choice",
	    "{'type':'function','function':{'name':'A'}}");
	member("choice: any, where only auto is known", "zai", NULL, ONE ",'tool_choice':{'type':'any'}", "tool_choice", "'auto'");
	member("choice: none, there", "zai", NULL, ONE ",'tool_choice':{'type':'none'}", "tools", NULL);
	member("no choice without tools", "generic", NULL, "'tool_choice':{'type':'any'}", "tool_choice", NULL);
	member("one at a time", "openai", NULL, ONE ",'tool_choice':{'type':'auto','disable_parallel_tool_use':true}",
	    "parallel_tool_calls", "false");
	member("one at a time, where that is not known", "generic", NULL,
	    ONE ",'tool_choice':{'type':'auto','disable_parallel_tool_use':true}", "parallel_tool_calls", NULL);
}

/* (8), (9), (11) and what else stands beside the messages. */
static void
members(void)
{
	static const char *const never[] = { "thinking", "context_management", "output_config", "metadata",
	    "betas", "top_k", "system", "reasoning_effort", "max_completion_tokens" };

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		member("not sent on", "generic", NULL, "'thinking':{'type':'adaptive'},'context_management':{},"
		    "'output_config':{'effort':'high'},'metadata':{'user_id':'u'},'betas':['x'],'top_k':3,'system':'s',"
		    "'max_tokens':5", never[i], NULL);
	part("the client's model", "generic", NULL, "{'model':'sonnet','messages':[" USER("'a'") "]}", "model", "'sonnet'");
	part("the provider's model", "generic", "deepseek-chat", "{'model':'sonnet','messages':[" USER("'a'") "]}", "model",
	    "'deepseek-chat'");
	IS(ctx.model, "sonnet", "answers repeat the client's");
	member("max_tokens", "generic", NULL, "'max_tokens':32000", "max_tokens", "32000");
	member("at most the provider's most", "deepseek", "deepseek-chat", "'max_tokens':32000", "max_tokens", "8192");
	EQ(ctx.max_tokens, 8192, "is known");
	EQ(ctx.window, 131072, "and so is the window");
	member("the new name", "openai", "gpt-5.1", "'max_tokens':32000", "max_completion_tokens", "32000");
	member("and not the old", "openai", "gpt-5.1", "'max_tokens':32000", "max_tokens", NULL);
	member("another model's most", "openai", "gpt-4o", "'max_tokens':32000", "max_completion_tokens", "16384");
	member("none asked for", "generic", NULL, "'stream':true", "max_tokens", NULL);
	member("temperature", "generic", NULL, "'temperature':0.20,'top_p':1", "temperature", "0.20");
	member("not for models that reason", "openai", "o3-mini", "'temperature':0.2", "temperature", NULL);
	member("effort for these", "openai", "gpt-5.1", "'output_config':{'effort':'max'}", "reasoning_effort", "'high'");
	member("low effort", "openai", "openai/gpt-5.1", "'output_config':{'effort':'low'}", "reasoning_effort", "'low'");
	member("stop sequences", "generic", NULL, "'stop_sequences':['a','b','c','d','e']", "stop", "['a','b','c','d']");
	member("not where none are taken", "xai", NULL, "'stop_sequences':['a']", "stop", NULL);
	member("no stop sequences", "generic", NULL, "'stop_sequences':[]", "stop", NULL);
	member("a stream", "generic", NULL, "'stream':true", "stream_options", "{'include_usage':true}");
	OK(ctx.stream, "is known");
	member("a stream where usage may not be asked for", "mistral", NULL, "'stream':true", "stream_options", NULL);
	member("no stream", "generic", NULL, "'max_tokens':1", "stream", "false");
#define FORMAT "'output_config':{'format':{'type':'json_schema','schema':{'$schema':'s','type':'object'}}}"
	member("an answer by schema", "openai", NULL, FORMAT, "response_format",
	    "{'type':'json_schema','json_schema':{'name':'answer','schema':{'type':'object','properties':{}}}}");
	member("as an object, the schema in words", "deepseek", NULL, FORMAT ",'system':'s'", "messages.0.content",
	    "'s\\n\\nAnswer with one JSON value and nothing else. It must match this JSON schema:\\n"
	    "{\\'$schema\\':\\'s\\',\\'type\\':\\'object\\'}'");
	member("as an object", "deepseek", NULL, FORMAT, "response_format", "{'type':'json_object'}");
	member("in words alone", "generic", NULL, FORMAT, "response_format", NULL);
}

static void
refused(void)
{
	part("no object", "generic", NULL, "[]", "", "the request is not a JSON object");
	part("no model", "generic", NULL, "{'messages':[" USER("'a'") "]}", "", "model: a string is required");
	part("no messages", "generic", NULL, "{'model':'m','messages':[]}", "", "messages: at least one message is required");
	part("a strange role", "generic", NULL, "{'model':'m','messages':[" USER("'a'") ",{'role':'tool','content':'x'}]}", "",
	    "messages.1.role: user, assistant or system is required");
	part("no content", "generic", NULL, "{'model':'m','messages':[{'role':'user'}]}", "",
	    "messages.0.content: a string or an array is required");
}

/* A longer conversation begins with the bytes of the shorter one. */
static void
prefix(void)
{
	static const char *const turns[] = {
		USER("'hi'"), SYSTEM("'env'"),
		ASSISTANT("[{'type':'thinking','thinking':'t','signature':'jobdir1:c'}," USE("A", "R", "{}") "]"),
		USER("[" RESULT("A", "[" T("x") "," PNG "]") "]"), SYSTEM("'more'"), ASSISTANT("'done'"), USER("'next'"),
	};
	struct buf last = BUF_INIT;

	for (size_t n = 2; n <= sizeof turns / sizeof *turns; n++) {
		struct buf in = BUF_INIT, out = BUF_INIT, why = BUF_INIT;
		struct json req;
		char *text;

		if (n == 3 || n == 4 || n == 6)	/* ends with a turn of ours only */
			continue;
		(void)buf_addstr(&in, "{'model':'m','messages':[");
		for (size_t i = 0; i < n; i++)
			(void)buf_addf(&in, "%s%s", i ? "," : "", turns[i]);
		(void)buf_addstr(&in, "]}");
		text = quotes(in.p);
		EQ(json_parse(&req, text, strlen(text), NULL), JSON_OK, "JSON");
		EQ(chatreq_write(&out, &req, gwprofile_named("kimi"), NULL, &ctx, &why), 0, "written");
		OK(!last.len || !memcmp(last.p, out.p, last.len), "begins as before");
		buf_reset(&last);
		/* without what ends the array of messages */
		(void)buf_add(&last, out.p, (size_t)((char *)memmem(out.p, out.len, "}],\"stream\"", 11) - out.p));
		json_release(&req);
		free(text);
		buf_release(&in);
		buf_release(&out);
		buf_release(&why);
	}
	buf_release(&last);
}

static void
estimate(void)
{
	struct buf b = BUF_INIT;
	struct json d;
	int64_t small, big;

	(void)buf_addstr(&b, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"");
	for (int i = 0; i < 400; i++)
		(void)buf_addstr(&b, "some words of text. ");
	(void)buf_addstr(&b, "\"}]}");
	EQ(json_parse(&d, b.p, b.len, NULL), JSON_OK, "JSON");
	small = chatreq_estimate(&d);
	OK(small > 1600 && small < 2600, "8,000 bytes of text are about 2,000 tokens");
	json_release(&d);
	buf_reset(&b);
	(void)buf_addstr(&b, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":"
	    "{\"type\":\"base64\",\"data\":\"");
	for (int i = 0; i < 100000; i++)
		(void)buf_addstr(&b, "AAAA");
	(void)buf_addstr(&b, "\"}}]}]}");
	EQ(json_parse(&d, b.p, b.len, NULL), JSON_OK, "JSON");
	big = chatreq_estimate(&d);
	OK(big > 1000 && big < 3000, "a picture is not counted by its bytes");
	json_release(&d);
	buf_release(&b);
}

static void
profiles(void)
{
	static const struct { const char *url, *name; } urls[] = {
		{ "https://api.deepseek.com", "deepseek" }, { "https://API.DeepSeek.com:443/v1", "deepseek" },
		{ "https://user:api.openai.com@api.z.ai/api", "zai" }, { "https://api.deepseek.com.evil.org/", "generic" },
		{ "https://x.openai.azure.com/openai", "openai" }, { "https://openai.azure.com.x/", "generic" },
		{ "http://127.0.0.1:8000/v1", "generic" }, { "http://[::1]:8000/v1", "generic" }, { "", "generic" },
		{ "api.openai.com", "openai" }, { "https://api.openai.com./v1?x", "openai" },
	};

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		IS(gwprofile_for_url(urls[i].url)->name, urls[i].name, urls[i].url);
	IS(gwprofile_choose("https://api.openai.com", "kimi")->name, "kimi", "a name wins");
	IS(gwprofile_choose("https://api.openai.com", "")->name, "openai", "an empty name is none");
	OK(!gwprofile_choose("https://api.openai.com", "nobody"), "an unknown name is refused");
	for (size_t i = 0; gwprofile_at(i); i++) {
		const struct gwprofile *p = gwprofile_at(i);

		OK(gwprofile_named(p->name) == p && p->max_tokens && p->reasoning && p->hosts, p->name);
	}
	EQ(gwprofile_model(gwprofile_named("openai"), "vendor/GPT-5-mini").max_output, 128000, "a model's own row");
}

int
main(void)
{
	system_texts();
	calls();
	pictures();
	reasoning();
	tools();
	members();
	refused();
	prefix();
	estimate();
	profiles();
	chatctx_release(&ctx);
	return t_done();
}
