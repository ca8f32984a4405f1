/* SPDX-License-Identifier: MIT */
#include "spawnshow.h"

#include "buf.h"
#include "joborder.h"
#include "json.h"
#include "payload.h"
#include "shquote.h"

int
spawnshow(struct buf *out, const struct joborder *o, const char *request, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };
	char **v = NULL;
	int got = -1;

	if (joborder_write(&text, o, NULL, NULL, request) == 0 &&
	    json_parse(&d, text.p, text.len, NULL) == JSON_OK && (v = payload_argv(&d, why))) {
		(void)buf_addstr(out, "cd ");		/* sticky: the last one tells */
		(void)shquote(out, payload_is_command(&d) ? o->cwd : "JOB");
		(void)buf_addch(out, '\n');
		(void)shquote_argv(out, (const char *const *)v);
		got = buf_addf(out, "\n%s", text.p);
	}
	payload_free(v);
	json_release(&d);
	return got;
}
