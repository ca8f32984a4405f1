/* SPDX-License-Identifier: MIT */
/*
 * gwfront: the client's side of the gateway. A connection carries one request. Its
 * head is peeked at and judged (httphead.h, gwroute.h) before a byte of it is
 * taken; only what passes is handed to libmicrohttpd, which reads the body and
 * writes the answer. So nothing that libmicrohttpd would read otherwise than we
 * do ever reaches it, and after the answer the connection is closed: there is no
 * second request that nobody looked at.
 *
 *	gwfront_open(&f, …);
 *	gwfront_listen(&f, fd);
 *	… gwloop_turn(&loop, gwfront_patience(&f)); gwfront_step(&f); …
 *	gwfront_close(&f);
 */
#ifndef JOBDIR_GWFRONT_H
#define JOBDIR_GWFRONT_H

#include "gwdoor.h"

int gwfront_open(struct gwfront *f, struct gwloop *l, const struct gwconf *c,
	const struct gwhandler *h);
int gwfront_listen(struct gwfront *f, int fd);	/* taken over, also in failure */
int64_t gwfront_patience(struct gwfront *f);	/* for gwloop_turn() */
void gwfront_step(struct gwfront *f);
void gwfront_close(struct gwfront *f);

#endif
