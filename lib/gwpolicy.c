/* SPDX-License-Identifier: MIT */
#include "gwpolicy.h"

#define FIRST_MS 500

int64_t
gwretry_next(struct gwretry *r, int64_t asked_ms, uint32_t dice)
{
	int64_t wait;

	if (r->tries >= GWPOLICY_RETRIES)
		return -1;
	wait = (int64_t)FIRST_MS << r->tries;
	/* Jitter upwards only when a time was demanded; else a quarter to both sides. */
	if (asked_ms >= 0)
		wait = asked_ms + dice % 251;
	else
		wait += (int64_t)(dice % (uint32_t)(wait / 2 + 1)) - wait / 4;
	if (r->waited_ms + wait > GWPOLICY_BUDGET_MS)
		return -1;
	r->tries++;
	r->waited_ms += wait;
	return wait;
}

bool
gwcircuit_open(struct gwcircuit *c, int64_t now_ms)
{
	if (!c->open_until)
		return false;
	if (now_ms < c->open_until)
		return true;
	/* This one tries; the others pass by until it is known how it went. */
	c->open_until = now_ms + GWPOLICY_OPEN_MS;
	return false;
}

void
gwcircuit_good(struct gwcircuit *c)
{
	*c = (struct gwcircuit){ 0 };
}

void
gwcircuit_bad(struct gwcircuit *c, int64_t now_ms)
{
	if (c->failures < GWPOLICY_TRIP)
		c->failures++;
	if (c->failures >= GWPOLICY_TRIP)
		c->open_until = now_ms + GWPOLICY_OPEN_MS;
}
