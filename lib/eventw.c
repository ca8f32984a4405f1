/* SPDX-License-Identifier: MIT */
#include "eventw.h"
#include "buf.h"
#include "json.h"
#include "jsonw.h"
#include "usage.h"

#define DENIED_MAX 20
#define TARGET_MAX 500

void
event_write_exit(struct jsonw *w, const struct event_facts *f)
{
	jsonw_mbool(w, "result", f->result_seen);
	jsonw_key(w, "is_error");
	if (f->result_seen)
		jsonw_bool(w, f->is_error);
	else
		jsonw_null(w);
	jsonw_key(w, "subtype");
	jsonw_cstr(w, f->subtype);
	jsonw_key(w, "terminal_reason");
	jsonw_cstr(w, f->terminal_reason);
	jsonw_key(w, "api_error_status");
	if (f->api_error_status)
		jsonw_int(w, f->api_error_status);
	else
		jsonw_null(w);
	jsonw_mbool(w, "structured", f->structured);
	jsonw_key(w, "session_id");
	jsonw_cstr(w, f->session);
	jsonw_key(w, "model");
	jsonw_cstr(w, f->model);
	jsonw_key(w, "version");
	jsonw_cstr(w, f->version);
	jsonw_key(w, "denials");
	jsonw_array(w);
	for (int i = 0; i < f->ndenials; i++) {
		const struct event_denial *x = &f->denials[i];

		jsonw_object(w);
		jsonw_mstr(w, "tool", x->tool);
		jsonw_mint(w, "count", x->told > x->live ? x->told : x->live);
		jsonw_end(w);
	}
	jsonw_end(w);
}

void
event_write_usage(struct jsonw *w, const struct event_facts *f, const struct usage *before)
{
	struct usage u = USAGE_INIT;
	struct json d;

	/* It was parsed once, so only memory can fail; then d is empty and all reads as absent. */
	(void)json_parse(&d, f->result ? f->result : "{}", f->result ? f->result_len : 2, NULL);
	usage_of_result(&u, &d);
	if (before)
		usage_less(&u, before);
	usage_write(w, &u);
	usage_release(&u);
	json_release(&d);
}

/* What was refused, and what it was to be done to: which of it matters is for the checks. */
static void
write_denied(struct jsonw *w, const struct json *d)
{
	static const char *const telling[] = { "file_path", "notebook_path", "command", "path", "pattern" };
	int list = json_get(d, 0, "permission_denials"), left = DENIED_MAX;

	if (json_type(d, list) != JSON_T_ARRAY || !json_len(d, list))
		return;
	jsonw_key(w, "denied");
	jsonw_array(w);
	for (int n = json_first(d, list); n >= 0 && left-- > 0; n = json_next(d, n)) {
		int input = json_get(d, n, "tool_input"), target = JSON_ABSENT;
		struct buf text CLEANUP(buf) = BUF_INIT;

		for (size_t i = 0; i < sizeof telling / sizeof *telling && target < 0; i++)
			target = json_get(d, input, telling[i]);
		if (json_str(d, target, &text) < 0)
			continue;
		jsonw_object(w);
		jsonw_key(w, "tool");
		if (json_type(d, json_get(d, n, "tool_name")) == JSON_T_STRING)
			jsonw_node(w, d, json_get(d, n, "tool_name"));
		else
			jsonw_null(w);
		jsonw_key(w, "target");
		jsonw_str(w, text.p, text.len < TARGET_MAX ? text.len : TARGET_MAX);
		jsonw_end(w);
	}
	jsonw_end(w);
}

void
event_write_result(struct jsonw *w, const struct event_facts *f)
{
	struct json d;
	int errors;

	(void)json_parse(&d, f->result ? f->result : "{}", f->result ? f->result_len : 2, NULL);
	errors = json_get(&d, 0, "errors");
	jsonw_object(w);
	jsonw_key(w, "structured");
	if (f->structured && json_get(&d, 0, "structured_output") >= 0)
		jsonw_node(w, &d, json_get(&d, 0, "structured_output"));
	else
		jsonw_null(w);
	jsonw_key(w, "text");
	if (!f->structured && json_type(&d, json_get(&d, 0, "result")) == JSON_T_STRING)
		jsonw_node(w, &d, json_get(&d, 0, "result"));
	else
		jsonw_cstr(w, f->structured ? NULL : f->said);
	if (json_type(&d, errors) == JSON_T_ARRAY) {
		jsonw_key(w, "errors");
		jsonw_node(w, &d, errors);
	}
	write_denied(w, &d);
	jsonw_end(w);
	json_release(&d);
}
