/* SPDX-License-Identifier: MIT */
/*
 * chatreq: any JSON as a request, for three very different providers. What is
 * sent is JSON; every tool message answers a call of the assistant message
 * before it, in order, and every call is answered.
 */
#include "chatreq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "chatctx.h"
#include "chaterr.h"
#include "gwprofile.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

static void
check(const struct json *d)
{
	int call = JSON_ABSENT, messages = json_get(d, 0, "messages");

	for (int m = json_first(d, messages); m >= 0; m = json_next(d, m)) {
		bool tool = json_is(d, json_get(d, m, "role"), "tool");

		MUST(tool == (call >= 0));
		if (tool) {
			MUST(json_equal(d, json_get(d, call, "id"), d, json_get(d, m, "tool_call_id")));
			MUST(json_type(d, json_get(d, m, "content")) == JSON_T_STRING);
			call = json_next(d, call);
		} else {
			call = json_first(d, json_get(d, m, "tool_calls"));
			MUST(call >= 0 || json_get(d, m, "tool_calls") < 0);
		}
	}
	MUST(call < 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	static const char *const profiles[] = { "generic", "kimi", "gemini" };
	struct chaterr e;
	struct json req, sent;

	/* The same bytes as an error. */
	chaterr_http(&e, 400, (const char *)p, len, NULL, NULL, 0, NULL);
	MUST(e.status >= 400 && memchr(e.message, 0, sizeof e.message));
	if (json_parse(&req, (const char *)p, len, NULL) != JSON_OK)
		return 0;
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
		struct chatctx ctx = CHATCTX_INIT;
		struct buf out = BUF_INIT, why = BUF_INIT;

		if (chatreq_write(&out, &req, gwprofile_named(profiles[i]), NULL, &ctx, &why) == 0) {
			MUST(json_parse(&sent, out.p, out.len, NULL) == JSON_OK);
			check(&sent);
			json_release(&sent);
		} else {
			MUST(errno == EINVAL && why.len && !out.len);
		}
		chatctx_release(&ctx);
		buf_release(&out);
		buf_release(&why);
	}
	json_release(&req);
	return 0;
}
