/* SPDX-License-Identifier: MIT */
/* chattext: texts of a request. */
#include "chattext.h"

#include <string.h>
#include "buf.h"
#include "gwprofile.h"
#include "json.h"
#include "jsonw.h"

void
chattext_say(struct jsonw *w, const char *words)
{
	jsonw_more(w, words, strlen(words));
}

/* Half a surrogate pair is JSON, but many parsers refuse it. */
static bool
spliceable(const char *raw, size_t len)
{
	return !memmem(raw, len, "\\ud", 3) && !memmem(raw, len, "\\uD", 3);
}

void
chattext_add(struct jsonw *w, const struct json *d, int node)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	size_t len;
	const char *raw = json_raw(d, node, &len);

	if (json_type(d, node) != JSON_T_STRING)
		return;
	if (spliceable(raw, len)) {
		jsonw_more_raw(w, raw + 1, len - 2);
	} else if (json_str(d, node, &b) == 0) {
		jsonw_more(w, b.p, b.len);
	} else {
		w->out->failed = true;
	}
}

int
chattext_first(const struct json *d, int content)
{
	return json_type(d, content) == JSON_T_STRING ? content :
		json_type(d, content) == JSON_T_ARRAY ? json_first(d, content) : JSON_ABSENT;
}

int
chattext_next(const struct json *d, int content, int block)
{
	return block == content ? JSON_ABSENT : json_next(d, block);
}

int
chattext_text(const struct json *d, int block)
{
	size_t len;
	int text = block;

	if (json_type(d, block) == JSON_T_OBJECT)
		text = json_is(d, json_get(d, block, "type"), "text") ?
			json_get(d, block, "text") : JSON_ABSENT;
	(void)json_raw(d, text, &len);
	return json_type(d, text) == JSON_T_STRING && len > 2 ? text : JSON_ABSENT;
}

int
chattext_schema(const struct json *d)
{
	int format = json_path(d, 0, "output_config.format"), schema;

	if (format < 0)
		format = json_get(d, 0, "output_format");
	schema = json_get(d, format, "schema");
	return json_type(d, schema) == JSON_T_OBJECT ? schema : JSON_ABSENT;
}

/* The client's own bookkeeping, different in every job: it defeats prefix caches. */
static bool
is_billing(const struct json *d, int text)
{
	static const char mark[] = "\"x-anthropic-billing-header:";
	size_t len;
	const char *raw = json_raw(d, text, &len);

	return len >= sizeof mark - 1 && !memcmp(raw, mark, sizeof mark - 1);
}

void
chattext_system(struct jsonw *w, const struct json *d, const struct gwprofile *p)
{
	int system = json_get(d, 0, "system"), schema = chattext_schema(d), n;
	const char *raw;
	bool any = false;
	size_t len;

	if (p->json == GW_JSON_SCHEMA)
		schema = JSON_ABSENT;	/* said in response_format */
	for (n = chattext_first(d, system); n >= 0 || schema >= 0;
	    n = n >= 0 ? chattext_next(d, system, n) : JSON_ABSENT) {
		int text = chattext_text(d, n);

		if (n >= 0 && (text < 0 || is_billing(d, text)))
			continue;
		if (any) {
			chattext_say(w, "\n\n");
		} else {
			jsonw_object(w);
			jsonw_mstr(w, "role", "system");
			jsonw_key(w, "content");
			jsonw_string(w);
			any = true;
		}
		if (n >= 0) {
			chattext_add(w, d, text);
			continue;
		}
		chattext_say(w, "Answer with one JSON value and nothing else. "
		    "It must match this JSON schema:\n");
		raw = json_raw(d, schema, &len);
		jsonw_more(w, raw, len);
		schema = JSON_ABSENT;
	}
	if (any) {
		jsonw_string_end(w);
		jsonw_end(w);
	}
}
