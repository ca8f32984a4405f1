/* SPDX-License-Identifier: MIT */
/* The small parts below the gateway's translation: sse, jsonpick, strings in pieces. */
#include <errno.h>
#include <stdlib.h>
#include "buf.h"
#include "jsonpick.h"
#include "jsonw.h"
#include "sse.h"
#include "t.h"

/* All events as "type=data;", cut into pieces of n bytes. */
static const char *
events(const char *in, size_t len, size_t piece, size_t max)
{
	static struct buf out = BUF_INIT;
	struct sse_event ev;
	struct sse s;
	int r = 0;

	buf_reset(&out);
	sse_init(&s, max);
	while (len > 0 && r >= 0) {
		size_t n = piece < len ? piece : len, left = n;
		char *own = malloc(n);
		const char *p = own;

		memcpy(own, in, n);
		while ((r = sse_next(&s, &p, &left, &ev)) == 1)
			(void)buf_addf(&out, "%s=%.*s;", ev.type, (int)ev.len, ev.data);
		free(own);
		in += n;
		len -= n;
	}
	while (r >= 0 && (r = sse_last(&s, &ev)) == 1)
		(void)buf_addf(&out, "%s=%.*s;", ev.type, (int)ev.len, ev.data);
	if (r < 0)
		(void)buf_addstr(&out, errno == EMSGSIZE ? "too long" : "?");
	sse_release(&s);
	return out.p;
}

static void
sse(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "data: a\n\ndata: b\n\n", "=a;=b;" },
		{ "data:a\r\n\r\ndata: b\r\n\r\n", "=a;=b;" },
		{ "data: a\r\rdata:b\r\r", "=a;=b;" },
		{ "event: x\ndata: a\ndata: b\n\ndata: c\n\n", "x=a\nb;=c;" },
		{ ":c\n\n: d\ndata: a\n:e\n\n", "=a;" },
		{ "data: a", "=a;" }, { "data: a\n", "=a;" }, { "event: x\n\ndata: a\n\n", "=a;" },
		{ "\xef\xbb\xbf" "data: a\n\n", "=a;" }, { "data\n\n", "=;" }, { "data:  a\n\n", "= a;" },
		{ "id: 1\nretry: 5\nfoo: x\ndatax: y\n\n", "" }, { "", "" }, { "\n\n\n", "" },
		{ "data: a\n\r\n", "=a;" }, { "data: a\ndata\ndata: b\n\n", "=a\n\nb;" },
		{ "event: 0123456789012345678901234567890123456789X\ndata: a\n\n", "012345678901234567890123456789012345678=a;" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t piece = 1; piece < 9; piece += piece == 7 ? 93 : 1)
			IS(events(cases[i].in, strlen(cases[i].in), piece, 100), cases[i].want, "the events, whatever the pieces");
	for (size_t piece = 1; piece < 30; piece += 7) {
		IS(events("data: 1234567890\n\n", 18, piece, 16), "=1234567890;", "16 bytes of a line");
		IS(events("data: 12345678901\n\n", 19, piece, 10), "too long", "a line that is too long");
		IS(events("data: 12345\ndata: 123456789\n\n", 29, piece, 14), "too long", "an event that is too long");
	}
}

static void
pick(void)
{
	static const char text[] = " {\"a\" : [1, \"x,]\\\"\", {\"b\":{}}] , \"n\":-12.0, \"e\":\"\", \"\\u006d\":true} ";
	struct jsonpick v = jsonpick_whole(text, sizeof text - 1), it, x;
	int64_t n;
	int count = 0;

	EQ(jsonpick_kind(v), '{', "an object");
	EQ(v.len, sizeof text - 3, "without blanks around it");
	for (it = jsonpick_in(jsonpick_get(v, "a")); jsonpick_element(&it, &x);)
		count++;
	EQ(count, 3, "elements");
	EQ(jsonpick_kind(jsonpick_first(jsonpick_get(v, "a"))), '1', "the first");
	OK(jsonpick_int(jsonpick_get(v, "n"), &n) && n == -12, "a number");
	OK(!jsonpick_int(jsonpick_get(v, "e"), &n), "a string is none");
	OK(!jsonpick_int((struct jsonpick){ "1.5", 3 }, &n) && !jsonpick_int((struct jsonpick){ "1e3", 3 }, &n), "nor are these");
	EQ(jsonpick_kind(jsonpick_get(v, "m")), 't', "an escaped name");
	OK(jsonpick_text(jsonpick_get(v, "e")).p && !jsonpick_text(jsonpick_get(v, "e")).len, "an empty string");
	OK(!jsonpick_get(jsonpick_get(v, "none"), "x").p && !jsonpick_first(v).p, "absent");
	it = jsonpick_in(jsonpick_whole("{}", 2));
	OK(!jsonpick_member(&it, &x, &x), "no members");
	OK(!jsonpick_whole("  ", 2).p, "no value");
}

static void
strings(void)
{
	struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_array(&w);
	jsonw_string(&w);
	jsonw_more(&w, "a\"\n", 3);
	jsonw_more_raw(&w, "\\u00e9", 6);
	jsonw_string_end(&w);
	jsonw_string(&w);
	jsonw_string_end(&w);
	jsonw_int(&w, 1);
	jsonw_end(&w);
	IS(out.p, "[\"a\\\"\\n\\u00e9\",\"\",1]", "strings in pieces");
	buf_release(&out);
}

int
main(void)
{
	sse();
	pick();
	strings();
	return t_done();
}
