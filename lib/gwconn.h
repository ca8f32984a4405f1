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
/* Say no, as the client knows errors, and let it read that. Not once libmicrohttpd has it. */
void gwconn_refuse(struct gwconn *c, int status, const char *why, bool head_only);
/* The oldest connection that has not sent its head goes. */
void gwconn_make_room(struct gwfront *f);

#endif
