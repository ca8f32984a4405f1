/* SPDX-License-Identifier: MIT */
/* chatreq: the request but for its messages and tools. */
#include "chatreq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "chatctx.h"
#include "chatmsg.h"
#include "chattext.h"
#include "chattool.h"
#include "gwprofile.h"
#include "json.h"
#include "jsonw.h"

#define PICTURE_TOKENS 1500		/* about what one costs */

static void
write_number(struct jsonw *w, const char *name, const struct json *d, int node)
{
	if (json_type(d, node) != JSON_T_NUMBER)
		return;
	jsonw_key(w, name);
	jsonw_node(w, d, node);
}

static void
write_sampling(struct jsonw *w, const struct json *d, const struct gwprofile *p)
{
	int stops = json_get(d, 0, "stop_sequences"), n = json_first(d, stops);

	if (!p->sampling)
		return;
	write_number(w, "temperature", d, json_get(d, 0, "temperature"));
	write_number(w, "top_p", d, json_get(d, 0, "top_p"));
	if (json_type(d, stops) != JSON_T_ARRAY || n < 0 || p->stops == 0)
		return;
	jsonw_key(w, "stop");
	jsonw_array(w);
	for (int i = 0; n >= 0 && i < p->stops; n = json_next(d, n), i++)
		jsonw_node(w, d, n);
	jsonw_end(w);
}

static void
write_format(struct jsonw *w, const struct json *d, const struct gwprofile *p)
{
	int schema = chattext_schema(d);
	bool with_schema;

	if (schema < 0 || p->json == GW_JSON_TEXT)
		return;
	with_schema = chattool_format(w, p);
	if (with_schema)
		chattool_schema(w, d, schema, p);
	chattool_format_end(w, with_schema);
}

/* Anthropic's scale ends higher than the others'. */
static void
write_effort(struct jsonw *w, const struct json *d, const struct gwprofile *p)
{
	int effort = json_path(d, 0, "output_config.effort");

	if (!p->effort || json_type(d, effort) != JSON_T_STRING)
		return;
	jsonw_mstr(w, "reasoning_effort", json_is(d, effort, "low") ? "low" :
	    json_is(d, effort, "medium") ? "medium" : "high");
}

static void
write_limits(struct jsonw *w, const struct json *d, const struct gwprofile *p, struct chatctx *ctx)
{
	int64_t max = json_get_int(d, 0, "max_tokens", 0);

	if (max > 0 && p->max_output && max > p->max_output)
		max = p->max_output;
	ctx->max_tokens = max > 0 ? max : 0;
	if (max > 0)
		jsonw_mint(w, p->max_tokens, max);
}

static void
write_stream(struct jsonw *w, const struct gwprofile *p, const struct chatctx *ctx)
{
	jsonw_mbool(w, "stream", ctx->stream);
	if (!ctx->stream || !p->stream_options)
		return;
	jsonw_key(w, "stream_options");
	jsonw_object(w);
	jsonw_mbool(w, "include_usage", true);
	jsonw_end(w);
}

static int
refuse(struct buf *why, const char *words)
{
	(void)buf_addstr(why, words);	/* the status says enough */
	errno = EINVAL;
	return -1;
}

/* What the answer's translation will ask for. */
static int
fill_context(struct chatctx *ctx, const struct json *d)
{
	chatctx_release(ctx);
	ctx->model = json_get_cstr(d, 0, "model");
	ctx->stream = json_get_bool(d, 0, "stream", false);
	ctx->estimate = chatreq_estimate(d);
	return ctx->model ? 0 : -1;
}

int
chatreq_write(struct buf *out, const struct json *d, const struct gwprofile *p, const char *model,
	struct chatctx *ctx, struct buf *why)
{
	size_t before = out->len;
	struct gwprofile own;
	struct jsonw w;
	int r;

	if (json_type(d, 0) != JSON_T_OBJECT)
		return refuse(why, "the request is not a JSON object");
	if (json_type(d, json_get(d, 0, "model")) != JSON_T_STRING)
		return refuse(why, "model: a string is required");
	if (json_type(d, json_get(d, 0, "messages")) != JSON_T_ARRAY ||
	    json_len(d, json_get(d, 0, "messages")) == 0)
		return refuse(why, "messages: at least one message is required");
	if (fill_context(ctx, d) < 0)
		return errno == EINVAL ? refuse(why, "model: NUL in a name") : -1;
	if (!model)
		model = ctx->model;
	own = gwprofile_model(p, model);
	ctx->window = own.window;
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "model", model);
	jsonw_key(&w, "messages");
	jsonw_array(&w);
	chattext_system(&w, d, &own);
	r = chatmsg_write(&w, d, &own, why);
	jsonw_end(&w);
	if (r == 0)
		r = chattool_write(&w, d, &own, ctx);
	write_limits(&w, d, &own, ctx);
	write_sampling(&w, d, &own);
	write_format(&w, d, &own);
	write_effort(&w, d, &own);
	write_stream(&w, &own, ctx);
	jsonw_end(&w);
	if (r == 0 && buf_ok(out))
		return 0;
	r = r < 0 ? errno : ENOMEM;
	buf_setlen(out, before);
	errno = r;
	return -1;
}

int64_t
chatreq_estimate(const struct json *d)
{
	static const char *const parts[] = { "system", "messages", "tools" };
	int64_t bytes = 0, pictures = 0;
	size_t len;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		(void)json_raw(d, json_get(d, 0, parts[i]), &len);
		bytes += (int64_t)len;
	}
	/* Pictures are long in bytes, not in tokens. */
	for (int n = 0; n < d->count; n++) {
		int value = json_value(d, n);

		if (value < 0 || !json_raw(d, value, &len) || len < 1024 || !json_is(d, n, "data"))
			continue;
		bytes -= (int64_t)len;
		pictures++;
	}
	return bytes / 4 + pictures * PICTURE_TOKENS + 1;
}
