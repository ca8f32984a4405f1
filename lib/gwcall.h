/* SPDX-License-Identifier: MIT */
/*
 * gwcall: one request of the client, from its whole body to the end of its
 * answer: which gateway, how often, when to give up, what to say meanwhile and
 * what to write down. How the two kinds of upstream are spoken to is in gwchat
 * (chat completions) and gwpass (Anthropic).
 */
#ifndef JOBDIR_GWCALL_H
#define JOBDIR_GWCALL_H

#include "chatctx.h"
#include "chaterr.h"
#include "chatstream.h"
#include "chatusage.h"
#include "gwserver.h"
#include "json.h"

struct gwcall;

struct gwkind {
	/* Start a try at c->up. 0 or -1+errno; errno EINVAL: why. */
	int (*ask)(struct gwcall *c, struct buf *why);
	int (*data)(struct gwcall *c, const char *p, size_t n);		/* GWUP_… */
	/* The try is over: 0 the answer is given; -1 it failed, with c->err. */
	int (*done)(struct gwcall *c, const char *wrong);
	/* Has the client seen nothing yet of this try's answer? */
	bool (*untouched)(const struct gwcall *c);
	void (*fail)(struct gwcall *c);		/* tell the client c->err */
	void (*ping)(struct gwcall *c);
};

struct gwcall {
	struct gwserver *s;
	struct gwexchange *x;
	const struct gwkind *kind;
	const struct gwupstream *up;	/* being asked */
	bool other_tried;
	struct gwtry try;
	struct gwretry retry;
	int retries;			/* at both, for the metrics */
	struct gwtimer again, ping, linger;
	struct json req;
	char *model;			/* what the upstream is asked for */
	struct chatctx ctx;
	struct chatstream cs;
	struct sse sse;			/* gwpass: to read the bill in passing */
	struct buf sent;		/* the body for upstream */
	struct buf reply;		/* an answer in one piece, or an error */
	struct chaterr err;
	bool failed;			/* c->err was set while data came */
	struct chatusage usage;
	int64_t began, first_byte, last;	/* boot time; first_byte -1: none */
	bool stream;			/* the client wants events */
	bool stopped;			/* gwpass: message_stop was seen */
	char tail[4];			/* gwpass: the last bytes sent */
};

extern const struct gwkind gwkind_chat, gwkind_pass;

extern const struct gwhandler gwcall_handler;

#endif
