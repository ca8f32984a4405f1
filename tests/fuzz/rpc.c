/* SPDX-License-Identifier: MIT */
/*
 * rpc: hostile lines. Framing does not depend on how the bytes come; every line
 * has one kind; what is echoed of it makes an answer that is valid JSON.
 */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

static void
check_line(const char *line, size_t len)
{
	struct rpc_message m;
	struct buf out = BUF_INIT;
	struct json d;

	rpc_read(&m, line, len);
	MUST(m.id_len > 0 && m.id_len <= RPC_ID_MAX);
	MUST((m.kind == RPC_BAD) == (m.code != 0 && m.why));
	MUST(m.kind != RPC_REQUEST || m.method);
	MUST(m.params < 0 || json_type(&m.doc, m.params) == JSON_T_OBJECT);
	rpc_error(&out, m.id, m.id_len, m.code, m.why ? m.why : "none");
	MUST(memchr(out.p, '\n', out.len) == out.p + out.len - 1);
	MUST(json_parse(&d, out.p, out.len, NULL) == JSON_OK);
	json_release(&d);
	rpc_release(&m);
	buf_release(&out);
}

/* All lines of the input, fed in pieces of a size, joined. */
static void
feed(const char *p, size_t len, size_t piece, struct buf *all, bool check)
{
	struct rpc_lines l = RPC_LINES_INIT;

	while (len) {
		size_t part = len < piece ? len : piece, used;
		enum rpc_line what;

		used = rpc_feed(&l, p, part, &what);
		MUST(used > 0 && used <= part);
		p += used;
		len -= used;
		if (what == RPC_MORE)
			continue;
		MUST(what == RPC_LINE && !memchr(l.line.p, '\n', l.line.len));
		buf_add(all, l.line.p, l.line.len);
		buf_addch(all, '\n');
		if (check)
			check_line(l.line.p, l.line.len);
	}
	rpc_lines_release(&l);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	feed((const char *)p, len, len, &a, true);
	feed((const char *)p, len, 1 + len % 7, &b, false);
	MUST(a.len == b.len && !memcmp(a.p, b.p, a.len));
	buf_release(&a);
	buf_release(&b);
	return 0;
}
