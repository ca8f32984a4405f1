/* SPDX-License-Identifier: MIT */
/*
 * gwexchange: one request and its answer, as libmicrohttpd reads and writes
 * them.
 *
 * Who answers does it once: gwx_reply(), or gwx_stream(), then bytes appended to
 * x->out with gwx_flush(), then gwx_end(). The rest is for gwfront and gwconn.
 */
#ifndef JOBDIR_GWEXCHANGE_H
#define JOBDIR_GWEXCHANGE_H

#include <microhttpd.h>
#include "gwdoor.h"

struct gwexchange *gwexchange_new(struct gwfront *f, const struct gwroute *r,
	const struct httphead *h);
void gwexchange_free(struct gwexchange *x);
/* The client is gone. */
void gwexchange_left(struct gwexchange *x);
/* Let those write that have something to. */
void gwexchange_wake_all(struct gwfront *f);
/* End all, before libmicrohttpd is stopped. */
void gwexchange_abandon(struct gwfront *f);

enum MHD_Result gwexchange_take(void *cls, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **con_cls);
void gwexchange_over(void *cls, struct MHD_Connection *mhd, void **con_cls,
	enum MHD_RequestTerminationCode code);

void gwx_reply(struct gwexchange *x, int status, const char *type, const char *p, size_t n);
/* An Anthropic error with this message. */
void gwx_error(struct gwexchange *x, int status, const char *message);
void gwx_stream(struct gwexchange *x, int status, const char *type);
void gwx_flush(struct gwexchange *x);
void gwx_end(struct gwexchange *x, bool good);	/* bad: the client sees a broken connection */
size_t gwx_unsent(const struct gwexchange *x);

#endif
