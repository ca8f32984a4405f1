/* SPDX-License-Identifier: MIT */
#include "eventw.h"
#include "buf.h"
#include "json.h"
#include "jsonw.h"

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

struct total {
	int64_t in, out, read, made;
};

/* usage speaks of the last turn only when messages were queued; modelUsage of all. */
static struct total
totals(const struct json *d)
{
	int models = json_get(d, 0, "modelUsage"), usage = json_get(d, 0, "usage"), n;
	struct total t = { 0 };

	if (json_len(d, models) == 0) {
		t.in = json_get_int(d, usage, "input_tokens", 0);
		t.out = json_get_int(d, usage, "output_tokens", 0);
		t.read = json_get_int(d, usage, "cache_read_input_tokens", 0);
		t.made = json_get_int(d, usage, "cache_creation_input_tokens", 0);
		return t;
	}
	for (n = json_first(d, models); n >= 0; n = json_next(d, n)) {
		int m = json_value(d, n);

		t.in += json_get_int(d, m, "inputTokens", 0);
		t.out += json_get_int(d, m, "outputTokens", 0);
		t.read += json_get_int(d, m, "cacheReadInputTokens", 0);
		t.made += json_get_int(d, m, "cacheCreationInputTokens", 0);
	}
	return t;
}

static void
write_models(struct jsonw *w, const struct json *d)
{
	int models = json_get(d, 0, "modelUsage"), n;
	double cost;

	jsonw_key(w, "models");
	jsonw_object(w);
	for (n = json_type(d, models) == JSON_T_OBJECT ? json_first(d, models) : JSON_ABSENT; n >= 0;
	    n = json_next(d, n)) {
		int m = json_value(d, n);
		struct buf name CLEANUP(buf) = BUF_INIT;

		if (json_type(d, m) != JSON_T_OBJECT || json_str(d, n, &name) < 0)
			continue;
		jsonw_keyn(w, name.p, name.len);
		jsonw_object(w);
		jsonw_mint(w, "input_tokens", json_get_int(d, m, "inputTokens", 0));
		jsonw_mint(w, "output_tokens", json_get_int(d, m, "outputTokens", 0));
		jsonw_mint(w, "cache_read_tokens", json_get_int(d, m, "cacheReadInputTokens", 0));
		jsonw_mint(w, "cache_creation_tokens", json_get_int(d, m, "cacheCreationInputTokens", 0));
		if (json_num(d, json_get(d, m, "costUSD"), &cost) == 0) {
			jsonw_key(w, "cost_usd");
			jsonw_double(w, cost);
		}
		jsonw_end(w);
	}
	jsonw_end(w);
}

void
event_write_usage(struct jsonw *w, const struct event_facts *f)
{
	struct total t;
	struct json d;
	double cost;

	/* It was parsed once, so only memory can fail; then d is empty and all reads as absent. */
	(void)json_parse(&d, f->result ? f->result : "{}", f->result ? f->result_len : 2, NULL);
	t = totals(&d);
	jsonw_object(w);
	jsonw_mint(w, "input_tokens", t.in);
	jsonw_mint(w, "output_tokens", t.out);
	jsonw_mint(w, "cache_read_tokens", t.read);
	jsonw_mint(w, "cache_creation_tokens", t.made);
	jsonw_key(w, "cost_usd");
	if (json_num(&d, json_get(&d, 0, "total_cost_usd"), &cost) == 0)
		jsonw_double(w, cost);
	else
		jsonw_null(w);
	jsonw_mint(w, "turns", json_get_int(&d, 0, "num_turns", 0));
	write_models(w, &d);
	jsonw_end(w);
	json_release(&d);
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
	jsonw_end(w);
	json_release(&d);
}
