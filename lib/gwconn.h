/* SPDX-License-Identifier: MIT */
/*
 * gwconn: a client's connection before libmicrohttpd has it, and after an
 * answer that libmicrohttpd never saw.
 */
#ifndef JOBDIR_GWCONN_H
#define JOBDIR_GWCONN_H

#include "gwfront.h"

enum gwconn_state {
	GWCONN_HEAD,			/* the head is being waited for */
	GWCONN_MHD,			/* libmicrohttpd's; we only watch for its end */
	GWCONN_LINGER,			/* refused; what still comes is thrown away */
};

struct gwconn {
	struct gwsource src;
	struct gwtimer timer;
	struct gwfront *front;
	struct gwconn *next, **link;
	enum gwconn_state state;
	uint16_t port;
	int64_t drained;		/* bytes thrown away */
	struct gwexchange *x;		/* its exchange, once it has one */
	struct gwroute route;
};

void gwconn_new(struct gwfront *f, int fd, uint16_t port);	/* takes fd */
void gwconn_free(struct gwconn *c, bool close_it);
/* The oldest connection that has not sent its head goes. */
void gwconn_make_room(struct gwfront *f);

#endif
