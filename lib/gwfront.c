/* SPDX-License-Identifier: MIT */
#include "gwfront.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "gwconf.h"
#include "gwconn.h"
#include "gwexchange.h"

#define POOL (96 << 10)		/* a head of HTTPHEAD_MAX, twice, and a chunk */
#define ACCEPTS 64			/* in one turn: a flood must not starve who is served */

static void
mhd_ready(struct gwsource *s, uint32_t events)
{
	(void)events;
	GWLOOP_OF(s, struct gwfront, mhd_src)->run = true;
}

/* A connection begins or ends; gwconn.c has put it where this finds it. */
static void
notify(void *cls, struct MHD_Connection *mhd, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct gwfront *f = cls;

	(void)mhd;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = f->adding;
	} else if (*context) {
		if (f->adding == *context)
			f->adding = NULL;
		gwconn_free(*context, false);
		*context = NULL;
	}
}

int
gwfront_open(struct gwfront *f, struct gwloop *l, const struct gwconf *c, const struct gwhandler *h)
{
	const union MHD_DaemonInfo *info;

	*f = (struct gwfront){ .loop = l, .conf = c, .handler = h, .mhd_src = { -1, mhd_ready } };
	f->peek = malloc(HTTPHEAD_MAX);
	f->mhd = !f->peek ? NULL : MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
		MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, gwexchange_take, f,
		MHD_OPTION_NOTIFY_COMPLETED, gwexchange_over, f,
		MHD_OPTION_NOTIFY_CONNECTION, notify, f,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)GWFRONT_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)GWFRONT_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
		MHD_OPTION_END);
	info = f->mhd ? MHD_get_daemon_info(f->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info) {
		free(f->peek);
		errno = ENOMEM;
		return -1;
	}
	f->mhd_src.fd = info->epoll_fd;
	return gwloop_add(l, &f->mhd_src, EPOLLIN);
}

static void
accept_ready(struct gwsource *s, uint32_t events)
{
	struct gwlistener *l = GWLOOP_OF(s, struct gwlistener, src);

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && errno == ECONNABORTED)
			continue;
		if (fd < 0) {
			/* Out of descriptors: the oldest gives way, else we would spin here. */
			if (errno == EMFILE || errno == ENFILE)
				gwconn_make_room(l->front);
			return;
		}
		if (l->front->nconns >= GWFRONT_MAX)
			gwconn_make_room(l->front);
		gwconn_new(l->front, fd, l->port);
	}
}

/* Where does this socket listen? Nowhere but on this machine, or we do not serve it. */
static int
port_of(int fd, uint16_t *port)
{
	struct sockaddr_storage a = { .ss_family = AF_UNSPEC };
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)&a;
	socklen_t n = sizeof a;
	int listening = 0;
	socklen_t m = sizeof listening;

	*port = 0;
	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &m) < 0)
		return -1;
	if (!listening || (a.ss_family != AF_UNIX && a.ss_family != AF_INET) ||
	    (a.ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 != 127)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	if (a.ss_family == AF_INET)
		*port = ntohs(in->sin_port);
	return 0;
}

int
gwfront_listen(struct gwfront *f, int fd)
{
	struct gwlistener *l = &f->listener[f->nlisteners];
	int flags = fcntl(fd, F_GETFL), e = E2BIG;

	if (f->nlisteners < GWFRONT_LISTENERS) {
		*l = (struct gwlistener){ .src = { fd, accept_ready }, .front = f };
		if (!port_of(fd, &l->port) && flags >= 0 && !fcntl(fd, F_SETFL, flags | O_NONBLOCK) &&
		    !gwloop_add(f->loop, &l->src, EPOLLIN)) {
			f->nlisteners++;
			return 0;
		}
		e = errno;
	}
	(void)close(fd);		/* only listened on */
	errno = e;
	return -1;
}

int64_t
gwfront_patience(struct gwfront *f)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (f->run || f->wakes)
		return 0;
	if (MHD_get_timeout(f->mhd, &ms) != MHD_YES)
		return -1;
	return ms > 3600000 ? 3600000 : (int64_t)ms;
}

void
gwfront_step(struct gwfront *f)
{
	MHD_UNSIGNED_LONG_LONG ms;

	gwexchange_wake_all(f);
	/* Also when it only waits for its own clock, or has read more than it has looked at. */
	if (f->run || (MHD_get_timeout(f->mhd, &ms) == MHD_YES && ms == 0)) {
		f->run = false;
		(void)MHD_run(f->mhd);		/* fails only without external polling */
	}
}

void
gwfront_close(struct gwfront *f)
{
	for (int i = 0; i < f->nlisteners; i++) {
		gwloop_remove(f->loop, &f->listener[i].src);
		cleanup_fd(&f->listener[i].src.fd);
	}
	gwexchange_abandon(f);
	if (f->mhd) {
		gwloop_remove(f->loop, &f->mhd_src);
		MHD_stop_daemon(f->mhd);
	}
	while (f->conns)
		gwconn_free(f->conns, true);
	free(f->peek);
	*f = (struct gwfront){ .mhd_src = { -1, NULL } };
}
