/* SPDX-License-Identifier: MIT */
/* When the gateway tries again, and where. */
#include "gwpolicy.h"

#include "t.h"

static void
waits(void)
{
	static const struct { uint32_t dice; int64_t want[3]; } rows[] = {
		{ 0, { 375, 750, 1500 } },		/* a quarter less at the least … */
		{ 250, { 625, 1000, 1750 } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct gwretry r = { 0 };

		for (int n = 0; n < 3; n++)
			EQ(gwretry_next(&r, -1, rows[i].dice), rows[i].want[n], "0.5, 1, 2 seconds with jitter");
		EQ(gwretry_next(&r, -1, 0), -1, "no fourth");
	}
	for (uint32_t dice = 0; dice < 5000; dice += 7) {
		struct gwretry r = { .tries = 2 };
		int64_t ms = gwretry_next(&r, -1, dice);

		if (ms < 1500 || ms > 2500)
			EQ(ms, 2000, "never off by more than a quarter");
	}
}

static void
demands(void)
{
	struct gwretry r = { 0 };

	EQ(gwretry_next(&r, 3000, 0), 3000, "the time that is demanded");
	OK(gwretry_next(&r, 0, 250) == 250, "jitter is only added");
	EQ(r.waited_ms, 3250, "both count");
	EQ(gwretry_next(&r, GWPOLICY_BUDGET_MS, 0), -1, "beyond the budget: not at all");
	EQ(r.tries, 2, "and that is no try");
	EQ(gwretry_next(&r, GWPOLICY_BUDGET_MS - 3250, 0), GWPOLICY_BUDGET_MS - 3250, "all that is left");
	r = (struct gwretry){ 0 };
	EQ(gwretry_next(&r, (int64_t)1 << 40, 0), -1, "an absurd demand");
}

static void
circuit(void)
{
	struct gwcircuit c = { 0 };

	OK(!gwcircuit_open(&c, 1000), "closed at first");
	gwcircuit_bad(&c, 1000);
	gwcircuit_bad(&c, 1000);
	OK(!gwcircuit_open(&c, 1000), "two failures are not enough");
	gwcircuit_good(&c);
	gwcircuit_bad(&c, 1000);
	gwcircuit_bad(&c, 1000);
	OK(!gwcircuit_open(&c, 1000), "nor two after a success");
	gwcircuit_bad(&c, 1000);
	OK(gwcircuit_open(&c, 1000), "three in a row are");
	OK(gwcircuit_open(&c, 999 + GWPOLICY_OPEN_MS), "for a minute");
	OK(!gwcircuit_open(&c, 1000 + GWPOLICY_OPEN_MS), "then one tries");
	OK(gwcircuit_open(&c, 1000 + GWPOLICY_OPEN_MS), "one alone");
	gwcircuit_bad(&c, 62000);
	OK(gwcircuit_open(&c, 62000 + GWPOLICY_OPEN_MS - 1), "it fails: another minute");
	gwcircuit_good(&c);
	OK(!gwcircuit_open(&c, 62000), "it succeeds: closed");
}

int
main(void)
{
	waits();
	demands();
	circuit();
	return t_done();
}
