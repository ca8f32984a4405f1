/* SPDX-License-Identifier: MIT */
#include "gwconn.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "chaterr.h"
#include "gwconf.h"
#include "gwexchange.h"

#define LINGER_MS 2000
#define LINGER_MAX (64 << 20)

void
gwconn_free(struct gwconn *c, bool close_it)
{
	gwloop_timer_off(&c->timer);
	gwloop_remove(c->front->loop, &c->src);
	if (c->x)			/* libmicrohttpd never asked us about it */
		gwexchange_free(c->x);
	if (c->dial)
		c->front->dialer->gone(c);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->front->nconns--;
	if (close_it)
		(void)close(c->src.fd);		/* nothing of ours is on its way */
	free(c);
}

static void
too_late(struct gwtimer *t)
{
	struct gwconn *c = GWLOOP_OF(t, struct gwconn, timer);

	if (c->state == GWCONN_MHD)
		(void)shutdown(c->src.fd, SHUT_RDWR);	/* its owner sees the end, and closes it */
	else
		gwconn_free(c, true);
}

void
gwconn_make_room(struct gwfront *f)
{
	struct gwconn *oldest = NULL;

	for (struct gwconn *c = f->conns; c; c = c->next)
		if (c->state != GWCONN_MHD)
			oldest = c;
	if (oldest)
		gwconn_free(oldest, true);
}

static void
drain(struct gwconn *c)
{
	char junk[16384];
	ssize_t n;

	while ((n = recv(c->src.fd, junk, sizeof junk, MSG_DONTWAIT)) > 0) {
		c->drained += n;
		if (c->drained > LINGER_MAX)
			break;
	}
	if (n >= 0 || (errno != EAGAIN && errno != EINTR))
		gwconn_free(c, true);
}

static const char *
phrase(int status)
{
	const char *s = MHD_get_reason_phrase_for((unsigned)status);

	return s ? s : "Refused";
}

/*
 * Say no, with an error as the client knows them. What was sent and not read would
 * make the kernel reset the connection, and the answer be lost: so read on for a
 * moment.
 */
void
gwconn_refuse(struct gwconn *c, int status, const char *why, bool head_only)
{
	CLEANUP(buf) struct buf body = BUF_INIT, all = BUF_INIT;
	struct chaterr e;

	chaterr_set(&e, status, why);
	e.permanent = true;
	(void)chaterr_write(&body, &e);
	(void)buf_addf(&all, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\nx-should-retry: false\r\nConnection: close\r\n%s\r\n%s",
		status, phrase(status), body.len,
		status == 407 ? "Proxy-Authenticate: Basic realm=\"jobdir\"\r\n" : "",
		head_only ? "" : body.p);
	if (!buf_ok(&all) || send(c->src.fd, all.p, all.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ||
	    shutdown(c->src.fd, SHUT_WR) < 0 ||
	    gwloop_change(c->front->loop, &c->src, EPOLLIN) < 0) {
		gwconn_free(c, true);
		return;
	}
	c->state = GWCONN_LINGER;
	gwloop_timer(c->front->loop, &c->timer, LINGER_MS);
	drain(c);
}

/* To libmicrohttpd, which reads the same bytes again. */
static void
hand_over(struct gwconn *c, const struct httphead *h)
{
	struct gwfront *f = c->front;
	struct sockaddr_in nobody = { .sin_family = AF_INET };
	int got;

	c->state = GWCONN_MHD;
	/* From here on only its end is of interest, and the time a body may take. */
	if (gwloop_change(f->loop, &c->src, EPOLLRDHUP | EPOLLET) < 0) {
		gwconn_free(c, true);
		return;
	}
	gwloop_timer(f->loop, &c->timer, GWFRONT_BODY_MS);
	c->x = gwexchange_new(f, &c->route, h);
	if (!c->x) {
		gwconn_free(c, true);
		return;
	}
	c->x->conn = c;
	f->adding = c;
	got = MHD_add_connection(f->mhd, c->src.fd, (const struct sockaddr *)&nobody, sizeof nobody);
	f->run = true;
	/* In failure it has closed the descriptor, and perhaps said so already. */
	if (got != MHD_YES && f->adding)
		gwconn_free(c, false);
	f->adding = NULL;
}

/* The head is taken; what follows it is for who is connected to. */
static void
dial(struct gwconn *c, size_t head)
{
	struct gwfront *f = c->front;

	c->state = GWCONN_DIAL;
	if (recv(c->src.fd, f->peek, head, MSG_DONTWAIT) != (ssize_t)head ||
	    gwloop_change(f->loop, &c->src, EPOLLRDHUP | EPOLLET) < 0) {
		gwconn_free(c, true);
		return;
	}
	gwloop_timer_off(&c->timer);		/* connecting has a time of its own */
	f->dialer->dial(c);
}

/* True: there is no whole head yet. Else c may be gone. */
static bool
look(struct gwconn *c)
{
	struct gwfront *f = c->front;
	static const char bad[] = "the request is not understood";
	struct httphead h;
	const char *why = bad;
	ssize_t n = recv(c->src.fd, f->peek, HTTPHEAD_MAX, MSG_PEEK | MSG_DONTWAIT);
	int got;

	if (n <= 0) {
		if (n && (errno == EAGAIN || errno == EINTR))
			return true;
		gwconn_free(c, true);
		return false;
	}
	got = httphead_parse(&h, f->peek, (size_t)n);
	if (got == HTTPHEAD_MORE)
		return true;
	if (got == HTTPHEAD_OK)
		got = gwroute_find(&c->route, &h, f->conf, c->port, &why);
	if (got)
		gwconn_refuse(c, got, why, h.len && httphead_is(h.method, "HEAD"));
	else if (c->route.kind == GWROUTE_CONNECT)
		dial(c, h.len);
	else
		hand_over(c, &h);
	return false;
}

static void
ready(struct gwsource *s, uint32_t events)
{
	struct gwconn *c = GWLOOP_OF(s, struct gwconn, src);

	switch (c->state) {
	case GWCONN_HEAD:
		if (look(c) && events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			gwconn_free(c, true);	/* no more will come */
		return;
	case GWCONN_MHD:
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) && c->x)
			gwexchange_left(c->x);
		return;
	case GWCONN_DIAL:
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			gwconn_free(c, true);
		return;
	case GWCONN_LINGER:
		drain(c);
	}
}

void
gwconn_new(struct gwfront *f, int fd, uint16_t port)
{
	struct gwconn *c = calloc(1, sizeof *c);

	if (!c) {
		(void)close(fd);
		return;
	}
	*c = (struct gwconn){ .src = { fd, ready }, .timer = { .fire = too_late }, .front = f,
		.next = f->conns, .link = &f->conns, .state = GWCONN_HEAD, .port = port };
	if (c->next)
		c->next->link = &c->next;
	f->conns = c;
	f->nconns++;
	/* Edge-triggered: what was peeked at is still there, and must not wake us again. */
	if (gwloop_add(f->loop, &c->src, EPOLLIN | EPOLLRDHUP | EPOLLET) < 0) {
		gwconn_free(c, true);
		return;
	}
	gwloop_timer(f->loop, &c->timer, GWFRONT_HEAD_MS);
	(void)look(c);
}
