/* SPDX-License-Identifier: MIT */
#include "schema.h"

#include "buf.h"
#include "t.h"

/* What schema_check() says of VALUE under SCHEMA; "" when it fits. */
static const char *
said(const char *schema, const char *value)
{
	static struct buf why = BUF_INIT;
	struct json s, v;

	buf_reset(&why);
	if (json_parse(&s, schema, strlen(schema), NULL))
		return "schema is not JSON";
	if (json_parse(&v, value, strlen(value), NULL))
		return "value is not JSON";
	if (!schema_check(&s, 0, &v, 0, &why) != !why.len)
		return "count and words differ";
	json_release(&s);
	json_release(&v);
	return why.p;
}

static void
types(void)
{
	IS(said("{\"type\":\"string\"}", "1"), "input: must be a string", "string");
	IS(said("{\"type\":\"integer\"}", "1.0"), "input: must be an integer", "1.0");
	IS(said("{\"type\":\"integer\"}", "99999999999999999999"), "input: must be an integer",
		"an integer that does not fit");
	IS(said("{\"type\":\"number\"}", "1.5"), "", "number");
	IS(said("{\"type\":\"boolean\"}", "\"true\""), "input: must be true or false", "boolean");
	IS(said("{\"type\":[\"string\",\"null\"]}", "null"), "", "one of two types");
	IS(said("{\"type\":[\"string\",\"null\"]}", "[]"), "input: must be a string or null",
		"none of two types");
	IS(said("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "{}"),
		"input: must be an array of strings", "array of strings");
	IS(said("{\"enum\":[\"a\",\"b\",3]}", "\"c\""), "input: must be one of a, b, 3", "enum");
	IS(said("{\"enum\":[\"a\",3]}", "3"), "", "enum fits");
	IS(said("{\"const\":true}", "false"), "input: has the wrong value", "const");
	IS(said("{}", "[1,{\"a\":null}]"), "", "the empty schema");
}

static void
limits(void)
{
	const char *n = "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}";
	const char *s = "{\"type\":\"string\",\"minLength\":1,\"maxLength\":3}";

	IS(said(n, "0"), "input: must be an integer from 1 to 200", "below");
	IS(said(n, "201"), "input: must be an integer from 1 to 200", "above");
	IS(said(n, "200"), "", "at the limit");
	IS(said("{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":10}", "0"),
		"input: must be a number above 0 to 10", "exclusive minimum");
	IS(said(s, "\" \\n\\t\""), "input: must not be empty", "blank is empty");
	IS(said(s, "\"\xc3\xa4\xc3\xb6\xc3\xbc\""), "", "characters, not bytes");
	IS(said(s, "\"abcd\""), "input: must have at most 3 characters", "too long");
	IS(said("{\"type\":\"string\",\"minLength\":2}", "\" a \""),
		"input: must have at least 2 characters", "trimmed for the minimum");
	IS(said("{\"type\":\"array\",\"minItems\":1,\"maxItems\":2}", "[]"),
		"input: must have at least 1 elements", "too few");
	IS(said("{\"type\":\"array\",\"minItems\":1,\"maxItems\":2}", "[1,2,3]"),
		"input: must have at most 2 elements", "too many");
	IS(said("{\"pattern\":\"^[0-9a-f]{64}$\"}", "\"00\""),
		"input: must be 64 characters of 0-9 and a-f", "token");
	IS(said("{\"pattern\":\"^[0-9a-f]{64}$\"}",
		"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""), "",
		"a token");
	IS(said("{\"pattern\":\"^[0-9a-f]{64}$\"}",
		"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeF\""),
		"input: must be 64 characters of 0-9 and a-f", "upper case");
	IS(said("{\"pattern\":\"x\"}", "\"x\""), "input: has a pattern that cannot be checked",
		"an unknown pattern never fits");
}

static void
objects(void)
{
	const char *s = "{\"type\":\"object\",\"required\":[\"cwd\",\"n\"],"
		"\"additionalProperties\":false,\"properties\":{\"cwd\":{\"type\":\"string\"},"
		"\"n\":{\"type\":\"integer\"},\"l\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
		"\"properties\":{\"a\":{\"type\":\"string\"}}}}}}";

	IS(said(s, "{\"cwd\":\"/\",\"n\":1}"), "", "fits");
	IS(said(s, "{}"), "cwd: required; n: required", "all that is missing");
	IS(said(s, "{\"cwd\":1,\"n\":\"x\",\"y\":2}"),
		"cwd: must be a string; n: must be an integer; y: unknown member",
		"every problem in one message");
	IS(said(s, "{\"cwd\":\"\",\"n\":1,\"l\":[{},{\"a\":1}]}"), "l.1.a: must be a string",
		"path of a nested member");
	IS(said(s, "[]"), "input: must be an object", "not an object");
	IS(said(s, "{\"cwd\":\"\",\"n\":1,\"a\\nb\":0}"), "a?b: unknown member",
		"a member's name forges no line");
	IS(said(s, "{\"cwd\":\"\",\"n\":1,\"cwd\\u0000\":0}"), "cwd?: unknown member",
		"a NUL in a name is not its end");
	IS(strstr(said("{\"type\":\"array\",\"items\":{\"type\":\"null\"}}",
		"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"), "15: "),
		"15: must be null; and 2 more", "many problems are counted");
}

static void
combined(void)
{
	const char *one = "{\"oneOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}],"
		"\"description\":\"a or b\"}";
	const char *not = "{\"not\":{\"required\":[\"a\",\"b\"]},\"description\":\"not both\"}";

	IS(said(one, "{\"a\":1}"), "", "one of one");
	IS(said(one, "{}"), "input: a or b", "none");
	IS(said(one, "{\"a\":1,\"b\":1}"), "input: a or b", "both");
	IS(said(not, "{\"a\":1}"), "", "not both");
	IS(said(not, "{\"a\":1,\"b\":1}"), "input: not both", "both");
	IS(said("{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}", "1"),
		"input: does not fit together", "any");
	IS(said("{\"allOf\":[{\"type\":\"number\"},{\"minimum\":3}]}", "4"), "", "all");
}

int
main(void)
{
	types();
	limits();
	objects();
	combined();
	return t_done();
}
