/* SPDX-License-Identifier: MIT */
#include "t.h"
#include "buf.h"
#include "jsonw.h"
#include "usage.h"

static void
parse(struct json *d, const char *text)
{
	EQ(json_parse(d, text, strlen(text), NULL), JSON_OK, "JSON");
}

static const char *
written(const struct usage *u, struct buf *b)
{
	struct jsonw w;

	buf_reset(b);
	jsonw_init(&w, b);
	usage_write(&w, u);
	return b->p;
}

/* What a session says grows from run to run; the sum of the runs is what it said last. */
static void
check_session(void)
{
	static const char *const said[] = {
		"{\"total_cost_usd\":0.5,\"num_turns\":3,\"modelUsage\":{\"a\":{\"inputTokens\":100,\"outputTokens\":10,\"costUSD\":0.5}}}",
		"{\"total_cost_usd\":0.75,\"num_turns\":2,\"modelUsage\":{\"a\":{\"inputTokens\":130,\"outputTokens\":11,\"costUSD\":0.5},"
		    "\"b\":{\"inputTokens\":20,\"outputTokens\":5,\"cacheReadInputTokens\":7,\"costUSD\":0.25}}}",
	};
	struct buf b CLEANUP(buf) = BUF_INIT;
	struct usage sum = USAGE_INIT;

	for (int i = 0; i < 2; i++) {
		struct usage u = USAGE_INIT;
		struct json d, own;

		parse(&d, said[i]);
		usage_of_result(&u, &d);
		usage_less(&u, &sum);
		parse(&own, written(&u, &b));
		if (i)
			IS(b.p, "{\"input_tokens\":50,\"output_tokens\":6,\"cache_read_tokens\":7,\"cache_creation_tokens\":0,"
			    "\"cost_usd\":0.25,\"turns\":2,\"models\":{\"a\":{\"input_tokens\":30,\"output_tokens\":1,"
			    "\"cache_read_tokens\":0,\"cache_creation_tokens\":0,\"cost_usd\":0},\"b\":{\"input_tokens\":20,"
			    "\"output_tokens\":5,\"cache_read_tokens\":7,\"cache_creation_tokens\":0,\"cost_usd\":0.25}}}",
			    "the second run's own");
		usage_add(&sum, &own);
		json_release(&own);
		json_release(&d);
		usage_release(&u);
	}
	EQ(sum.n[USAGE_IN], 150, "input");
	EQ(sum.n[USAGE_OUT], 16, "output");
	EQ(sum.turns, 5, "turns");
	OK(sum.cost_known && sum.cost > 0.7499 && sum.cost < 0.7501, "cost");
	EQ(sum.nmodels, 2, "models");
	usage_release(&sum);
}

/* A session that begins to count anew, and a file that says nothing. */
static void
check_odd(void)
{
	struct usage before = USAGE_INIT, u = USAGE_INIT;
	struct json d;

	parse(&d, "{\"usage\":{\"input_tokens\":5,\"output_tokens\":1},\"modelUsage\":{},\"num_turns\":1}");
	before.n[USAGE_IN] = 100;
	usage_of_result(&u, &d);
	usage_less(&u, &before);
	EQ(u.n[USAGE_IN], 5, "is its own");
	OK(!u.cost_known, "no cost was said");
	json_release(&d);
	usage_add(&u, &(struct json){ 0 });
	EQ(u.n[USAGE_IN], 5, "an absent file adds nothing");
	parse(&d, "{\"input_tokens\":\"x\",\"models\":[1],\"cost_usd\":null}");
	usage_add(&u, &d);
	EQ(u.n[USAGE_IN], 5, "nor does nonsense");
	json_release(&d);
	usage_release(&u);
}

/* A program inside the walls may say anything: sums stay sums. */
static void
check_absurd(void)
{
	static const char said[] = "{\"num_turns\":9223372036854775807,\"modelUsage\":{"
		"\"a\":{\"inputTokens\":9223372036854775807,\"outputTokens\":-5},"
		"\"b\":{\"inputTokens\":9223372036854775807,\"outputTokens\":7}}}";
	struct usage u = USAGE_INIT;
	struct json d;

	parse(&d, said);
	usage_of_result(&u, &d);
	EQ(u.n[USAGE_IN], 0, "what nobody can believe is not counted");
	EQ(u.n[USAGE_OUT], 7, "nor what is below 0");
	EQ(u.turns, 0, "turns neither");
	usage_release(&u);
	json_release(&d);
}

/* Nor does it fill usage.json: what has too many names is summed. */
static void
check_many(void)
{
	CLEANUP(buf) struct buf said = BUF_INIT;
	struct usage u = USAGE_INIT;
	struct json d;

	(void)buf_addstr(&said, "{\"modelUsage\":{\"");
	for (int i = 0; i < 1000; i++)
		(void)buf_addch(&said, 'x');
	(void)buf_addstr(&said, "\":{\"inputTokens\":1}");
	for (int i = 0; i < 50000; i++)
		(void)buf_addf(&said, ",\"m%d\":{\"inputTokens\":1}", i);
	(void)buf_addstr(&said, "}}");
	parse(&d, said.p);
	usage_of_result(&u, &d);
	EQ(u.n[USAGE_IN], 50001, "every model is counted");
	EQ(u.nmodels, 64, "not every one is named");
	OK(!strcmp(u.models[0].name, "others"), "a name that is none is not, either");
	usage_release(&u);
	json_release(&d);
}

int
main(void)
{
	check_session();
	check_odd();
	check_absurd();
	check_many();
	return t_done();
}
