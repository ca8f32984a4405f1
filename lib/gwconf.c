/* SPDX-License-Identifier: MIT */
#include "gwconf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "url.h"

static const struct {
	const char *name;
	enum gwmode mode;
} modes[] = {
	{ "openai", GWMODE_OPENAI },
	{ "anthropic", GWMODE_ANTHROPIC },
	{ "connect", GWMODE_CONNECT },
};

int
gwconf_mode(const char *name, enum gwmode *out)
{
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(name, modes[i].name))
			continue;
		*out = modes[i].mode;
		return 0;
	}
	return -1;
}

static int
refuse(struct buf *why, const char *text)
{
	(void)buf_addstr(why, text);
	return -1;
}

int
gwconf_url(struct gwupstream *u, const char *url, struct buf *why)
{
	size_t len = strlen(url), host;
	bool plain = !strncmp(url, "http://", 7);
	const char *at = url + (plain ? 7 : 8);

	if (!plain && strncmp(url, "https://", 8))
		return refuse(why, "a base URL begins with https:// (or http:// on this machine)");
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p))
			return refuse(why, "a base URL has no blanks and no special characters");
	if (strpbrk(at, "?#@"))
		return refuse(why, "a base URL has no user, query or fragment; keys are handed over apart");
	host = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/");
	if (!host || len > 1024)
		return refuse(why, "a base URL names a host");
	u->loopback = url_is_loopback(at, host);
	if (plain && !u->loopback)
		return refuse(why, "http:// would send the key in the clear: https:// is wanted");
	while (len > 8 && url[len - 1] == '/')
		len--;
	free(u->base);
	u->base = strndup(url, len);
	if (u->base)
		return 0;
	(void)refuse(why, "no memory");
	errno = ENOMEM;			/* a refusal says nothing there */
	return -1;
}

int
gwconf_allow(struct gwconf *c, const char *host, struct buf *why)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
	size_t n = strlen(host);
	const char *dot = strrchr(host, '.');

	/* The last label of a name has a letter in it, that of an address has none. */
	if (!dot || dot == host || !dot[1] || n > 253 || host[strspn(host, chars)] ||
	    strstr(host, "..") || !dot[1 + strspn(dot + 1, "0123456789")])
		return refuse(why, "a host is allowed by its name, in lower case and without a port");
	if (c->nhosts == GWCONF_HOSTS)
		return refuse(why, "no more hosts can be allowed");
	c->host[c->nhosts] = strdup(host);
	return c->host[c->nhosts++] ? 0 : refuse(why, "no memory");
}

/* Which key serves what, the better one first. */
static const struct {
	const char *name;
	int upstream;			/* -1: it is the client's token */
	enum gwmode mode;
	enum gwauth auth;
} keys[] = {
	{ GWCONF_TOKEN, -1, GWMODE_OPENAI, GWAUTH_NONE },
	{ "ONEAPI_API_KEY", 0, GWMODE_OPENAI, GWAUTH_BEARER },
	{ "ANTHROPIC_API_KEY", 0, GWMODE_OPENAI, GWAUTH_BEARER },
	{ "ANTHROPIC_AUTH_TOKEN", 0, GWMODE_OPENAI, GWAUTH_BEARER },
	{ "FALLBACK_API_KEY", 1, GWMODE_OPENAI, GWAUTH_BEARER },
	{ "ANTHROPIC_API_KEY", 0, GWMODE_ANTHROPIC, GWAUTH_APIKEY },
	{ "ANTHROPIC_AUTH_TOKEN", 0, GWMODE_ANTHROPIC, GWAUTH_BEARER },
	{ "CLAUDE_CODE_OAUTH_TOKEN", 0, GWMODE_ANTHROPIC, GWAUTH_OAUTH },
	{ "FALLBACK_API_KEY", 1, GWMODE_ANTHROPIC, GWAUTH_APIKEY },
};

/* The value of NAME= in strings that end with NUL. */
static const char *
value_of(const char *text, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text; p < text + len; p += strlen(p) + 1)
		if (!strncmp(p, name, n) && p[n] == '=' && p[n + 1])
			return p + n + 1;
	return NULL;
}

/* A value goes into a header: nothing in it may end one. */
static bool
fits_header(const char *v)
{
	for (; *v; v++)
		if (*v <= ' ' || *v > '~')
			return false;
	return true;
}

int
gwconf_keys(struct gwconf *c, char *text, size_t len, struct buf *why)
{
	int got = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	for (size_t i = 0; i < sizeof keys / sizeof *keys && !got; i++) {
		struct gwupstream *u = keys[i].upstream < 0 ? NULL : &c->up[keys[i].upstream];
		const char *v = value_of(text, len, keys[i].name);

		if (!v || (u && (u->key || keys[i].mode != c->mode)))
			continue;
		if (!fits_header(v)) {
			(void)buf_addf(why, "the value of %s cannot stand in a header", keys[i].name);
			got = -1;
			break;
		}
		char *copy = strdup(v);

		if (!copy)
			got = refuse(why, "no memory");
		*(u ? &u->key : &c->token) = copy;
		if (u)
			u->auth = keys[i].auth;
	}
	explicit_bzero(text, len);
	if (!got && (!c->token || strlen(c->token) < GWCONF_TOKEN_MIN))
		got = refuse(why, GWCONF_TOKEN " of 32 characters or more is wanted in --key-fd");
	return got;
}

bool
gwconf_token_is(const struct gwconf *c, const char *p, size_t len)
{
	size_t n = strlen(c->token);
	unsigned char differ = len != n;

	/* As long as what was sent, whatever the token is: its length shows nowhere. */
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(p[i] ^ c->token[i % n]);
	return !differ;
}

void
gwconf_scrub(const struct gwconf *c, char *p, size_t len)
{
	for (int i = 0; i < 2; i++) {
		const char *key = c->up[i].key;
		size_t n = key ? strlen(key) : 0;
		char *hit = p;

		while (n >= 8 && (hit = memmem(hit, len - (size_t)(hit - p), key, n))) {
			memset(hit, '*', n);
			hit += n;
		}
	}
}

static void
wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
gwconf_release(struct gwconf *c)
{
	for (int i = 0; i < 2; i++) {
		wipe(c->up[i].key);
		free(c->up[i].base);
		free(c->up[i].model);
	}
	while (c->nhosts)
		free(c->host[--c->nhosts]);
	wipe(c->token);
	*c = (struct gwconf){ 0 };
}
