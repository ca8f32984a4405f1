/* SPDX-License-Identifier: MIT */
/*
 * gwconn: a client's connection before libmicrohttpd has it, and after an
 * answer that libmicrohttpd never saw.
 */
#ifndef JOBDIR_GWCONN_H
#define JOBDIR_GWCONN_H

#include "gwdoor.h"

void gwconn_new(struct gwfront *f, int fd, uint16_t port);	/* takes fd */
void gwconn_free(struct gwconn *c, bool close_it);
/* The oldest connection that has not sent its head goes. */
void gwconn_make_room(struct gwfront *f);

#endif
