/* SPDX-License-Identifier: MIT */
#include "gwtunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "buf.h"

#define ACCEPTS 16			/* in one turn */
#define ROUNDS 16
/* Edges: an end that is seen, and cannot be passed on yet, must not wake us again and again. */
#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

/* Bytes from one side that the other has not taken yet. */
struct flow {
	size_t at, len;
	bool eof;			/* no more will come */
	bool passed;			/* and that is said */
	char room[GWTUNNEL_ROOM];
};

struct gwtunnel_pair {
	struct gwsource side[2];	/* the client, the port */
	struct gwtimer timer;		/* connecting */
	bool connecting;
	struct gwtunnel *t;
	struct gwtunnel_pair *next, **link;
	struct flow flow[2];		/* from side[i] */
};

static void
end(struct gwtunnel_pair *p)
{
	gwloop_timer_off(&p->timer);
	for (int i = 0; i < 2; i++) {
		if (p->side[i].fd < 0)
			continue;
		gwloop_remove(p->t->loop, &p->side[i]);
		cleanup_fd(&p->side[i].fd);
	}
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	p->t->npairs--;
	free(p);
}

/* 1 something moved, 0 nothing can, -1 the connection is broken. */
static int
moved(ssize_t n, size_t *count)
{
	if (n < 0)
		return errno == EAGAIN ? 0 : errno == EINTR ? 1 : -1;
	*count += (size_t)n;
	return 1;
}

static int
pass(struct gwtunnel_pair *p, int from)
{
	struct flow *f = &p->flow[from];
	int to = p->side[!from].fd, got = 0;
	ssize_t n;

	if (!f->eof && f->at == f->len) {
		f->at = f->len = 0;
		n = recv(p->side[from].fd, f->room, sizeof f->room, MSG_DONTWAIT);
		got = moved(n, &f->len);
		f->eof = !n;
	}
	if (got >= 0 && f->at < f->len)
		got = moved(send(to, f->room + f->at, f->len - f->at, MSG_DONTWAIT | MSG_NOSIGNAL),
			&f->at);
	/* Half a connection may end, and the other half go on. */
	if (got >= 0 && f->eof && f->at == f->len && !f->passed) {
		f->passed = true;
		got = shutdown(to, SHUT_WR) < 0 ? -1 : 1;
	}
	return got;
}

static void
pass_all(struct gwtunnel_pair *p)
{
	for (int n = 0; n < ROUNDS; n++) {
		int there = pass(p, 0), back = there < 0 ? -1 : pass(p, 1);

		if (there < 0 || back < 0 || (p->flow[0].passed && p->flow[1].passed)) {
			end(p);
			return;
		}
		if (!there && !back)
			return;
	}
	/* The others' turn; setting them again makes the edges anew. */
	if (gwloop_change(p->t->loop, &p->side[0], EVENTS) < 0 ||
	    gwloop_change(p->t->loop, &p->side[1], EVENTS) < 0)
		end(p);
}

