/* SPDX-License-Identifier: MIT */
/* chaterr: statuses, types and who should try again. */
#include "chaterr.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "buf.h"
#include "chatctx.h"
#include "chatwords.h"
#include "jsonw.h"
#include "num.h"

static const struct {
	int status;
	const char *type;
} types[] = {
	{ 400, "invalid_request_error" }, { 401, "authentication_error" }, { 402, "billing_error" },
	{ 403, "permission_error" }, { 404, "not_found_error" }, { 408, "timeout_error" },
	{ 413, "request_too_large" }, { 429, "rate_limit_error" }, { 503, "overloaded_error" },
	{ 504, "timeout_error" }, { 529, "overloaded_error" },
};

const char *
chaterr_type(int status)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].status == status)
			return types[i].type;
	return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
}

void
chaterr_set(struct chaterr *e, int status, const char *message)
{
	size_t len = strlen(message);

	*e = (struct chaterr){ .status = status, .type = chaterr_type(status), .retry_after_ms = -1 };
	if (len > CHATERR_TEXT)
		len = CHATERR_TEXT;
	while (len > 0 && ((unsigned char)message[len] & 0xc0) == 0x80)
		len--;			/* cut between characters */
	memcpy(e->message, message, len);
	e->permanent = (status >= 400 && status < 500 && status != 408 && status != 409 &&
		status != 425 && status != 429) || status == 501 || status == 505;
}

void
chaterr_lost(struct chaterr *e, const char *what)
{
	chaterr_set(e, 502, what);
}

bool
chaterr_retryable(const struct chaterr *e)
{
	return e->status && !e->permanent && !e->context;
}

/* What the client is told, for what the provider answered. */
static int
client_status(int status)
{
	if (status == 422)
		return 400;
	if ((status >= 400 && status < 512) || status == 529)
		return status;
	return 502;			/* redirects, and what only proxies know */
}

/* A status for an error that came with none. */
static int
guess_status(const struct chatwords *w)
{
	if (w->code >= 400 && w->code < 600)
		return (int)w->code;
	if (chatwords_say(w, CHATWORDS_QUOTA))
		return 402;
	if (chatwords_say(w, CHATWORDS_RATE))
		return 429;
	if (chatwords_say(w, CHATWORDS_BUSY))
		return 529;
	return 502;
}

static int64_t
parse_seconds(const char *s)
{
	char *end;
	double x = strtod(s, &end);

	return end != s && *end == '\0' && x >= 0 && x < 1e9 ? (int64_t)(x * 1000) : -1;
}

static int64_t
parse_date(const char *s, int64_t now)
{
	struct tm tm = { 0 };
	const char *end = strptime(s, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	int64_t at;

	if (!end || *end)
		return -1;
	at = (int64_t)timegm(&tm);
	return at > now ? (at - now) * 1000 : 0;
}

static int64_t
retry_after(const char *seconds, const char *ms, int64_t now, const struct chatwords *w)
{
	int64_t v = -1;

	if (ms && num_parse(ms, 0, 1000000000, &v) == 0)
		return v;
	if (seconds && *seconds)
		v = parse_seconds(seconds);
	if (seconds && v < 0)
		v = parse_date(seconds, now);
	return v >= 0 ? v : chatwords_delay(w);
}

static void
describe(struct chaterr *e, int answered, const struct chatwords *w)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (w->page)
		(void)buf_addf(&b, "the provider answered %d with a page%s%s", answered,
		    w->text.len ? ": " : "", w->text.p);
	else if (w->text.len)
		(void)buf_add(&b, w->text.p, w->text.len);
	else
		(void)buf_addf(&b, "the provider answered %d and no reason", answered);
	/* Without memory the status must do. */
	chaterr_set(e, e->status, buf_ok(&b) ? b.p : "the provider failed");
}

void
chaterr_http(struct chaterr *e, int status, const char *body, size_t len, const char *after,
	const char *after_ms, int64_t now, const struct chatctx *ctx)
{
	struct chatwords w;
	struct buf b CLEANUP(buf) = BUF_INIT;
	bool redirect = status >= 300 && status < 400;

	chatwords_read(&w, body, len);
	if (status < 300)
		status = guess_status(&w);
	if (status != 429 && chatwords_context(&w, ctx, &b) && buf_ok(&b)) {
		chaterr_set(e, 400, b.p);
		e->context = true;
		e->permanent = false;	/* the client shortens it and asks again */
	} else {
		e->status = client_status(status);
		describe(e, status, &w);
		e->retry_after_ms = retry_after(after, after_ms, now, &w);
		/* Gemini says "quota" of a minute's limit too, and how long to wait. */
		if (redirect || (e->retry_after_ms < 0 && chatwords_say(&w, CHATWORDS_QUOTA)))
			e->permanent = true;
	}
	chatwords_release(&w);
}

int
chaterr_write(struct buf *out, const struct chaterr *e)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "type", "error");
	jsonw_key(&w, "error");
	jsonw_object(&w);
	jsonw_mstr(&w, "type", e->type);
	jsonw_mstr(&w, "message", e->message);
	jsonw_end(&w);
	jsonw_end(&w);
	return buf_ok(out) ? 0 : -1;
}

int
chaterr_event(struct buf *out, const struct chaterr *e)
{
	(void)buf_addstr(out, "event: error\ndata: ");	/* sticky */
	(void)chaterr_write(out, e);
	return buf_addstr(out, "\n\n");
}
