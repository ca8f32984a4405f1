/* SPDX-License-Identifier: MIT */
#include "analyzerun.h"

#include <stdlib.h>
#include <string.h>

#include "anscache.h"
#include "answer.h"
#include "envfile.h"
#include "jobreq.h"
#include "jsonw.h"
#include "sha256.h"

/* All that the answer depends on. */
static int
make_key(struct analyzerun *c, char key[65])
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	const char *model = c->ask.model ? c->ask.model : askmodel_model();
	const struct analyze_ask ask = { .base_url = askmodel_url() ? askmodel_url() : "",
		.model = model ? model : "", .question = c->ask.question, .schema = c->ask.schema,
		.max_tokens = c->ask.max_tokens };

	(void)buf_addf(&b, "%s\n%s\n", ask.base_url, c->ask.route ? c->ask.route : "");
	if (analyze_body(&c->files, &ask, &b) < 0)
		return -1;
	sha256_hex(b.p, b.len, key);
	return 0;
}

static void
put_number(struct jsonw *w, const char *name, int64_t n)
{
	if (n >= 0)
		jsonw_mint(w, name, n);
}

/* The answer as it is kept: redacted. */
static int
write_answer(const struct analyzerun *c, struct buf *out)
{
	const struct analyze_answer *x = &c->ask.answer;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "answer");
	jsonw_str(&w, x->text.p, x->text.len);
	jsonw_mbool(&w, "complete", !x->finish || strcmp(x->finish, "length"));
	jsonw_mstr(&w, "model", c->ask.used_model);
	jsonw_mstr(&w, "route", c->ask.used);
	jsonw_mint(&w, "files", (int64_t)c->files.n);
	jsonw_mint(&w, "bytes", (int64_t)c->files.bytes);
	jsonw_key(&w, "usage");
	jsonw_object(&w);
	put_number(&w, "input_tokens", x->input);
	put_number(&w, "cached_tokens", x->cached);
	put_number(&w, "output_tokens", x->output);
	put_number(&w, "reasoning_tokens", x->reasoning);
	jsonw_end(&w);
	jsonw_end(&w);
	return jobreq_redact(out);
}

/* From the cache, or from the model. 0; -1 with why. */
int
analyzerun(struct analyzerun *c, struct buf *out, bool *cached, struct buf *why)
{
	CLEANUP(buf) struct buf secrets = BUF_INIT;
	char key[65];

	c->ask.files = &c->files;
	*cached = false;
	if (make_key(c, key) < 0)
		return buf_addstr(why, "cannot read the question"), -1;
	*cached = !anscache_get(key, c->ttl_ms, out);
	if (*cached)
		return 0;
	if (envfile_secrets(&secrets, why) < 0 || askmodel(&c->ask, &secrets, why) < 0)
		return (void)jobreq_redact(why), -1;
	if (write_answer(c, out) < 0)
		return buf_addstr(why, "cannot write the answer"), -1;
	if (c->ttl_ms > 0)
		anscache_put(key, out->p, out->len);
	return 0;
}

/* For a tool the answer is cut to what clients take, and "cached" added. */
void
analyzerun_json(const struct buf *kept, bool cached, size_t max, struct buf *out)
{
	CLEANUP(buf) struct buf text = BUF_INIT, shown = BUF_INIT;
	struct json d;
	struct jsonw w;

	if (json_parse(&d, kept->p, kept->len, NULL) != JSON_OK) {
		json_release(&d);
		answer_error(out, ANSWER_INTERNAL, "the answer kept is damaged", NULL);
		return;
	}
	(void)json_str(&d, json_get(&d, 0, "answer"), &text);
	answer_foreign(&shown, text.p, text.len, max, "the answer; ask for less");
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "answer");
	jsonw_str(&w, shown.p, shown.len);
	answer_agent_words(&w, "answer");
	jsonw_mbool(&w, "cached", cached);
	for (int n = json_first(&d, 0); n >= 0; n = json_next(&d, n)) {
		CLEANUP(free) char *name = json_cstr(&d, n);

		if (!name || !strcmp(name, "answer"))
			continue;
		jsonw_key(&w, name);
		jsonw_node(&w, &d, json_value(&d, n));
	}
	jsonw_end(&w);
	json_release(&d);
}
