/* SPDX-License-Identifier: MIT */
/*
 * mcpera: which kind of the Model Context Protocol a message speaks, decided for
 * each by itself. The revisions to 2025-11-25 begin with a handshake; 2026-07-28
 * has none, so every request says in its _meta what it expects:
 *
 *	io.modelcontextprotocol/protocolVersion		required
 *	io.modelcontextprotocol/clientCapabilities	required
 *
 * and every result has resultType, the server's name and, where it may be kept,
 * for how long. A request with either of the two is of the second kind, and so is
 * server/discover, which the first does not have. Pure.
 */
#ifndef JOBDIR_MCPERA_H
#define JOBDIR_MCPERA_H

#include <stdbool.h>
#include <stddef.h>
#include "json.h"

struct buf;
struct rpc_message;

#define MCPERA_STATELESS "2026-07-28"
#define MCPERA_KEEP_NOT (-1)	/* for mcpera_result(): nothing that can be kept */

/* What the client can be asked for. */
enum mcpera_can {
	MCPERA_ELICIT = 1 << 0,		/* the user, with a form */
	MCPERA_SAMPLE = 1 << 1,
	MCPERA_ROOTS = 1 << 2,
};

struct mcpera {
	bool stateless;
	unsigned can;			/* enum mcpera_can */
};

/* Of a node with the client's capabilities. */
unsigned mcpera_can(const struct json *d, int capabilities);
/* The bit of "elicitation", "sampling", "roots"; 0: no such capability. */
unsigned mcpera_bit(const char *capability);

/*
 * Of a request. said: what the client said it can do in its handshake. 0; or an
 * error code, with words in why and, if there is more to say, JSON in data.
 */
int mcpera_of(struct mcpera *e, const struct rpc_message *m, unsigned said, struct buf *why,
	struct buf *data);

/*
 * Append the result as this kind wants it. keep_ms: how long it may be kept (0: no longer
 * than now). The result is the text of an object. 0, or -1 (not one, or ENOMEM).
 */
int mcpera_result(struct buf *out, const struct mcpera *e, const char *result, size_t len,
	int keep_ms);

/* The object that names this server: name, title, version. */
extern const char mcpera_server[];

#endif
