/* SPDX-License-Identifier: MIT */
/*
 * rpc: JSON-RPC 2.0, one message per line. Framing, classification and the
 * writing of answers; no I/O.
 *
 *	while (n) {
 *		used = rpc_feed(&lines, p, n, &what);	then handle what
 *		p += used; n -= used;
 *	}
 */
#ifndef JOBDIR_RPC_H
#define JOBDIR_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "json.h"

#define RPC_LINE_MAX (8u << 20)		/* bytes of one message */
#define RPC_ID_MAX 1024			/* bytes of its id, as JSON */

enum rpc_code {
	RPC_E_PARSE = -32700,
	RPC_E_REQUEST = -32600,
	RPC_E_METHOD = -32601,
	RPC_E_PARAMS = -32602,
	RPC_E_INTERNAL = -32603,
	RPC_E_NO_RESOURCE = -32002,
	RPC_E_CAPABILITY = -32021,	/* stateless revision: the client lacks one that is needed */
	RPC_E_VERSION = -32022,		/* … and: no such version here */
};

/* ---- framing ---- */

enum rpc_line { RPC_MORE, RPC_LINE, RPC_TOO_LONG };

struct rpc_lines {
	struct buf line;	/* after RPC_LINE: the line without its newline */
	bool whole, skipping;
};
#define RPC_LINES_INIT { .line = BUF_INIT }

/*
 * Take bytes up to and with the next newline; returns how many. *what:
 * RPC_LINE, RPC_TOO_LONG (a line over RPC_LINE_MAX ended; none of it is kept;
 * or memory was short), or RPC_MORE. A line stays until the next call.
 */
size_t rpc_feed(struct rpc_lines *l, const char *p, size_t n, enum rpc_line *what);
void rpc_lines_release(struct rpc_lines *l);

/* ---- messages ---- */

enum rpc_kind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESPONSE, RPC_BAD, RPC_BLANK };

struct rpc_message {
	enum rpc_kind kind;
	struct json doc;	/* borrows the line */
	const char *id;		/* the id's JSON text; "null" when not known */
	size_t id_len;
	char *method;		/* request, notification */
	int params;		/* an object in doc, or JSON_ABSENT */
	int code;		/* RPC_BAD: to be answered with these */
	const char *why;
};

/* Classify a line. Always fills m; release it in any case. */
void rpc_read(struct rpc_message *m, const char *line, size_t len);
void rpc_release(struct rpc_message *m);

/* ---- answers: each appends one line to out ---- */

/* result and params: JSON text of a valid value, without line breaks (as jsonw writes it). */
void rpc_result(struct buf *out, const char *id, size_t id_len, const char *result, size_t len);
void rpc_error(struct buf *out, const char *id, size_t id_len, int code, const char *message);
/* With a member data, as JSON text; len 0: without. */
void rpc_error_data(struct buf *out, const char *id, size_t id_len, int code, const char *message,
	const char *data, size_t len);
/* A request of ours; id: a name without quotes or anything to escape. */
void rpc_ask(struct buf *out, const char *id, const char *method, const char *params, size_t len);
void rpc_notify(struct buf *out, const char *method, const char *params, size_t len);

#endif
