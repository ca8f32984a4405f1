/* SPDX-License-Identifier: MIT */
/*
 * gwpolicy: when to try again, and where. Pure: the clock and the dice are
 * the caller's.
 */
#ifndef JOBDIR_GWPOLICY_H
#define JOBDIR_GWPOLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	GWPOLICY_RETRIES = 3,		/* after the first try, at each gateway */
	GWPOLICY_BUDGET_MS = 30000,	/* of waiting, at each gateway */
	GWPOLICY_TRIP = 3,		/* requests in a row that the primary could not serve … */
	GWPOLICY_OPEN_MS = 60000,	/* … make the fallback the first for so long */
};

struct gwretry {
	int tries;
	int64_t waited_ms;
};

/*
 * How long to wait before the next try, in ms; -1: no more of them. asked_ms: what
 * the provider demands, -1: nothing; a demand beyond the budget is no reason
 * to come back earlier. dice: any random bits. Counts the try.
 */
int64_t gwretry_next(struct gwretry *r, int64_t asked_ms, uint32_t dice);

struct gwcircuit {
	int failures;
	int64_t open_until;		/* 0: closed */
};

/* Is the primary to be passed over? After the time one request tries it again. */
bool gwcircuit_open(struct gwcircuit *c, int64_t now_ms);
void gwcircuit_good(struct gwcircuit *c);
void gwcircuit_bad(struct gwcircuit *c, int64_t now_ms);

#endif
