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

#define GWCALL_REPLY (64 << 20)		/* most bytes of an answer in one piece */
#define GWCALL_ERROR (256 << 10)	/* of an error that are looked at */

struct gwkind {
	/* Read the request. 0; -1: why says what is wrong with it. */
	int (*read)(struct gwcall *c, struct buf *why);
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

/* struct gwhandler */
void gwcall_begin(struct gwexchange *x);
void gwcall_drained(struct gwexchange *x);
void gwcall_gone(struct gwexchange *x);

/* For the kinds. */
struct gwcall *gwcall_of(struct gwtry *t);
/* The model to ask for instead of the one the client names; NULL: that one. Kept in c->model. */
const char *gwcall_model(struct gwcall *c);
/* Set up and start c->try. path: below the base URL. */
int gwcall_ask(struct gwcall *c, const char *path, const char *const *more, const char *body,
	size_t len);
/* Keep a piece of an answer that comes whole: GWUP_TAKEN or GWUP_STOP. */
int gwcall_keep(struct gwcall *c, const char *p, size_t n);
/* Something for the client is in x->out. */
void gwcall_say(struct gwcall *c);
/* Is the client's connection so far behind that the upstream must wait? */
bool gwcall_behind(struct gwcall *c);
/* c->err from an HTTP status and what came with it. */
void gwcall_http_error(struct gwcall *c);

#endif
