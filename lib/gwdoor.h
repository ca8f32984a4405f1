/* SPDX-License-Identifier: MIT */
/*
 * gwdoor: the structures of the client's side, that its modules share: gwfront
 * (listening, libmicrohttpd), gwconn (a connection), gwexchange (a request and
 * its answer).
 */
#ifndef JOBDIR_GWDOOR_H
#define JOBDIR_GWDOOR_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "gwloop.h"
#include "gwroute.h"

struct gwconf;
struct gwconn;
struct gwdial;
struct gwfront;
struct MHD_Connection;
struct MHD_Daemon;

enum {
	GWFRONT_LISTENERS = 2,
	GWFRONT_MAX = 512,		/* connections; the oldest without a head makes room */
	GWFRONT_HEAD_MS = 10000,	/* for a head */
	GWFRONT_BODY_MS = 120000,	/* for a body */
	GWFRONT_IDLE_S = 60,		/* without a byte either way */
	GWFRONT_HIGH = 256 << 10,	/* bytes unsent: the upstream must wait … */
	GWFRONT_LOW = 64 << 10,		/* … until there are so few */
};

enum gwx_state { GWX_BODY, GWX_WAITING, GWX_ANSWERED };

/* One request and its answer. */
struct gwexchange {
	struct gwfront *front;
	struct MHD_Connection *mhd;	/* once it has read the head */
	struct gwconn *conn;
	void *call;			/* of who answers */
	enum gwroute_kind kind;
	int attempt;			/* of the path; 0: none */
	char query[104], version[40], agent[120];
	struct buf beta;		/* anthropic-beta */
	struct buf body;
	bool too_large;			/* the body is */
	enum gwx_state state;
	bool suspended, streaming, ended, bad, held;
	/* the answer; set the optional ones before gwx_reply() or gwx_stream() */
	int status;
	const char *type;
	int64_t retry_after_s;		/* -1: none */
	int should_retry;		/* -1: not said */
	char request_id[72];		/* "": none */
	struct buf out;
	size_t at;			/* sent so far */
	struct gwexchange *next_wake;
	bool wake;
};

struct gwhandler {
	void (*begin)(struct gwexchange *x);	/* the request is there, whole */
	void (*drained)(struct gwexchange *x);	/* after held: there is room again */
	void (*gone)(struct gwexchange *x);	/* the exchange is over, either way; free x->call */
};

/* Who serves CONNECT instead. */
struct gwdialer {
	void (*dial)(struct gwconn *c);		/* the head is read, and may pass */
	void (*gone)(struct gwconn *c);		/* free c->dial */
};

struct gwlistener {
	struct gwsource src;
	struct gwfront *front;
	uint16_t port;			/* 0: a socket in the file system */
};

struct gwfront {
	struct gwloop *loop;
	const struct gwconf *conf;
	const struct gwhandler *handler;
	const struct gwdialer *dialer;	/* NULL: nothing is a tunnel */
	struct MHD_Daemon *mhd;
	struct gwsource mhd_src;
	struct gwlistener listener[GWFRONT_LISTENERS];
	int nlisteners;
	struct gwconn *conns;		/* all, the newest first */
	int nconns;
	struct gwconn *adding;		/* being handed to libmicrohttpd */
	struct gwexchange *wakes;
	bool run;			/* libmicrohttpd has something to do */
	char *peek;			/* HTTPHEAD_MAX bytes */
};

enum gwconn_state {
	GWCONN_HEAD,			/* the head is being waited for */
	GWCONN_MHD,			/* libmicrohttpd's; we only watch for its end */
	GWCONN_DIAL,			/* what it asks for is being connected to */
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
	struct gwdial *dial;		/* of who serves CONNECT; NULL */
	struct gwroute route;
};

#endif
