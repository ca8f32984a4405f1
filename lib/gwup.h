/* SPDX-License-Identifier: MIT */
/*
 * gwup: requests to the upstream: libcurl's multi interface in the gateway's
 * loop. TLS is verified, redirects are an error (the key would travel), names
 * are resolved once, connections are kept. And bare connections, for tunnels.
 */
#ifndef JOBDIR_GWUP_H
#define JOBDIR_GWUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "gwhead.h"
#include "gwloop.h"

struct gwup;

struct gwup_ask {
	const char *url;
	bool get;			/* else POST */
	const char *const *headers;	/* NULL-terminated "Name: value" */
	const char *body;		/* must stay until the end */
	size_t len;
	const char *agent;
	const char *cafile;		/* NULL: the system's */
	bool direct;			/* no proxy, whatever the environment says */
};

enum { GWUP_TAKEN, GWUP_LATER, GWUP_STOP };

struct gwtry {
	/* of who asks; set before gwup_start() */
	int (*data)(struct gwtry *t, const char *p, size_t n);	/* GWUP_… */
	/* The end: NULL, or what went wrong. t is over and may be started again. */
	void (*done)(struct gwtry *t, const char *wrong);
	struct gwhead head;
	struct gwup *up;
	void *easy;			/* NULL: not running */
	void *slist;
	bool paused;
	bool bare;			/* of gwup_dial() */
	int sock;			/* in its done(): the connection, for who takes it; else -1 */
	char wrong[256];
};

struct gwup *gwup_new(struct gwloop *l);	/* or NULL+errno */
void gwup_free(struct gwup *u);			/* no try may be running */

int gwup_start(struct gwup *u, struct gwtry *t, const struct gwup_ask *ask);	/* 0 or -1+errno */
/*
 * A TCP connection and nothing in it: done(t, NULL) finds it in t->sock and takes it, or it is
 * closed. The name is looked up by libcurl's thread; the user's HTTPS_PROXY is gone through. 0 or
 * -1+errno.
 */
int gwup_dial(struct gwup *u, struct gwtry *t, const char *host, unsigned port);
void gwup_resume(struct gwtry *t);		/* after GWUP_LATER */
/* Without done(); harmless if it is over. Not from within data(). */
void gwup_cancel(struct gwtry *t);

#endif
