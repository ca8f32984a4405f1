/* SPDX-License-Identifier: MIT */
#include "url.h"

#include "buf.h"
#include "t.h"

static void
good(const char *url, uint16_t port, bool loopback)
{
	uint16_t p = 0;
	bool l = !loopback;

	OK(!url_port(url, &p, &l) && p == port && l == loopback, url);
}

static void
bad(const char *url)
{
	uint16_t p;
	bool l;

	OK(url_port(url, &p, &l) < 0, url);
}

static void
chat(const char *base, const char *want)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	OK(!url_chat(&b, base), base);
	IS(b.p, want, "where chat completions are");
}

int
main(void)
{
	chat("https://api.deepseek.com", "https://api.deepseek.com/v1/chat/completions");
	chat("https://api.deepseek.com//", "https://api.deepseek.com/v1/chat/completions");
	chat("http://localhost:1/v1/", "http://localhost:1/v1/chat/completions");
	chat("https://h/x/v2", "https://h/x/v2/chat/completions");
	chat("https://h/v1/chat/completions", "https://h/v1/chat/completions");
	good("https://api.anthropic.com", 443, false);
	good("http://127.0.0.1:8080/v1", 8080, true);
	good("HTTP://LocalHost/", 80, true);
	good("http://[::1]:99", 99, true);
	/* a name that only begins like an address of this machine */
	good("http://127.0.0.1.example.org/", 80, false);
	good("https://[2001:db8::1]/x", 443, false);
	good("https://example.org:8443?x=1:2", 8443, false);
	bad("ftp://example.org");
	bad("https://");
	bad("http://:80");
	bad("http://host:0");
	bad("http://host:70000");
	bad("http://host:");
	bad("http://user:pw@host/");
	bad("");
	return t_done();
}
