/* SPDX-License-Identifier: MIT */
#include "askmodel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "envfile.h"
#include "gwconf.h"
#include "httpcall.h"
#include "metrics.h"
#include "url.h"

enum { TRIES = 3, FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 20000 };

struct route {
	const char *name, *base, *key, *model;
};

/* An answer on its way: the lines of an event stream. */
struct stream {
	struct askmodel *m;
	struct buf line;
	size_t given;			/* bytes of the answer told so far */
	bool failed;
	struct buf why;
};

const char *
askmodel_model(void)
{
	return config_text("CLAUDE_MODEL", "ANTHROPIC_MODEL");
}

const char *
askmodel_url(void)
{
	return config_text("ONEAPI_BASE_URL", "ANTHROPIC_BASE_URL");
}

static void
take_event(struct stream *s)
{
	const char *p = s->line.p;
	size_t len = s->line.len;
	struct analyze_answer *x = &s->m->answer;

	while (len && (p[len - 1] == '\r' || p[len - 1] == ' '))
		len--;
	if (len < 5 || strncmp(p, "data:", 5) || s->failed)
		return;
	p += 5;
	len -= 5;
	while (len && *p == ' ')
		p++, len--;
	if (!len || (len == 6 && !memcmp(p, "[DONE]", 6)))
		return;
	if (analyze_take(x, p, len, &s->why) < 0)
		s->failed = true;
	s->m->told(x->text.p + s->given, x->text.len - s->given, s->m->arg);
	s->given = x->text.len;
}

static void
on_piece(const char *p, size_t n, void *arg)
{
	struct stream *s = arg;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n') {
			(void)buf_addch(&s->line, p[i]);	/* sticky: the event is then no JSON */
			continue;
		}
		take_event(s);
		buf_reset(&s->line);
	}
}

static void
record(const struct askmodel *m, const struct route *r, const struct httpcall *c, int retries)
{
	const char *file = config_text("WORKER_METRICS_FILE", NULL);
	struct metric x;

	if (!file)
		return;
	metric_init(&x);
	x.route = r->name;
	x.model = r->model;
	x.status = c->status;
	x.input_tokens = m->answer.input;
	x.cached_tokens = m->answer.cached;
	x.output_tokens = m->answer.output;
	x.reasoning_tokens = m->answer.reasoning;
	x.first_byte_ms = c->first_byte_ms;
	x.total_ms = c->total_ms;
	x.retries = retries;
	(void)metric_append(AT_FDCWD, file, &x);	/* the answer counts more than its record */
}

/* The words of a refusal, as the gateway says them. */
static void
say_status(const struct httpcall *c, struct buf *why)
{
	CLEANUP(buf) struct buf said = BUF_INIT;
	struct analyze_answer x;

	analyze_answer_init(&x);
	(void)buf_addf(why, "HTTP status %d", c->status);	/* sticky */
	if (analyze_take(&x, c->text.p, c->text.len, &said) < 0 &&
	    strcmp(said.p, "the answer is no JSON object"))
		(void)buf_addf(why, ": %s", said.p);
	analyze_answer_release(&x);
}

/* 0 answered; 1 another try may help; -1 none will. */
static int
try_once(struct askmodel *m, const struct route *r, struct httpcall *c, int retries, struct buf *why)
{
	struct stream s = { .m = m, .line = BUF_INIT, .why = BUF_INIT };
	int got, sent;

	c->timeout_ms = m->deadline_ms - clock_boot_ms();
	if (c->timeout_ms <= 0)
		return buf_addstr(why, "no time left"), -1;
	c->told = m->told ? on_piece : NULL;
	c->arg = &s;
	buf_reset(&m->answer.text);
	sent = httpcall(c, why);
	if (m->told && s.line.len)
		take_event(&s);		/* a last line without its end */
	if (sent < 0)
		got = m->answer.text.len ? -1 : 1;
	else if (c->status < 200 || c->status > 299)
		got = c->status == 429 || c->status >= 500 ? 1 : -1;
	else if (m->told)
		got = s.failed ? -1 : 0;
	else
		got = analyze_take(&m->answer, c->text.p, c->text.len, why) < 0 ? -1 : 0;
	if (!sent && got && (c->status < 200 || c->status > 299))
		say_status(c, why);
	if (s.failed)
		(void)buf_addstr(why, s.why.p);
	record(m, r, c, retries);
	buf_release(&s.line);
	buf_release(&s.why);
	return got;
}

