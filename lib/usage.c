/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "jsonw.h"

#define COUNT_MAX INT64_C(1000000000000)
#define MODELS_MAX 64		/* with a name of their own; the agent says the names */
#define NAME_MAX_BYTES 256

/* The same numbers in our file, in a result line's usage, and in its modelUsage. */
static const char *const ours[] = { "input_tokens", "output_tokens", "cache_read_tokens",
	"cache_creation_tokens" };
static const char *const line[] = { "input_tokens", "output_tokens", "cache_read_input_tokens",
	"cache_creation_input_tokens" };
static const char *const model[] = { "inputTokens", "outputTokens", "cacheReadInputTokens",
	"cacheCreationInputTokens" };

void
usage_release(struct usage *u)
{
	for (size_t i = 0; i < u->nmodels; i++)
		free(u->models[i].name);
	free(u->models);
	*u = (struct usage)USAGE_INIT;
}

static struct usage_model *
find(const struct usage *u, const char *name)
{
	for (size_t i = 0; i < u->nmodels; i++)
		if (!strcmp(u->models[i].name, name))
			return &u->models[i];
	return NULL;
}

/* The entry of a model, made if need be: beyond the limits one for all. NULL: no memory. */
static struct usage_model *
entry(struct usage *u, const char *name)
{
	struct usage_model *m, *v;

	if (strlen(name) > NAME_MAX_BYTES)
		name = "others";
	m = find(u, name);
	if (!m && u->nmodels >= MODELS_MAX) {
		name = "others";
		m = find(u, name);
	}
	if (m)
		return m;
	v = realloc(u->models, (u->nmodels + 1) * sizeof *v);
	if (v)
		u->models = v;
	if (!v || !(v[u->nmodels] = (struct usage_model){ .name = strdup(name) }).name) {
		u->failed = true;
		return NULL;
	}
	return &v[u->nmodels++];
}

/* Sums of what is believable do not overflow. */
static int64_t
count(const struct json *d, int obj, const char *name)
{
	int64_t n = json_get_int(d, obj, name, 0);

	return n < 0 || n > COUNT_MAX ? 0 : n;
}

static void
add_counts(int64_t n[USAGE_COUNTS], const struct json *d, int obj, const char *const names[])
{
	for (int i = 0; i < USAGE_COUNTS; i++)
		n[i] += count(d, obj, names[i]);
}

static void
add_cost(double *cost, bool *known, const struct json *d, int node)
{
	double x;

	if (json_num(d, node, &x) < 0)
		return;
	*cost += x;
	*known = true;
}

static void
add_models(struct usage *u, const struct json *d, int models, const char *const names[],
	const char *cost)
{
	if (json_type(d, models) != JSON_T_OBJECT)
		return;
	for (int n = json_first(d, models); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *name = json_cstr(d, n);
		int value = json_value(d, n);
		struct usage_model *m = NULL;

		if (name && json_type(d, value) == JSON_T_OBJECT)
			m = entry(u, name);
		if (!m)
			continue;
		add_counts(m->n, d, value, names);
		add_cost(&m->cost, &m->cost_known, d, json_get(d, value, cost));
	}
}

void
usage_add(struct usage *u, const struct json *d)
{
	add_counts(u->n, d, 0, ours);
	add_cost(&u->cost, &u->cost_known, d, json_get(d, 0, "cost_usd"));
	u->turns += count(d, 0, "turns");
	add_models(u, d, json_get(d, 0, "models"), ours, "cost_usd");
}

void
usage_of_result(struct usage *u, const struct json *d)
{
	int models = json_get(d, 0, "modelUsage");

	/* usage speaks of the last turn only when messages were queued; modelUsage of all */
	if (json_len(d, models) == 0)
		add_counts(u->n, d, json_get(d, 0, "usage"), line);
	add_models(u, d, models, model, "costUSD");
	for (size_t i = 0; i < u->nmodels; i++)
		for (int k = 0; k < USAGE_COUNTS; k++)
			u->n[k] += u->models[i].n[k];
	add_cost(&u->cost, &u->cost_known, d, json_get(d, 0, "total_cost_usd"));
	u->turns = count(d, 0, "num_turns");
}

static void
less(int64_t n[USAGE_COUNTS], double *cost, const int64_t by[USAGE_COUNTS], double by_cost)
{
	for (int i = 0; i < USAGE_COUNTS; i++)
		n[i] = n[i] > by[i] ? n[i] - by[i] : 0;
	*cost = *cost > by_cost ? *cost - by_cost : 0;
}

void
usage_less(struct usage *u, const struct usage *before)
{
	/* a session that does not count on: a run used at least what it says */
	for (int i = 0; i < USAGE_COUNTS; i++)
		if (u->n[i] < before->n[i])
			return;
	less(u->n, &u->cost, before->n, before->cost);
	for (size_t i = 0; i < u->nmodels; i++) {
		const struct usage_model *m = find(before, u->models[i].name);

		if (m)
			less(u->models[i].n, &u->models[i].cost, m->n, m->cost);
	}
}

static void
write_counts(struct jsonw *w, const int64_t n[USAGE_COUNTS])
{
	for (int i = 0; i < USAGE_COUNTS; i++)
		jsonw_mint(w, ours[i], n[i]);
}

void
usage_write(struct jsonw *w, const struct usage *u)
{
	jsonw_object(w);
	write_counts(w, u->n);
	jsonw_key(w, "cost_usd");
	if (u->cost_known)
		jsonw_double(w, u->cost);
	else
		jsonw_null(w);
	jsonw_mint(w, "turns", u->turns);
	jsonw_key(w, "models");
	jsonw_object(w);
	for (size_t i = 0; i < u->nmodels; i++) {
		jsonw_key(w, u->models[i].name);
		jsonw_object(w);
		write_counts(w, u->models[i].n);
		if (u->models[i].cost_known) {
			jsonw_key(w, "cost_usd");
			jsonw_double(w, u->models[i].cost);
		}
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}
