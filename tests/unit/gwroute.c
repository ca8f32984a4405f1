/* SPDX-License-Identifier: MIT */
/* What may pass the door. */
#include "gwroute.h"

#include <stdlib.h>
#include "gwconf.h"
#include "t.h"

#define T "0123456789abcdef0123456789abcdef"
#define KEY "x-api-key: " T "\r\n"
#define HOST "Host: 127.0.0.1:4000\r\n"
#define POST "POST /v1/messages HTTP/1.1\r\n" HOST
#define END "\r\n"

static char token[] = T;
static const struct gwconf conf = { .token = token, .body_max = 1000 };
static struct gwroute route;

static void
is(int want, const char *text, const char *what)
{
	struct httphead h;
	const char *why = NULL;
	int got = httphead_parse(&h, text, strlen(text));

	EQ(got, HTTPHEAD_OK, "a head");
	if (!got)
		got = gwroute_find(&route, &h, &conf, 4000, &why);
	EQ(got, want, what);
	OK(!got == !why, "with a reason if refused");
}

static void
paths(void)
{
	is(0, POST KEY "Content-Length: 5\r\n" END, "messages");
	EQ(route.kind, GWROUTE_MESSAGES, "that kind");
	EQ(route.attempt, 0, "no attempt");
	is(0, "POST /attempt-12/v1/messages/count_tokens?beta=true HTTP/1.1\r\n" HOST KEY
	    "Transfer-Encoding: chunked\r\n" END, "count");
	EQ(route.kind, GWROUTE_COUNT, "that kind");
	EQ(route.attempt, 12, "the attempt");
	OK(httphead_is(route.query, "beta=true"), "the query");
	is(0, "GET /v1/models HTTP/1.1\r\n" HOST KEY END, "models");
	is(0, "HEAD / HTTP/1.1\r\n" HOST KEY END, "alive");
	is(404, "GET /v1/models/ HTTP/1.1\r\n" HOST KEY END, "no other path");
	is(404, "GET /attempt-1 HTTP/1.1\r\n" HOST KEY END, "an attempt alone");
	is(404, "GET /attempt-/v1/models HTTP/1.1\r\n" HOST KEY END, "an attempt without a number");
	is(404, "GET /attempt-12345/v1/models HTTP/1.1\r\n" HOST KEY END, "a number that is too long");
	is(404, "GET /attempt-1a/v1/models HTTP/1.1\r\n" HOST KEY END, "no number");
	is(404, "GET /v1/../v1/models HTTP/1.1\r\n" HOST KEY END, "nothing is resolved");
	is(405, "GET /v1/messages HTTP/1.1\r\n" HOST KEY END, "another method");
	is(400, "GET /v1/models?a=%41 HTTP/1.1\r\n" HOST KEY END, "an odd query");
	is(400, "GET http://127.0.0.1:4000/v1/models HTTP/1.1\r\n" HOST KEY END, "no proxy");
	is(400, "CONNECT a:443 HTTP/1.1\r\n" HOST KEY END, "nor such a one");
	is(400, "OPTIONS * HTTP/1.1\r\n" HOST KEY END, "nor the star");
}

static void
who(void)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "127.0.0.1:4001", "example.org:4000",
		"127.0.0.1:4000.example.org", "[::1]:4000" };
	char text[256];

	is(403, POST KEY "Origin: null\r\nContent-Length: 5\r\n" END, "a browser");
	is(403, "HEAD / HTTP/1.0\r\n" KEY END, "no Host");
	is(0, "HEAD / HTTP/1.1\r\nHost: LocalHost:4000\r\n" KEY END, "our other name");
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		(void)snprintf(text, sizeof text, "HEAD / HTTP/1.1\r\nHost: %s\r\n" KEY END, hosts[i]);
		is(403, text, hosts[i]);
	}
	is(0, "HEAD / HTTP/1.1\r\n" HOST "Authorization: Bearer " T "\r\n" END, "as a bearer");
	is(0, "HEAD / HTTP/1.1\r\n" HOST KEY "authorization: BEARER " T "\r\n" END, "both");
	is(401, "HEAD / HTTP/1.1\r\n" HOST END, "none");
	is(401, "HEAD / HTTP/1.1\r\n" HOST KEY KEY END, "twice");
	is(401, "HEAD / HTTP/1.1\r\n" HOST KEY "Authorization: Bearer x\r\n" END, "a wrong one beside it");
	is(401, "HEAD / HTTP/1.1\r\n" HOST "Authorization: " T "\r\n" END, "no scheme");
	is(401, "HEAD / HTTP/1.1\r\n" HOST "Authorization: Basic " T "\r\n" END, "another scheme");
	is(401, "HEAD / HTTP/1.1\r\n" HOST "x-api-key: " T "0\r\n" END, "longer");
	is(401, "HEAD / HTTP/1.1\r\n" HOST "x-api-key: 0123456789abcdef\r\n" END, "a part of it");
	is(401, "HEAD / HTTP/1.1\r\n" HOST "x-api-key:\r\n" END, "empty");
	is(401, "GET /nowhere HTTP/1.1\r\n" HOST END, "without it not even which paths there are");
}

static void
bodies(void)
{
	is(411, POST KEY END, "its length is wanted");
	is(413, POST KEY "Content-Length: 1001\r\n" END, "too large");
	is(0, POST KEY "Content-Length: 1000\r\n" END, "just not");
	is(400, "GET /v1/models HTTP/1.1\r\n" HOST KEY "Content-Length: 1\r\n" END, "none is expected");
}

/* lib/connectabuse.py has the rest, before a real gateway. */
static void
tunnels(void)
{
	static char one[] = "good.example", two[] = "a.b";
	static const struct gwconf c = { .mode = GWMODE_CONNECT, .token = token, .host = { one, two },
		.nhosts = 2 };
	/* user:0123456789abcdef0123456789abcdef */
	static const char key[] = "Proxy-Authorization: Basic "
		"dXNlcjowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";
	static const struct {
		const char *line;
		int want;
	} rows[] = {
		{ "CONNECT good.example:443 HTTP/1.1\r\nHost: good.example:443\r\n", 0 },
		{ "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b\r\n", 0 },
		{ "CONNECT A.B:443 HTTP/1.1\r\nHost: a.B:443\r\n", 0 },
		{ "CONNECT a.b:44 HTTP/1.1\r\nHost: a.b:44\r\n", 403 },
		{ "CONNECT a.bc:443 HTTP/1.1\r\nHost: a.bc:443\r\n", 403 },
		{ "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:44\r\n", 400 },
		{ "CONNECT a.b:443 HTTP/1.1\r\nHost:\r\n", 400 },
		{ "GET a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n", 405 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[512];
		struct httphead h;
		const char *why = NULL;

		(void)snprintf(text, sizeof text, "%s%s", rows[i].line, key);
		EQ(httphead_parse(&h, text, strlen(text)), HTTPHEAD_OK, "a head");
		EQ(gwroute_find(&route, &h, &c, 4000, &why), rows[i].want, rows[i].line);
		OK(!rows[i].want == !why, "with a reason if refused");
	}
}

int
main(void)
{
	tunnels();
	paths();
	who();
	bodies();
	return t_done();
}
