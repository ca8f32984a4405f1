/* SPDX-License-Identifier: MIT */
#include "gwexchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chaterr.h"
#include "gwconf.h"

#define BLOCK (32 << 10)

/* A header's value as a string; too long is cut to nothing: it is only passed on. */
static void
keep(char *to, size_t room, const struct httphead_span *v)
{
	size_t n = v && v->len < room ? v->len : 0;

	if (n)
		memcpy(to, v->p, n);
	to[n] = '\0';
}

/* anthropic-beta may come more than once. */
static void
keep_betas(struct gwexchange *x, const struct httphead *h)
{
	for (size_t i = 0; i < h->nfields; i++) {
		const struct httphead_field *f = &h->field[i];

		if (!httphead_like(f->name, "anthropic-beta") || !f->value.len)
			continue;
		if (x->beta.len)
			(void)buf_addch(&x->beta, ',');		/* sticky */
		(void)buf_add(&x->beta, f->value.p, f->value.len);
	}
}

struct gwexchange *
gwexchange_new(struct gwfront *f, const struct gwroute *r, const struct httphead *h)
{
	struct gwexchange *x = calloc(1, sizeof *x);

	if (!x)
		return NULL;
	x->front = f;
	x->kind = r->kind;
	x->retry_after_s = -1;
	x->should_retry = -1;
	buf_init(&x->beta);
	buf_init(&x->body);
	buf_init(&x->out);
	x->attempt = r->attempt;
	keep(x->query, sizeof x->query, &r->query);
	keep(x->version, sizeof x->version, httphead_find(h, "anthropic-version", NULL));
	keep(x->agent, sizeof x->agent, httphead_find(h, "user-agent", NULL));
	keep_betas(x, h);
	return x;
}

static void
unwake(struct gwexchange *x)
{
	for (struct gwexchange **p = &x->front->wakes; *p; p = &(*p)->next_wake)
		if (*p == x) {
			*p = x->next_wake;
			break;
		}
}

void
gwexchange_free(struct gwexchange *x)
{
	if (x->wake)
		unwake(x);
	if (x->conn)
		x->conn->x = NULL;
	x->front->handler->gone(x);
	buf_release(&x->beta);
	buf_release(&x->body);
	buf_release(&x->out);
	free(x);
}

static void
wake(struct gwexchange *x)
{
	if (!x->suspended || x->wake)
		return;
	x->wake = true;
	x->next_wake = x->front->wakes;
	x->front->wakes = x;
}

void
gwexchange_wake_all(struct gwfront *f)
{
	struct gwexchange *x;

	while ((x = f->wakes)) {
		f->wakes = x->next_wake;
		x->wake = false;
		x->suspended = false;
		MHD_resume_connection(x->mhd);
		f->run = true;
	}
}

void
gwexchange_left(struct gwexchange *x)
{
	x->ended = x->bad = true;
	wake(x);
}

void
gwexchange_abandon(struct gwfront *f)
{
	for (struct gwconn *c = f->conns; c; c = c->next)
		if (c->x)
			gwexchange_left(c->x);
	gwexchange_wake_all(f);
}

/* ---- reading ---- */

static enum MHD_Result
take_body(struct gwexchange *x, const char *data, size_t *size)
{
	if (x->body.len + *size > (size_t)x->front->conf->body_max)
		x->too_large = true;
	/* What is too much is read on, so that the client hears why. */
	if (!x->too_large && buf_add(&x->body, data, *size) < 0)
		return MHD_NO;
	*size = 0;
	return MHD_YES;
}

static ssize_t
give(void *cls, uint64_t pos, char *to, size_t max)
{
	struct gwexchange *x = cls;
	size_t n = gwx_unsent(x);

	(void)pos;
	if (!n && x->ended)
		return x->bad ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
	if (!n) {
		MHD_suspend_connection(x->mhd);
		x->suspended = true;
		return 0;
	}
	if (n > max)
		n = max;
	memcpy(to, x->out.p + x->at, n);
	x->at += n;
	if (x->at == x->out.len) {
		buf_setlen(&x->out, 0);
		x->at = 0;
	} else if (x->at > GWFRONT_HIGH) {
		buf_remove(&x->out, 0, x->at);
		x->at = 0;
	}
	if (x->held && gwx_unsent(x) < GWFRONT_LOW) {
		x->held = false;
		x->front->handler->drained(x);
	}
	return (ssize_t)n;
}

