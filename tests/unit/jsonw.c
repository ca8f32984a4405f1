/* SPDX-License-Identifier: MIT */
#include "jsonw.h"

#include <math.h>
#include <stdlib.h>
#include "buf.h"
#include "t.h"

static struct buf out = BUF_INIT;
static struct jsonw w;

static void
start(void)
{
	buf_reset(&out);
	jsonw_init(&w, &out);
}

static int
valid(void)
{
	struct json d;
	enum json_error e = json_parse(&d, out.p, out.len, NULL);

	json_release(&d);
	return e == JSON_OK;
}

static void
shapes(void)
{
	start();
	jsonw_object(&w);
	jsonw_end(&w);
	IS(out.p, "{}", "empty object");
	start();
	jsonw_object(&w);
	jsonw_mstr(&w, "id", "x");
	jsonw_mstr(&w, "none", NULL);
	jsonw_mint(&w, "n", -5);
	jsonw_mbool(&w, "b", true);
	jsonw_key(&w, "files");
	jsonw_array(&w);
	jsonw_cstr(&w, "a");
	jsonw_cstr(&w, NULL);
	jsonw_bool(&w, false);
	jsonw_array(&w);
	jsonw_end(&w);
	jsonw_object(&w);
	jsonw_key(&w, "");
	jsonw_null(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_keyn(&w, "lastxx", 4);
	jsonw_int(&w, INT64_MIN);
	jsonw_end(&w);
	IS(out.p, "{\"id\":\"x\",\"n\":-5,\"b\":true,\"files\":[\"a\",null,false,[],{\"\":null}],"
		"\"last\":-9223372036854775808}", "commas and nesting");
	OK(buf_ok(&out) && valid(), "is sound");
	start();
	jsonw_str(&w, "a\0b", 3);
	IS(out.p, "\"a\\u0000b\"", "a bare scalar, with a NUL");
}

static void
misuse(void)
{
	start();
	jsonw_end(&w);
	OK(!buf_ok(&out), "an end too many fails");
	start();
	jsonw_object(&w);
	jsonw_int(&w, 1);
	OK(!buf_ok(&out), "a value without a key fails");
	start();
	jsonw_object(&w);
	jsonw_key(&w, "a");
	jsonw_key(&w, "b");
	OK(!buf_ok(&out), "two keys fail");
	start();
	jsonw_object(&w);
	jsonw_key(&w, "a");
	jsonw_end(&w);
	OK(!buf_ok(&out), "a key without a value fails");
	start();
	jsonw_array(&w);
	jsonw_key(&w, "a");
	OK(!buf_ok(&out), "a key in an array fails");
	start();
	jsonw_int(&w, 1);
	jsonw_int(&w, 2);
	OK(!buf_ok(&out), "two documents fail");
	start();
	for (int i = 0; i < JSON_DEPTH; i++)
		jsonw_array(&w);
	OK(buf_ok(&out), "as deep as can be read");
	for (int i = 0; i < JSON_DEPTH; i++)
		jsonw_end(&w);
	OK(buf_ok(&out) && valid(), "and read back");
	start();
	for (int i = 0; i <= JSON_DEPTH; i++)
		jsonw_array(&w);
	OK(!buf_ok(&out), "deeper fails");
	for (int i = 0; i <= JSON_DEPTH + 5; i++)
		jsonw_end(&w);
	OK(!buf_ok(&out), "and stays failed");
}

static void
quoted(const char *in, size_t len, const char *want, const char *what)
{
	buf_reset(&out);
	EQ(jsonw_quote(&out, in, len), 0, what);
	IS(out.p, want, what);
	OK(valid(), what);
}

static void
quoting(void)
{
	char every[256];

	quoted("", 0, "\"\"", "empty");
	quoted("\"\\/\b\f\n\r\t", 8, "\"\\\"\\\\/\\b\\f\\n\\r\\t\"", "short escapes");
	quoted("a\xe2\x80\xae" "b\xf3\xa0\x81\x81", 9, "\"a\\u202eb\\udb40\\udc41\"", "what cannot be seen");
	quoted("\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\"", "other control bytes");
	quoted("\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e", 9,
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\"", "UTF-8 as it is");
	quoted("a\xff\xc3z", 4, "\"a\xef\xbf\xbd\xef\xbf\xbdz\"", "each bad byte is U+FFFD");
	quoted("\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"", "a cut sequence");
	quoted("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "a surrogate");
	for (int i = 0; i < 256; i++)
		every[i] = (char)i;
	buf_reset(&out);
	EQ(jsonw_quote(&out, every, sizeof every), 0, "every byte there is");
	OK(valid(), "is valid JSON");
}

static void
number(double x, const char *want)
{
	start();
	jsonw_double(&w, x);
	IS(out.p, want, want);
	OK(valid(), "is valid JSON");
	OK(!isfinite(x) || strtod(out.p, NULL) == x, "reads back the same");
}

static void
numbers(void)
{
	number(0, "0");
	number(1.5, "1.5");
	number(-3, "-3");
	number(0.1, "0.1");
	number(1e300, "1e+300");
	number(5e-324, "4.94065645841247e-324");
	number(1.0 / 3, "0.3333333333333333");
	number(0.1 + 0.2, "0.30000000000000004");
	number(NAN, "null");
	number(INFINITY, "null");
	number(-INFINITY, "null");
}

static void
copying(void)
{
	static const char text[] =
		" { \"a\" : [ 1 ,\n\t2 ] , \"s p\\\"\" : \" x\\\\\" , \"e\":{ } } ";
	struct json d;

	EQ(json_parse(&d, text, sizeof text - 1, NULL), JSON_OK, "a document with blanks");
	start();
	jsonw_array(&w);
	jsonw_node(&w, &d, 0);
	jsonw_node(&w, &d, json_path(&d, 0, "a.1"));
	jsonw_node(&w, &d, JSON_ABSENT);
	jsonw_raw(&w, "[ ]", 3);
	jsonw_end(&w);
	IS(out.p, "[{\"a\":[1,2],\"s p\\\"\":\" x\\\\\",\"e\":{}},2,null,[]]",
		"nodes are copied without the blanks between tokens");
	OK(valid(), "is valid JSON");
	json_release(&d);
}

static void
paths(void)
{
	start();
	jsonw_object(&w);
	jsonw_mpath(&w, "path", "src/\xc3\xa9.c", 8);
	jsonw_mpath(&w, "from", "a\xff.c", 4);
	jsonw_end(&w);
	IS(out.p, "{\"path\":\"src/\xc3\xa9.c\",\"from\":\"a\xef\xbf\xbd.c\","
		"\"from_base64\":\"Yf8uYw==\"}",
		"a name that is not UTF-8 is also given exactly");
	OK(valid(), "is valid JSON");
}

int
main(void)
{
	shapes();
	misuse();
	quoting();
	numbers();
	copying();
	paths();
	buf_release(&out);
	return t_done();
}
