/* SPDX-License-Identifier: MIT */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "t.h"

/* Feed text in pieces of a size; what came, one letter each: L line, T too long. */
static const char *
framed(const char *text, size_t len, size_t piece, struct buf *lines)
{
	static char seen[64];
	struct rpc_lines l = RPC_LINES_INIT;
	size_t n = 0;

	for (size_t at = 0; at < len; ) {
		size_t part = len - at < piece ? len - at : piece;
		enum rpc_line what;
		size_t used = rpc_feed(&l, text + at, part, &what);

		if (!used || used > part)
			return "does not move";
		at += used;
		if (what == RPC_MORE)
			continue;
		seen[n++] = what == RPC_LINE ? 'L' : 'T';
		if (what == RPC_LINE) {
			buf_add(lines, l.line.p, l.line.len);
			buf_addch(lines, '|');
		}
	}
	seen[n] = '\0';
	rpc_lines_release(&l);
	return seen;
}

static void
framing(void)
{
	const char text[] = "one\n\ntwo\r\nth\0ree\nrest";

	for (size_t piece = 1; piece <= sizeof text; piece++) {
		struct buf lines = BUF_INIT;

		if (strcmp(framed(text, sizeof text - 1, piece, &lines), "LLLL") || lines.len != 17 ||
		    memcmp(lines.p, "one||two\r|th\0ree|", 17))
			OK(0, "lines do not depend on how they come");
		buf_release(&lines);
	}
	OK(1, "every size of piece was tried");
}

static void
long_lines(void)
{
	struct buf lines = BUF_INIT;
	size_t len = RPC_LINE_MAX + 1;
	char *text = malloc(2 * len + 8);

	memset(text, 'x', 2 * len + 8);
	text[RPC_LINE_MAX] = '\n';
	IS(framed(text, RPC_LINE_MAX + 1, 65536, &lines), "L", "8 MiB are a line");
	EQ(lines.len, RPC_LINE_MAX + 1, "a whole one");
	text[RPC_LINE_MAX] = 'x';
	text[len] = '\n';
	text[len + 1] = 'y';
	text[len + 2] = '\n';
	buf_reset(&lines);
	IS(framed(text, len + 3, 65536, &lines), "TL", "a byte more is too long; the next is fine");
	IS(lines.p, "y|", "and nothing is kept of it");
	text[len] = 'x';
	buf_reset(&lines);
	IS(framed(text, len + 1, len + 1, &lines), "", "too long is said at its end");
	free(text);
	buf_release(&lines);
}

/* "KIND ID METHOD" or "bad CODE ID" of a line. */
static const char *
read_as(const char *line)
{
	static char said[256];
	static const char *const kinds[] = { "request", "notification", "response", "bad", "blank" };
	struct rpc_message m;

	rpc_read(&m, line, strlen(line));
	if (m.kind == RPC_BAD)
		snprintf(said, sizeof said, "bad %d %.*s", m.code, (int)m.id_len, m.id);
	else
		snprintf(said, sizeof said, "%s %.*s %s%s", kinds[m.kind], (int)m.id_len, m.id,
			m.method ? m.method : "-", m.params >= 0 ? " params" : "");
	rpc_release(&m);
	return said;
}

static void
messages(void)
{
	IS(read_as("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}"), "request 1 m", "request");
	IS(read_as("{\"id\":\"a\\u00e9\",\"method\":\"m\",\"jsonrpc\":\"2.0\",\"params\":{}}"),
		"request \"a\\u00e9\" m params", "an id is kept as written");
	IS(read_as("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{}}"),
		"notification null m params", "notification");
	IS(read_as("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[1]}"),
		"notification null m", "a notification is never answered");
	IS(read_as("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}"), "response 1 -", "response");
	IS(read_as(" \t\r"), "blank null -", "blank");
	IS(read_as(""), "blank null -", "empty");
	IS(read_as("{"), "bad -32700 null", "no JSON");
	IS(read_as("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}]"), "bad -32600 null", "batch");
	IS(read_as("{\"jsonrpc\":\"2.0\",\"id\":1}"), "bad -32600 1", "neither");
	IS(read_as("{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"m\"}"), "bad -32600 null", "id");
	IS(read_as("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[]}"),
		"bad -32602 1", "params");
}

static void
answers(void)
{
	struct buf b = BUF_INIT;

	rpc_result(&b, "\"x\"", 3, "{\"a\":1}", 7);
	IS(b.p, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"a\":1}}\n", "a result");
	buf_reset(&b);
	rpc_error(&b, "1", 1, RPC_E_PARAMS, "say \"x\"\n");
	IS(b.p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":"
		"\"say \\\"x\\\"\\n\"}}\n", "an error");
	buf_reset(&b);
	rpc_notify(&b, "notifications/progress", "{}", 2);
	IS(b.p, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}\n",
		"a notification");
	buf_release(&b);
}

int
main(void)
{
	framing();
	long_lines();
	messages();
	answers();
	return t_done();
}
