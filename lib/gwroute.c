/* SPDX-License-Identifier: MIT */
#include "gwroute.h"

#include <stdio.h>
#include <string.h>
#include "base64.h"
#include "buf.h"
#include "gwconf.h"

#define QUERY_MAX 100

static const struct {
	const char *path, *method;
	enum gwroute_kind kind;
	bool body;
} routes[] = {
	{ "/v1/messages", "POST", GWROUTE_MESSAGES, true },
	{ "/v1/messages/count_tokens", "POST", GWROUTE_COUNT, true },
	{ "/v1/models", "GET", GWROUTE_MODELS, false },
	{ "/", "HEAD", GWROUTE_ALIVE, false },
};

static int
no(int status, const char *text, const char **why)
{
	*why = text;
	return status;
}

/* A page elsewhere can make a browser call us by another name (DNS rebinding), but not by ours. */
static bool
host_is_ours(const struct httphead *h, uint16_t port)
{
	static const char *const names[] = { "127.0.0.1", "localhost" };
	const struct httphead_span *host = httphead_find(h, "host", NULL);
	char want[32];

	if (!port)
		return true;
	for (size_t i = 0; host && i < sizeof names / sizeof *names; i++) {
		(void)snprintf(want, sizeof want, "%s:%u", names[i], port);	/* fits */
		if (httphead_like(*host, want))
			return true;
	}
	return false;
}

static bool
token_in(const struct gwconf *c, const struct httphead_span *v, const char *scheme)
{
	size_t n = strlen(scheme);
	struct httphead_span s;

	if (!v || v->len < n || (n && v->p[n - 1] != ' '))
		return false;
	s = (struct httphead_span){ v->p, n };
	return httphead_like(s, scheme) && gwconf_token_is(c, v->p + n, v->len - n);
}

/* Every place where a client puts it; one that is right is enough, a wrong one beside it is not. */
static bool
authorised(const struct httphead *h, const struct gwconf *c)
{
	int keys, bearers;
	const struct httphead_span *key = httphead_find(h, "x-api-key", &keys);
	const struct httphead_span *bearer = httphead_find(h, "authorization", &bearers);

	if (keys > 1 || bearers > 1 || keys + bearers == 0)
		return false;
	return (!key || token_in(c, key, "")) && (!bearer || token_in(c, bearer, "bearer "));
}

/* "/attempt-N" in front, and "?query" behind. */
static struct httphead_span
strip(struct gwroute *r, struct httphead_span path)
{
	const char *q = memchr(path.p, '?', path.len), *slash;

	if (q) {
		r->query = (struct httphead_span){ q + 1, (size_t)(path.p + path.len - q - 1) };
		path.len = (size_t)(q - path.p);
	}
	if (path.len > 9 && !memcmp(path.p, "/attempt-", 9) &&
	    (slash = memchr(path.p + 1, '/', path.len - 1)) && slash > path.p + 9 &&
	    slash <= path.p + 13 && strspn(path.p + 9, "0123456789") == (size_t)(slash - path.p - 9)) {
		for (const char *d = path.p + 9; d < slash; d++)
			r->attempt = r->attempt * 10 + (*d - '0');
		path.len -= (size_t)(slash - path.p);
		path.p = slash;
	}
	return path;
}

static bool
query_allowed(struct httphead_span q)
{
	for (size_t i = 0; i < q.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=&.", q.p[i]))
			return false;
	return q.len <= QUERY_MAX;
}

static int
find_path(struct gwroute *r, const struct httphead *h, bool *body, const char **why)
{
	struct httphead_span path = strip(r, h->target);
	bool known = false;

	if (!query_allowed(r->query))
		return no(400, "no such query is understood", why);
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
		if (!httphead_is(path, routes[i].path))
			continue;
		known = true;
		if (!httphead_is(h->method, routes[i].method))
			continue;
		r->kind = routes[i].kind;
		*body = routes[i].body;
		return 0;
	}
	return known ? no(405, "this path has another method", why) : no(404, "no such path", why);
}

