/* SPDX-License-Identifier: MIT */
/*
 * usage: what runs of the agent used: tokens, cost, turns, by model too. The only code that
 * knows the members of usage.json. Pure.
 *
 * What Claude Code says after --resume is the sum of its whole session; a run's own use is
 * that less what the runs before it used.
 */
#ifndef JOBDIR_USAGE_H
#define JOBDIR_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "json.h"

struct jsonw;

enum { USAGE_IN, USAGE_OUT, USAGE_READ, USAGE_MADE, USAGE_COUNTS };

struct usage_model {
	char *name;
	int64_t n[USAGE_COUNTS];
	double cost;
	bool cost_known;
};

struct usage {
	int64_t n[USAGE_COUNTS];	/* tokens: input, output, read from and put into the cache */
	int64_t turns;
	double cost;
	bool cost_known;
	struct usage_model *models;
	size_t nmodels;
	bool failed;			/* out of memory: models are missing */
};
#define USAGE_INIT { .turns = 0 }

void usage_release(struct usage *u);
/* Add what a usage.json says (an empty document: nothing). */
void usage_add(struct usage *u, const struct json *d);
/* Set from a result line of Claude Code. */
void usage_of_result(struct usage *u, const struct json *d);
/* Take away, never below 0; turns are a run's own and stay. */
void usage_less(struct usage *u, const struct usage *before);
/* The object of usage.json. */
void usage_write(struct jsonw *w, const struct usage *u);

#endif
