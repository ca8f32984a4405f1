/* SPDX-License-Identifier: MIT */
#include "gwserver.h"

#include <errno.h>

int
gwserver_open(struct gwserver *s, const struct gwconf *c, const struct gwhandler *h)
{
	*s = (struct gwserver){ .conf = c, .jobfd = -1 };
	if (gwloop_open(&s->loop) < 0)
		return -1;
	gwtunnel_open(&s->tunnel, &s->loop);
	s->up = gwup_new(&s->loop);
	if (!s->up || gwfront_open(&s->front, &s->loop, c, h) < 0) {
		int e = errno;

		gwup_free(s->up);
		gwloop_close(&s->loop);
		errno = e;
		return -1;
	}
	return 0;
}

int
gwserver_listen(struct gwserver *s, int fd)
{
	return gwfront_listen(&s->front, fd);
}

int
gwserver_run(struct gwserver *s)
{
	while (!s->stop) {
		if (gwloop_turn(&s->loop, gwfront_patience(&s->front)) < 0)
			return -1;
		gwfront_step(&s->front);
	}
	return 0;
}

void
gwserver_stop(struct gwserver *s)
{
	s->stop = true;
}

void
gwserver_close(struct gwserver *s)
{
	gwfront_close(&s->front);	/* every call is over after it */
	gwtunnel_close(&s->tunnel);
	gwup_free(s->up);
	gwloop_close(&s->loop);
}
