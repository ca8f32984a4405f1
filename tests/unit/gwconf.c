/* SPDX-License-Identifier: MIT */
/* What a gateway is told: URLs and keys. */
#include "gwconf.h"

#include <stdlib.h>
#include "buf.h"
#include "t.h"

#define T "0123456789abcdef0123456789abcdef"

static void
urls(void)
{
	static const struct { const char *url, *base; bool loopback; } rows[] = {
		{ "https://api.example.org/v1/", "https://api.example.org/v1", false },
		{ "https://api.example.org///", "https://api.example.org", false },
		{ "http://127.0.0.1:80/", "http://127.0.0.1:80", true },
		{ "http://127.9.9.9", "http://127.9.9.9", true },
		{ "http://localhost:1", "http://localhost:1", true },
		{ "http://[::1]:1/a", "http://[::1]:1/a", true },
		{ "https://localhost", "https://localhost", true },
		{ "http://example.org", NULL, false },
		{ "http://127.0.0.1.example.org", NULL, false },
		{ "http://127.example.org", NULL, false },
		{ "http://localhost.example.org", NULL, false },
		{ "http://localhost@example.org", NULL, false },
		{ "https://u:p@a", NULL, false }, { "https://a/?q", NULL, false }, { "https://a#f", NULL, false },
		{ "https://a b", NULL, false }, { "https://a\r\nb", NULL, false }, { "https://\xc3\xa4", NULL, false },
		{ "https://", NULL, false }, { "https:///v1", NULL, false }, { "ftp://a", NULL, false },
		{ "HTTPS://a", NULL, false }, { "", NULL, false }, { "127.0.0.1", NULL, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct gwupstream u = { .base = NULL };
		struct buf why = BUF_INIT;
		int got = gwconf_url(&u, rows[i].url, &why);

		EQ(got, rows[i].base ? 0 : -1, strpbrk(rows[i].url, "\r\n") ? "a line" : rows[i].url);
		if (rows[i].base) {
			IS(u.base, rows[i].base, "its base");
			EQ(u.loopback, rows[i].loopback, "this machine");
		}
		OK(!got == !why.len, "a sentence if refused");
		free(u.base);
		buf_release(&why);
	}
}

/* want: the key and how it is sent; "-": none; NULL: refused */
static void
keys(enum gwmode mode, const char *lines, const char *want, enum gwauth auth, const char *what)
{
	struct gwconf c = { .mode = mode };
	struct buf why = BUF_INIT;
	char *text = strdup(lines);
	size_t n = strlen(lines), left = 0;
	int got = text ? gwconf_keys(&c, text, n, &why) : -2;

	EQ(got, want ? 0 : -1, what);
	if (want && !got) {
		IS(c.up[0].key ? c.up[0].key : "-", want, "this key");
		EQ(c.up[0].auth, auth, "sent so");
	}
	for (size_t i = 0; text && i < n; i++)
		left += text[i] != 0;
	EQ(left, 0, "the text is wiped");
	OK(!strstr(why.len ? why.p : "", "sk-"), "no key is told");
	gwconf_release(&c);
	OK(!c.token && !c.up[0].key, "nothing is kept");
	free(text);
	buf_release(&why);
}

#define TOKEN GWCONF_TOKEN "=" T "\n"

static void
all_keys(void)
{
	keys(GWMODE_OPENAI, TOKEN "ANTHROPIC_API_KEY=sk-a\nONEAPI_API_KEY=sk-o\n", "sk-o", GWAUTH_BEARER, "the better one");
	keys(GWMODE_OPENAI, TOKEN "ANTHROPIC_API_KEY=sk-a", "sk-a", GWAUTH_BEARER, "the only one");
	keys(GWMODE_ANTHROPIC, TOKEN "ANTHROPIC_API_KEY=sk-a\n", "sk-a", GWAUTH_APIKEY, "x-api-key");
	keys(GWMODE_ANTHROPIC, TOKEN "CLAUDE_CODE_OAUTH_TOKEN=sk-t\n", "sk-t", GWAUTH_OAUTH, "a login");
	keys(GWMODE_ANTHROPIC, TOKEN "ONEAPI_API_KEY=sk-o\n", "-", GWAUTH_NONE, "of another kind");
	keys(GWMODE_OPENAI, TOKEN, "-", GWAUTH_NONE, "none");
	keys(GWMODE_OPENAI, TOKEN "ONEAPI_API_KEY=\n", "-", GWAUTH_NONE, "empty");
	keys(GWMODE_OPENAI, "ONEAPI_API_KEY=sk-o\n", NULL, GWAUTH_NONE, "no token");
	keys(GWMODE_OPENAI, GWCONF_TOKEN "=short\n", NULL, GWAUTH_NONE, "a short one");
	keys(GWMODE_OPENAI, TOKEN "ONEAPI_API_KEY=sk-a\rb\n", NULL, GWAUTH_NONE, "what would end a header");
	keys(GWMODE_OPENAI, "", NULL, GWAUTH_NONE, "nothing");
}

static void
hosts(void)
{
	static const char *const bad[] = { "", ".", "a", "a.", ".a", "a..b", "A.b", "a.b:443", "10.0.0.1", "[::1]", "a b.c",
		"*.a.b", "a.b/", "a@b.c" };
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gwconf c = { .nhosts = 0 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		OK(gwconf_allow(&c, bad[i], &why) < 0, bad[i]);
	for (int i = 0; i < GWCONF_HOSTS; i++)
		OK(!gwconf_allow(&c, "a-1.example0", &why), "a name");
	OK(gwconf_allow(&c, "a.b", &why) < 0, "one too many");
	gwconf_release(&c);
}

static void
secrets(void)
{
	char token[] = T, key[] = "sk-secret-99", other[] = "short", text[] = "a sk-secret-99sk-secret-99 short sk-secret-9";
	struct gwconf c = { .token = token, .up = { { .key = key }, { .key = other } } };
	enum gwmode mode;

	OK(gwconf_token_is(&c, T, 32), "the token");
	OK(!gwconf_token_is(&c, T, 31) && !gwconf_token_is(&c, T "0", 33) && !gwconf_token_is(&c, "", 0), "no other length");
	OK(!gwconf_token_is(&c, T T, 64), "not twice");
	token[31]++;
	OK(!gwconf_token_is(&c, T, 32), "nor another");
	gwconf_scrub(&c, text, strlen(text));
	IS(text, "a ************************ short sk-secret-9", "keys are overwritten, what is no key stays");
	gwconf_scrub(&c, text, 0);
	OK(!gwconf_mode("openai", &mode) && mode == GWMODE_OPENAI && gwconf_mode("proxy", &mode) < 0, "modes");
}

int
main(void)
{
	urls();
	all_keys();
	hosts();
	secrets();
	return t_done();
}