static void
add_headers(const struct gwexchange *x, struct MHD_Response *r)
{
	char text[32];

	/* Out of memory: an answer that lacks one of these is still right. */
	(void)MHD_add_response_header(r, "Content-Type", x->type);
	(void)MHD_add_response_header(r, "Connection", "close");
	if (x->streaming)
		(void)MHD_add_response_header(r, "Cache-Control", "no-cache");
	if (x->retry_after_s >= 0) {
		(void)snprintf(text, sizeof text, "%lld", (long long)x->retry_after_s);	/* fits */
		(void)MHD_add_response_header(r, "retry-after", text);
	}
	if (x->should_retry >= 0)
		(void)MHD_add_response_header(r, "x-should-retry", x->should_retry ? "true" : "false");
	if (x->request_id[0])
		(void)MHD_add_response_header(r, "request-id", x->request_id);
}

static enum MHD_Result
queue(struct gwexchange *x)
{
	struct MHD_Response *r = x->streaming ?
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, give, x, NULL) :
		MHD_create_response_from_buffer(x->out.len, x->out.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result got;

	if (!r)
		return MHD_NO;
	add_headers(x, r);
	got = MHD_queue_response(x->mhd, (unsigned)x->status, r);
	MHD_destroy_response(r);
	return got;
}

/* libmicrohttpd calls with the head, with each piece of the body, at its end, and after a resume. */
enum MHD_Result
gwexchange_take(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
	const char *version, const char *data, size_t *size, void **con_cls)
{
	struct gwexchange *x = *con_cls;

	(void)cls, (void)url, (void)method, (void)version;
	if (!x) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
		struct gwconn *c = info ? info->socket_context : NULL;

		if (!c || !c->x || c->x->mhd)
			return MHD_NO;		/* no second request on a connection */
		x = *con_cls = c->x;
		x->mhd = mhd;
		return MHD_YES;
	}
	if (*size)
		return take_body(x, data, size);
	if (x->state == GWX_BODY) {
		gwloop_timer_off(&x->conn->timer);
		x->state = GWX_WAITING;
		if (x->too_large)
			gwx_error(x, 413, "the request is too large");
		else
			x->front->handler->begin(x);
	}
	if (x->state == GWX_ANSWERED)
		return queue(x);
	if (x->ended)
		return MHD_NO;			/* the client is gone */
	MHD_suspend_connection(mhd);
	x->suspended = true;
	return MHD_YES;
}

void
gwexchange_over(void *cls, struct MHD_Connection *mhd, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	struct gwexchange *x = *con_cls;

	(void)cls, (void)mhd;
	if (!x)
		return;
	*con_cls = NULL;
	if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		x->bad = true;
	x->mhd = NULL;
	gwexchange_free(x);
}

/* ---- answering ---- */

size_t
gwx_unsent(const struct gwexchange *x)
{
	return x->out.len - x->at;
}

void
gwx_reply(struct gwexchange *x, int status, const char *type, const char *p, size_t n)
{
	if (x->state == GWX_ANSWERED)
		return;
	x->status = status;
	x->type = type;
	buf_reset(&x->out);
	if (buf_add(&x->out, p, n) < 0)
		x->status = 500;
	x->state = GWX_ANSWERED;
	x->ended = true;
	wake(x);
}

void
gwx_error(struct gwexchange *x, int status, const char *message)
{
	CLEANUP(buf) struct buf body = BUF_INIT;
	struct chaterr e;

	chaterr_set(&e, status, message);
	(void)chaterr_write(&body, &e);	/* sticky: an empty body */
	gwx_reply(x, status, "application/json", body.p, body.len);
}

void
gwx_stream(struct gwexchange *x, int status, const char *type)
{
	if (x->state == GWX_ANSWERED)
		return;
	x->status = status;
	x->type = type;
	x->streaming = true;
	x->state = GWX_ANSWERED;
	wake(x);
}

void
gwx_flush(struct gwexchange *x)
{
	if (x->out.len > x->at)
		wake(x);
}

void
gwx_end(struct gwexchange *x, bool good)
{
	x->ended = true;
	x->bad |= !good;
	wake(x);
}
