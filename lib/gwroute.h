/* SPDX-License-Identifier: MIT */
/*
 * gwroute: may this request pass the door, and what does it want? Pure.
 */
#ifndef JOBDIR_GWROUTE_H
#define JOBDIR_GWROUTE_H

#include <stdbool.h>
#include <stdint.h>
#include "httphead.h"

struct gwconf;

enum gwroute_kind {
	GWROUTE_MESSAGES,		/* POST /v1/messages */
	GWROUTE_COUNT,			/* POST /v1/messages/count_tokens */
	GWROUTE_MODELS,			/* GET /v1/models */
	GWROUTE_ALIVE,			/* HEAD / */
	GWROUTE_CONNECT,		/* CONNECT host:443 */
};

struct gwroute {
	enum gwroute_kind kind;
	int attempt;			/* 2 of /attempt-2/v1/messages; else 0 */
	struct httphead_span query;	/* "beta=true"; else empty */
	const char *host;		/* GWROUTE_CONNECT: the one of gwconf */
};

/*
 * In this order: shape, Origin, Host, path and method, token, body (CONNECT: Origin,
 * method, token, Host, host and port, body). port: the one we
 * listen on; 0: a socket in the file system, where Host says nothing. 0 or an
 * HTTP status, *why then a sentence.
 */
int gwroute_find(struct gwroute *r, const struct httphead *h, const struct gwconf *c,
	uint16_t port, const char **why);

#endif