/* ---- CONNECT ---- */

/* Basic, as a URL with a user and a password makes clients say it; whoever the user is. */
static bool
proxy_authorised(const struct httphead *h, const struct gwconf *c)
{
	static const char basic[] = "basic ";
	CLEANUP(buf) struct buf coded = BUF_INIT, plain = BUF_INIT;
	int count;
	const struct httphead_span *v = httphead_find(h, "proxy-authorization", &count);
	const char *colon;
	bool good = false;

	if (count != 1 || v->len <= sizeof basic - 1 || v->len > 1024 ||
	    !httphead_like((struct httphead_span){ v->p, sizeof basic - 1 }, basic))
		return false;
	if (!buf_add(&coded, v->p + sizeof basic - 1, v->len - (sizeof basic - 1)) &&
	    !base64_decode(coded.p, &plain) && (colon = memchr(plain.p, ':', plain.len)))
		good = gwconf_token_is(c, colon + 1, plain.len - (size_t)(colon + 1 - plain.p));
	if (plain.p)
		explicit_bzero(plain.p, plain.len);
	return good;
}

/* The host of "host:443", as the list has it; NULL: it is not on it. */
static const char *
allowed(const struct gwconf *c, struct httphead_span target)
{
	for (int i = 0; i < c->nhosts; i++) {
		char want[272];

		(void)snprintf(want, sizeof want, "%s:%d", c->host[i], GWCONF_PORT);	/* fits */
		if (httphead_like(target, want))
			return c->host[i];
	}
	return NULL;
}

/* A tunnel has no path; its Host is what it asks for, with or without the port. */
static bool
host_is_target(const struct httphead *h)
{
	const struct httphead_span *host = httphead_find(h, "host", NULL);
	const char *colon = memrchr(h->target.p, ':', h->target.len);
	size_t name = colon ? (size_t)(colon - h->target.p) : 0;

	return host && (host->len == h->target.len || host->len == name) &&
		!strncasecmp(host->p, h->target.p, host->len);
}

static int
find_tunnel(struct gwroute *r, const struct httphead *h, const struct gwconf *c, const char **why)
{
	if (httphead_find(h, "origin", NULL))
		return no(403, "browsers are not served", why);
	if (!httphead_is(h->method, "CONNECT"))
		return no(405, "only CONNECT is served here", why);
	if (!proxy_authorised(h, c))	/* without the token not even which hosts there are */
		return no(407, "the job's token is wanted", why);
	if (!host_is_target(h))
		return no(400, "Host is not what is asked for", why);
	r->kind = GWROUTE_CONNECT;
	r->host = allowed(c, h->target);
	if (!r->host)
		return no(403, "this host and port are not on the list", why);
	if (h->content_length > 0 || h->chunked)
		return no(400, "no body is expected", why);
	return 0;
}

int
gwroute_find(struct gwroute *r, const struct httphead *h, const struct gwconf *c, uint16_t port,
	const char **why)
{
	bool body = false;
	int got;

	*r = (struct gwroute){ .kind = GWROUTE_ALIVE };
	if (c->mode == GWMODE_CONNECT)
		return find_tunnel(r, h, c, why);
	if (httphead_find(h, "origin", NULL))
		return no(403, "browsers are not served", why);
	if (h->target.p[0] != '/' || httphead_is(h->method, "CONNECT"))
		return no(400, "this is no proxy", why);
	if (!host_is_ours(h, port))
		return no(403, "Host is not this server", why);
	got = find_path(r, h, &body, why);
	if (!authorised(h, c))		/* without the token not even which paths there are */
		return no(401, "the job's token is wanted", why);
	if (got)
		return got;
	if (!body && (h->content_length > 0 || h->chunked))
		return no(400, "no body is expected", why);
	if (body && h->content_length < 0 && !h->chunked)
		return no(411, "the body's length is wanted", why);
	if (h->content_length > c->body_max)
		return no(413, "the request is too large", why);
	return 0;
}
