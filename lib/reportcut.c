/* SPDX-License-Identifier: MIT */
#include "reportcut.h"

#include <string.h>
#include "answer.h"
#include "buf.h"
#include "jsonw.h"

#define DEPTH_MAX 6
#define KEY_MAX 100			/* bytes of the name of a member */
#define SHORT_MAX 600

static void
put_text(struct jsonw *w, const struct json *d, int node, const struct report_cut *c)
{
	struct buf raw CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;

	(void)json_str(d, node, &raw);	/* no memory: what there is */
	answer_foreign(&out, raw.p, raw.len, c->l->text, c->where);
	jsonw_str(w, out.p, out.len);
}

void
report_words(struct jsonw *w, const char *name, const char *s)
{
	struct buf out CLEANUP(buf) = BUF_INIT;

	answer_foreign(&out, s, strlen(s), SHORT_MAX, NULL);
	if (name)
		jsonw_key(w, name);
	jsonw_str(w, out.p, out.len);
}

static bool
skipped(const struct json *d, int name, const struct report_cut *c, int depth)
{
	for (const char *const *s = depth == 0 ? c->skip : NULL; s && *s; s++)
		if (json_is(d, name, *s))
			return true;
	return false;
}

/* An agent may name a member like one of ours: then it says whose it is. */
static void
put_key(struct jsonw *w, const struct json *d, int node, const struct report_cut *c)
{
	struct buf key CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;

	(void)json_str(d, node, &key);	/* no memory: what there is */
	if (!c->ours) {
		(void)buf_addch(&key, ':');
		answer_foreign(&out, key.p, key.len, KEY_MAX, NULL);
		if (out.len && out.p[out.len - 1] == ':')
			buf_setlen(&out, out.len - 1);
	}
	jsonw_keyn(w, c->ours ? key.p : out.p, c->ours ? key.len : out.len);
}

void
report_value(struct jsonw *w, const struct json *d, int node, const struct report_cut *c, int depth)
{
	enum json_type t = json_type(d, node);
	size_t i = 0, len = json_len(d, node);
	struct buf key CLEANUP(buf) = BUF_INIT;

	if (t == JSON_T_STRING) {
		put_text(w, d, node, c);
	} else if (t == JSON_T_OBJECT && depth < DEPTH_MAX) {
		jsonw_object(w);
		for (int n = json_first(d, node); n >= 0 && i < 64; n = json_next(d, n)) {
			if (skipped(d, n, c, depth))
				continue;
			put_key(w, d, n, c);
			report_value(w, d, json_value(d, n), c, depth + 1);
			i++;
		}
		jsonw_end(w);
	} else if (t == JSON_T_ARRAY && depth < DEPTH_MAX) {
		jsonw_array(w);
		for (int n = json_first(d, node); n >= 0 && i < c->l->list; n = json_next(d, n), i++)
			report_value(w, d, n, c, depth + 1);
		if (i < len) {
			(void)buf_addf(&key, "[… %zu more%s%s]", len - i, c->where ? " in " : "",
			    c->where ? c->where : "");
			jsonw_str(w, key.p, key.len);
		}
		jsonw_end(w);
	} else if (t == JSON_T_OBJECT || t == JSON_T_ARRAY || t == JSON_T_ABSENT) {
		jsonw_null(w);
	} else {
		jsonw_node(w, d, node);
	}
}

void
report_member(struct jsonw *w, const struct json *d, int obj, const char *name, const struct report_cut *c)
{
	int n = json_get(d, obj, name);

	if (n < 0 || json_type(d, n) == JSON_T_NULL)
		return;
	jsonw_key(w, name);
	report_value(w, d, n, c, 1);
}
