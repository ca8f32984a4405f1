/* SPDX-License-Identifier: MIT */
/*
 * gwexchange: one request and its answer, as libmicrohttpd reads and writes
 * them. Only gwfront's modules use this; who answers uses the gwx_ functions.
 */
#ifndef JOBDIR_GWEXCHANGE_H
#define JOBDIR_GWEXCHANGE_H

#include <microhttpd.h>
#include "gwfront.h"

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

#endif
