/* SPDX-License-Identifier: MIT */
/* Any bytes as event lines: no crash, the log stays whole lines, the records stay JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "eventw.h"
#include "json.h"
#include "jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_json(struct buf *b)
{
	struct json d;

	if (buf_ok(b) && json_parse(&d, b->p, b->len, NULL) != JSON_OK)
		abort();
	json_release(&d);
	buf_reset(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_facts f = EVENT_FACTS_INIT;
	struct buf log = BUF_INIT, out = BUF_INIT;
	const char *p = (const char *)data, *end = p + size;
	struct jsonw w;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p), before = log.len;

		(void)event_take(&f, p, len, &log);	/* both answers are fine */
		if (log.len > before && (log.p[log.len - 1] != '\n' ||
		    memchr(log.p + before, '\n', log.len - before) != log.p + log.len - 1))
			abort();
		p = nl ? nl + 1 : end;
	}
	jsonw_init(&w, &out);
	event_write_usage(&w, &f, NULL);
	must_be_json(&out);
	jsonw_init(&w, &out);
	event_write_result(&w, &f);
	must_be_json(&out);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	event_write_exit(&w, &f);
	jsonw_end(&w);
	must_be_json(&out);
	event_release(&f);
	buf_release(&log);
	buf_release(&out);
	return 0;
}