/* 0, or -1 with why. */
static int
try_route(struct askmodel *m, const struct route *r, struct buf *why)
{
	CLEANUP(buf) struct buf url = BUF_INIT, body = BUF_INIT;
	const struct analyze_ask ask = { .base_url = r->base, .model = r->model, .question = m->question,
		.schema = m->schema, .max_tokens = m->max_tokens, .stream = m->told != NULL };
	struct httpcall c = { .key = r->key, .text = BUF_INIT };
	int got = 1;

	if (url_chat(&url, r->base) < 0 || analyze_body(m->files, &ask, &body) < 0)
		return buf_addstr(why, "cannot write the request"), -1;
	c.url = url.p;
	c.body = body.p;
	c.len = body.len;
	for (int i = 0; i < TRIES && got > 0; i++) {
		int64_t wait = c.retry_after_ms > 0 ? c.retry_after_ms : (int64_t)FIRST_WAIT_MS << i;

		if (i && (wait > LONGEST_WAIT_MS || clock_boot_ms() + wait >= m->deadline_ms))
			break;
		if (i)
			(void)poll(NULL, 0, (int)wait);	/* woken early: tried early */
		buf_reset(why);
		c.retry_after_ms = -1;
		got = try_once(m, r, &c, i, why);
	}
	buf_release(&c.text);
	return got ? -1 : 0;
}

int
askmodel(struct askmodel *m, const struct buf *secrets, struct buf *why)
{
	const char *first_key = envfile_secret(secrets, "ONEAPI_API_KEY");
	const char *other = config_text("FALLBACK_MODEL", NULL);
	const struct route routes[] = {
		{ "primary", askmodel_url(), first_key ? first_key :
			envfile_secret(secrets, "ANTHROPIC_API_KEY"),
			m->model ? m->model : askmodel_model() },
		{ "fallback", config_text("FALLBACK_BASE_URL", NULL),
			envfile_secret(secrets, "FALLBACK_API_KEY"), other ? other :
			m->model ? m->model : askmodel_model() },
	};
	CLEANUP(buf) struct buf all = BUF_INIT;

	analyze_answer_init(&m->answer);
	for (size_t i = 0; i < 2; i++) {
		const char *set = i ? "FALLBACK_BASE_URL" : "ONEAPI_BASE_URL";
		const struct route *r = &routes[i];
		CLEANUP(buf) struct buf said = BUF_INIT;
		struct gwupstream up = { .base = NULL };

		if ((m->route && strcmp(m->route, r->name)) || (i && !r->base && !m->route))
			continue;
		if (!r->base)
			(void)buf_addf(&said, "no URL: set %s", set);
		else if (gwconf_url(&up, r->base, &said))
			(void)buf_addf(&said, " (%s)", set);
		else if (!r->model)
			(void)buf_addstr(&said, "no model: set CLAUDE_MODEL");
		else if (!try_route(m, r, &said)) {
			free(up.base);
			m->used = r->name;
			m->used_model = strdup(r->model);
			return m->used_model ? 0 : -1;
		}
		free(up.base);
		(void)buf_addf(&all, "%s%s gateway: %s", all.len ? "; " : "", r->name, said.p);
		if (m->told && m->answer.text.len)
			break;		/* what was begun is not begun again */
	}
	(void)buf_add(why, all.p, all.len);
	errno = EIO;
	return -1;
}
