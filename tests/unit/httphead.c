/* SPDX-License-Identifier: MIT */
#include "httphead.h"

#include <stdlib.h>
#include "t.h"

#define G "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"

static const struct {
	const char *text;
	size_t len;			/* 0: strlen */
	int want;
	const char *what;
} cases[] = {
	{ G "Content-Length: 3\r\n\r\nabc", 0, 0, "a plain request" },
	{ G "Content-Length:3 \t\r\n\r\n", 0, 0, "blanks around a value" },
	{ G "Transfer-Encoding: Chunked\r\n\r\n", 0, 0, "chunked" },
	{ "GET / HTTP/1.0\r\n\r\n", 0, 0, "HTTP/1.0 needs no Host" },
	{ G "X-Empty:\r\n\r\n", 0, 0, "an empty value" },
	{ G "Expect: 100-continue\r\n\r\n", 0, 0, "100-continue" },
	{ "", 0, 1, "nothing yet" },
	{ "POST /v1", 0, 1, "half a line" },
	{ G, 0, 1, "no end yet" },
	{ G "\r", 0, 1, "nearly the end" },
	{ "GET / HTTP/1.1\r\n\r\n", 0, 400, "no Host" },
	{ G "Host: localhost:1\r\n\r\n", 0, 400, "two Hosts" },
	{ G "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 0, 400, "two lengths, the same" },
	{ G "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 0, 400, "two lengths" },
	{ G "Content-Length: 3, 3\r\n\r\n", 0, 400, "a list of lengths" },
	{ G "Content-Length: +3\r\n\r\n", 0, 400, "a length with a sign" },
	{ G "Content-Length: -1\r\n\r\n", 0, 400, "a length below nothing" },
	{ G "Content-Length: 0x10\r\n\r\n", 0, 400, "a length in hex" },
	{ G "Content-Length: 1 2\r\n\r\n", 0, 400, "a length in two pieces" },
	{ G "Content-Length:\r\n\r\n", 0, 400, "an empty length" },
	{ G "Content-Length: 99999999999999999999\r\n\r\n", 0, 400, "a length beyond all numbers" },
	{ G "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "length and coding" },
	{ G "Transfer-Encoding: identity\r\n\r\n", 0, 400, "identity" },
	{ G "Transfer-Encoding: gzip, chunked\r\n\r\n", 0, 501, "another coding" },
	{ G "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "chunked twice" },
	{ G "Transfer-Encoding: chunked, chunked\r\n\r\n", 0, 400, "chunked in chunked" },
	{ G "Transfer-Encoding: xchunked\r\n\r\n", 0, 400, "nearly chunked" },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400, "chunked in HTTP/1.0" },
	{ G "Transfer-Encoding : chunked\r\n\r\n", 0, 400, "space before the colon" },
	{ G " folded\r\n\r\n", 0, 400, "a folded line" },
	{ G "\tfolded\r\n\r\n", 0, 400, "a line folded by a tab" },
	{ G "no colon\r\n\r\n", 0, 400, "no colon" },
	{ G ": nameless\r\n\r\n", 0, 400, "no name" },
	{ G "X: a\rb\r\n\r\n", 0, 400, "a bare CR" },
	{ G "X: a\n\r\n", 0, 400, "a bare LF" },
	{ "GET / HTTP/1.1\nHost: a\n\n", 0, 400, "only LF" },
	{ "GET / HTTP/1.1\r\nX: \0\r\n", 21, 400, "a NUL" },
	{ "GET /\0 HTTP/1.1\r\n", 17, 400, "a NUL in the target" },
	{ "G\0", 2, 400, "a NUL in an unfinished line" },
	{ G "X: a\x01" "b\r\n\r\n", 0, 400, "a control byte" },
	{ G "X: a\x7f\r\n\r\n", 0, 400, "DEL" },
	{ G "X: \xc3\xa4\r\n\r\n", 0, 400, "no ASCII" },
	{ G "X\xc3: a\r\n\r\n", 0, 400, "no ASCII in a name" },
	{ "\r\n" G "\r\n", 0, 400, "an empty line before" },
	{ "get / HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "a small method" },
	{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "two spaces" },
	{ "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 0, 400, "a tab" },
	{ "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 0, 400, "a space at the end" },
	{ "GET /\r\n\r\n", 0, 400, "HTTP/0.9" },
	{ "GET / HTTP/2.0\r\n\r\n", 0, 505, "HTTP/2.0" },
	{ "GET / HTTP/1.2\r\n\r\n", 0, 505, "HTTP/1.2" },
	{ "GET / http/1.1\r\n\r\n", 0, 400, "a small protocol" },
	{ "GET / HTTP/1.11\r\n\r\n", 0, 400, "a longer version" },
	{ "\x16\x03\x01\x02\r\n", 0, 400, "TLS" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505, "HTTP/2's preface" },
	{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0, 400, "a method without end" },
	{ G "Expect: 200-ok\r\n\r\n", 0, 417, "another expectation" },
};

static void
sizes(void)
{
	static struct httphead h;
	char *big = malloc(70000);

	memset(big, 'a', 70000);
	memcpy(big, "GET /", 5);
	EQ(httphead_parse(&h, big, 5000), 414, "a target without end");
	memcpy(big + 6000, " HTTP/1.1\r\n", 11);
	EQ(httphead_parse(&h, big, 6011), 414, "a long target");
	memset(big, 'a', 70000);
	memcpy(big, "GET / HTTP/1.1\r\nX: ", 19);
	EQ(httphead_parse(&h, big, HTTPHEAD_MAX), 431, "a field without end");
	EQ(httphead_parse(&h, big, HTTPHEAD_MAX - 1), 1, "not too long yet");
	memcpy(big + HTTPHEAD_MAX, "\r\n", 2);
	EQ(httphead_parse(&h, big, HTTPHEAD_MAX + 2), 431, "a field that ends too late");
	strcpy(big, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < HTTPHEAD_FIELDS + 1; i++)
		strcat(big, "X: y\r\n");
	EQ(httphead_parse(&h, big, strlen(big)), 431, "too many fields");
	free(big);
}

static void
contents(void)
{
	static struct httphead h;
	static const char text[] = G "X-Api-Key: k\r\nx-api-key:\tj \r\nContent-Length: 12\r\n\r\nrest";
	const struct httphead_span *v;
	int n;

	EQ(httphead_parse(&h, text, sizeof text - 1), 0, "parsed");
	EQ(h.len, sizeof text - 5, "the head's length");
	EQ(h.content_length, 12, "length");
	OK(httphead_is(h.method, "POST") && httphead_is(h.target, "/v1/messages"), "method and target");
	v = httphead_find(&h, "x-api-key", &n);
	OK(v && httphead_is(*v, "k") && n == 2, "a field by name, in any case, and how often");
	OK(!httphead_find(&h, "x-api", NULL), "not a part of a name");
	/* However it is cut, it is never refused and never complete too early. */
	for (size_t i = 0; i < h.len; i++)
		if (httphead_parse(&h, text, i) != HTTPHEAD_MORE) {
			OK(0, "a part is only a part");
			break;
		} else {
			(void)httphead_parse(&h, text, sizeof text - 1);
		}
}

int
main(void)
{
	static struct httphead h;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		EQ(httphead_parse(&h, cases[i].text, cases[i].len ? cases[i].len :
		    strlen(cases[i].text)), cases[i].want, cases[i].what);
	sizes();
	contents();
	return t_done();
}
