/* SPDX-License-Identifier: MIT */
/*
 * calls: the tool calls in flight, each a child process.
 *
 * A child gets the arguments, whole, on standard input, prints one JSON object on
 * standard output, says what went wrong on standard error, and may write
 * lines to the descriptor whose number is in $JOBDIR_CONTROL (progress, questions) and read
 * the answers there. At most
 * CALLS_MAX run side by side; the rest wait in order.
 *
 * For a poll loop: calls_poll() fills the descriptors, calls_handle() acts on
 * what poll() said of them. Nothing here blocks.
 */
#ifndef JOBDIR_CALLS_H
#define JOBDIR_CALLS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include "buf.h"
#include "mcpera.h"
#include "proc.h"
#include "sha256.h"

#define CALLS_MAX 64			/* children at once */
#define CALLS_QUEUE 1024		/* calls that may wait */
#define CALLS_QUEUE_BYTES (16u << 20)	/* and their arguments together */
#define CALLS_ANSWER_MAX (1u << 20)	/* bytes a child may print */
#define CALLS_SAID_MAX 1024		/* last bytes of its standard error kept */
#define CALLS_GRACE_MS 2000		/* cancel: TERM to KILL */
#define CALLS_CONTROL_FD 3
#define CALLS_POLLFDS (4 * CALLS_MAX)

struct call {
	struct call *next;
	char *id;			/* JSON text of the request's id */
	size_t id_len;
	char *tool;
	char *command;			/* absolute path */
	char *token;			/* JSON text of the progress token, or NULL */
	bool dies;			/* may be killed when the server is (it only reads) */
	struct buf args;		/* until it is started */
	size_t args_len;
	struct buf log;			/* for the caller: what to record of it */
	struct mcpera era;		/* of the request */
	bool raw;			/* what it prints is the whole result */
	char *env;			/* one more of its environment, "NAME=VALUE", or NULL */
	/* of a call without a handshake that asks (askround.h): */
	char hash[2 * SHA256_SIZE + 1];
	struct buf given, state, past;	/* inputResponses; what came with them; what was answered */
	struct buf needed;		/* the result that asks, once it is that */
	struct proc proc;
	int out, err, control;
	struct buf answer, said, line;
	bool running, cancelled, overflow;
	double progress;		/* the last one told */
	int64_t started_ms, kill_ms;	/* boot time; kill_ms 0: not to be killed */
};

struct calls_events {
	/* The child ended (wait status), or could not be started (-1: err is errno). */
	void (*done)(struct call *c, int status, int err, void *arg);
	/* A line from the control descriptor. */
	void (*control)(struct call *c, const char *line, size_t len, void *arg);
	/* Bytes of its standard error. */
	void (*said)(const char *p, size_t len, void *arg);
	void *arg;
};

struct calls {
	struct call *first, **last;
	int running, queued;
	size_t queued_bytes;
	struct calls_events on;
};

void calls_init(struct calls *cs, const struct calls_events *on);

/* A call with strings of its own to fill (id, tool, command, token, args); NULL+ENOMEM. */
struct call *calls_new(const char *id, size_t id_len);
void calls_free(struct call *c);

/* Start it, or let it wait. Takes c. -1+EBUSY when too many wait: c is still the caller's. */
int calls_add(struct calls *cs, struct call *c);
/* Is a call with this id in flight (and not cancelled)? */
struct call *calls_find(const struct calls *cs, const char *id, size_t id_len);
/* End its child; done() is still called, with c->cancelled set. */
void calls_cancel(struct calls *cs, struct call *c);
/* The same, but it is to be answered. */
void calls_stop(struct call *c);
/* Write to its control descriptor, all or nothing. 0 or -1. */
int calls_tell(struct call *c, const char *p, size_t len);

/*
 * Descriptors of all children, into p (room for CALLS_POLLFDS); their number.
 * paused: what they print is left in the pipe for now. calls_timeout():
 * milliseconds until calls_handle() has something to do by itself, -1 never.
 */
size_t calls_poll(const struct calls *cs, struct pollfd *p, bool paused);
int calls_timeout(const struct calls *cs);
void calls_handle(struct calls *cs, const struct pollfd *p, size_t n);

/* The server ends: TERM to every child, nothing waited for, nothing answered. */
void calls_end(struct calls *cs);

#endif
