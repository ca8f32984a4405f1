/* SPDX-License-Identifier: MIT */
#include "gwask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "gwexchange.h"
#include "url.h"

#define AGENT "jobdir/" JOBDIR_VERSION

const char *
gwask_model(struct gwcall *c)
{
	static const char *const aliases[] = { "sonnet", "opus", "haiku", "default" };
	char *asked = json_get_cstr(&c->req, 0, "model");
	bool ours = c->up == &c->s->conf->up[1] || !asked || !strncmp(asked, "claude-", 7);

	for (size_t i = 0; !ours && i < sizeof aliases / sizeof *aliases; i++)
		ours = !strcmp(asked, aliases[i]);
	if (c->s->conf->mode == GWMODE_ANTHROPIC && c->up == &c->s->conf->up[0])
		ours = false;
	free(c->model);
	c->model = ours && c->up->model ? strdup(c->up->model) : asked;
	if (c->model != asked)
		free(asked);
	return ours ? c->up->model : NULL;
}

static bool
url_of(const struct gwcall *c, const char *path, struct buf *url)
{
	static const char v1[] = "/v1";
	const char *base = c->up->base;
	size_t n = strlen(base);

	if (c->s->conf->mode == GWMODE_OPENAI)
		return url_chat(url, base) == 0;
	(void)buf_addstr(url, base);
	if (n > 3 && !strcmp(base + n - 3, v1))
		buf_setlen(url, url->len - 3);
	(void)buf_addstr(url, path);
	if (c->x->query[0])
		(void)buf_addf(url, "?%s", c->x->query);
	return buf_ok(url);
}

static void
put_key(const struct gwcall *c, struct buf *b)
{
	switch (c->up->auth) {
	case GWAUTH_NONE:
		break;
	case GWAUTH_APIKEY:
		(void)buf_addf(b, "x-api-key: %s", c->up->key);		/* sticky */
		break;
	case GWAUTH_BEARER:
	case GWAUTH_OAUTH:
		(void)buf_addf(b, "Authorization: Bearer %s", c->up->key);
	}
}

int
gwask_start(struct gwcall *c, const char *path, const char *const *more, const char *body, size_t len)
{
	CLEANUP(buf) struct buf url = BUF_INIT, key = BUF_INIT;
	const char *headers[12] = { "Content-Type: application/json", "Expect:" };
	struct gwup_ask a = { .headers = headers, .get = !body, .body = body, .len = len,
		.cafile = c->s->conf->cafile, .direct = c->up->loopback,
		.agent = c->s->conf->mode == GWMODE_ANTHROPIC && c->x->agent[0] ? c->x->agent : AGENT };
	size_t n = 2;
	int got;

	put_key(c, &key);
	if (!url_of(c, path, &url) || !buf_ok(&key)) {
		errno = ENOMEM;
		return -1;
	}
	if (key.len)
		headers[n++] = key.p;
	for (; more && *more && n < sizeof headers / sizeof *headers - 1; more++)
		headers[n++] = *more;
	a.url = url.p;
	got = gwup_start(c->s->up, &c->try, &a);
	explicit_bzero(key.p, key.len);
	return got;
}

int
gwask_keep(struct gwcall *c, const char *p, size_t n)
{
	bool good = c->try.head.status / 100 == 2;
	size_t max = good ? GWCALL_REPLY : GWCALL_ERROR;

	if (c->reply.len + n > max) {
		if (good)
			return GWUP_STOP;
		n = max - c->reply.len;		/* the rest of an error says nothing more */
	}
	return buf_add(&c->reply, p, n) < 0 ? GWUP_STOP : GWUP_TAKEN;
}

void
gwask_say(struct gwcall *c)
{
	c->last = clock_boot_ms();
	gwx_flush(c->x);
}

bool
gwask_behind(struct gwcall *c)
{
	if (gwx_unsent(c->x) <= GWFRONT_HIGH)
		return false;
	c->x->held = true;
	return true;
}

void
gwask_error(struct gwcall *c)
{
	const struct gwhead *h = &c->try.head;

	chaterr_http(&c->err, h->status, c->reply.p, c->reply.len,
		h->retry_after[0] ? h->retry_after : NULL,
		h->retry_after_ms[0] ? h->retry_after_ms : NULL, clock_wall_ms() / 1000, &c->ctx);
	if (!h->should_retry)
		c->err.permanent = true;
}
