/* SPDX-License-Identifier: MIT */
#include "gwconnect.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "gwconf.h"
#include "gwconn.h"
#include "gwserver.h"

struct gwdial {
	struct gwtry try;
	struct gwconn *conn;
};

static struct gwserver *
server_of(const struct gwconn *c)
{
	return GWLOOP_OF(c->front, struct gwserver, front);
}

static void
gone(struct gwconn *c)
{
	if (c->dial->try.up)
		gwup_cancel(&c->dial->try);
	cleanup_fd(&c->dial->try.sock);
	free(c->dial);
	c->dial = NULL;
}

static void
connected(struct gwconn *c)
{
	static const char yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct gwtunnel *t = &server_of(c)->tunnel;
	int client = c->src.fd, other = c->dial->try.sock;

	/* Nothing was sent before it: a socket that cannot take so little is broken. */
	if (send(client, yes, sizeof yes - 1, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof yes - 1) {
		gwconn_free(c, true);
		return;
	}
	c->dial->try.sock = -1;
	gwconn_free(c, false);
	(void)gwtunnel_join(t, client, other);	/* else both are closed, and the client sees it */
}

static void
done(struct gwtry *t, const char *wrong)
{
	struct gwconn *c = GWLOOP_OF(t, struct gwdial, try)->conn;
	struct gwserver *s = server_of(c);
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (!wrong) {
		connected(c);
		return;
	}
	if (buf_addf(&b, "%s cannot be reached: %s", c->route.host, wrong) < 0) {
		gwconn_free(c, true);
		return;
	}
	if (s->say)
		s->say(b.p);
	gwconn_refuse(c, 502, b.p, false);
}

static void
dial(struct gwconn *c)
{
	struct gwserver *s = server_of(c);

	if (s->tunnel.npairs >= GWTUNNEL_MAX) {
		gwconn_refuse(c, 503, "there are too many connections", false);
		return;
	}
	c->dial = calloc(1, sizeof *c->dial);
	if (!c->dial) {
		gwconn_free(c, true);
		return;
	}
	c->dial->conn = c;
	c->dial->try.done = done;
	c->dial->try.sock = -1;
	if (gwup_dial(s->up, &c->dial->try, c->route.host, GWCONF_PORT) < 0)
		gwconn_refuse(c, 500, "the gateway has no memory, or no libcurl", false);
}

const struct gwdialer gwconnect_dialer = { dial, gone };