static void
ready(struct gwtunnel_pair *p, int i, uint32_t events)
{
	int err = 0;
	socklen_t n = sizeof err;

	if (events & EPOLLERR) {
		end(p);
		return;
	}
	if (p->connecting) {
		if (!i)
			return;			/* what it sends waits in its socket */
		if (getsockopt(p->side[1].fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0 || err) {
			end(p);
			return;
		}
		p->connecting = false;
		gwloop_timer_off(&p->timer);
	}
	pass_all(p);
}

static void
client_ready(struct gwsource *s, uint32_t events)
{
	ready(GWLOOP_OF(s, struct gwtunnel_pair, side[0]), 0, events);
}

static void
port_ready(struct gwsource *s, uint32_t events)
{
	ready(GWLOOP_OF(s, struct gwtunnel_pair, side[1]), 1, events);
}

static void
too_late(struct gwtimer *t)
{
	end(GWLOOP_OF(t, struct gwtunnel_pair, timer));
}

/* Takes both, also in failure; server -1: it cannot be made. */
static struct gwtunnel_pair *
new_pair(struct gwtunnel *t, int client, int server)
{
	struct gwtunnel_pair *p = t->npairs < GWTUNNEL_MAX ? calloc(1, sizeof *p) : NULL;

	if (!p) {
		(void)close(client);		/* nothing was read or written */
		cleanup_fd(&server);
		return NULL;
	}
	p->t = t;
	p->side[0] = (struct gwsource){ client, client_ready };
	p->side[1] = (struct gwsource){ server, port_ready };
	p->timer.fire = too_late;
	p->next = t->pairs;
	p->link = &t->pairs;
	if (p->next)
		p->next->link = &p->next;
	t->pairs = p;
	t->npairs++;
	if (server >= 0 && gwloop_add(t->loop, &p->side[0], EVENTS) == 0 &&
	    gwloop_add(t->loop, &p->side[1], EVENTS) == 0)
		return p;
	end(p);
	return NULL;
}

/* Takes client. */
static void
begin(struct gwtunnel *t, int client, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct gwtunnel_pair *p;

	/* Before the loop watches it: what is not being connected reads as broken. */
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS)
		cleanup_fd(&fd);
	p = new_pair(t, client, fd);
	if (!p)
		return;
	p->connecting = true;
	gwloop_timer(t->loop, &p->timer, GWTUNNEL_CONNECT_MS);
}

int
gwtunnel_join(struct gwtunnel *t, int client, int server)
{
	int flags = fcntl(server, F_GETFL);

	if (flags < 0 || fcntl(server, F_SETFL, flags | O_NONBLOCK) < 0)
		cleanup_fd(&server);
	if (new_pair(t, client, server))
		return 0;
	errno = ENOBUFS;
	return -1;
}

static void
accept_ready(struct gwsource *s, uint32_t events)
{
	struct gwtunnel_port *l = GWLOOP_OF(s, struct gwtunnel_port, src);

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			begin(l->t, fd, l->port);
			continue;
		}
		/* Out of descriptors: without one to close we would spin here. */
		if ((errno == EMFILE || errno == ENFILE) && l->t->pairs)
			end(l->t->pairs);
		if (errno != ECONNABORTED)
			return;
	}
}

void
gwtunnel_open(struct gwtunnel *t, struct gwloop *l)
{
	*t = (struct gwtunnel){ .loop = l };
}

static int
port_of(int fd, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_UNSPEC };
	socklen_t n = sizeof a, m = sizeof(int);
	int listening = 0;

	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &m) < 0)
		return -1;
	*port = ntohs(a.sin_port);
	if (listening && a.sin_family == AF_INET && a.sin_addr.s_addr == htonl(INADDR_LOOPBACK))
		return 0;
	errno = EADDRNOTAVAIL;
	return -1;
}

int
gwtunnel_listen(struct gwtunnel *t, int fd)
{
	struct gwtunnel_port *l = &t->port[t->nports];
	int flags = fcntl(fd, F_GETFL), e = E2BIG;

	if (t->nports < GWTUNNEL_PORTS) {
		*l = (struct gwtunnel_port){ .src = { fd, accept_ready }, .t = t };
		if (!port_of(fd, &l->port) && flags >= 0 && !fcntl(fd, F_SETFL, flags | O_NONBLOCK) &&
		    !gwloop_add(t->loop, &l->src, EPOLLIN)) {
			t->nports++;
			return 0;
		}
		e = errno;
	}
	(void)close(fd);		/* only listened on */
	errno = e;
	return -1;
}

void
gwtunnel_close(struct gwtunnel *t)
{
	while (t->pairs)
		end(t->pairs);
	for (int i = 0; i < t->nports; i++) {
		gwloop_remove(t->loop, &t->port[i].src);
		cleanup_fd(&t->port[i].src.fd);
	}
	t->nports = 0;
}
