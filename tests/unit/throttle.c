/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include <stdlib.h>
#include <unistd.h>
#include "job.h"
#include "t.h"

#define ID "job-20261121-095000-aaaaaaaa"
#define NOW INT64_C(1795254600000)

int
main(void)
{
	static const struct {
		int64_t age, delay;
	} ages[] = {
		{ 0, 10000 }, { 29999, 10000 }, { 30000, 20000 }, { 119999, 20000 },
		{ 120000, 45000 }, { 600000, 60000 }, { 1800000, 90000 }, { INT64_MAX / 2, 90000 },
	};
	char top[] = "/tmp/jobdir-throttle-XXXXXX", cmd[100];
	struct throttle t;
	struct root r;

	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
		EQ(throttle_delay_ms(ages[i].age), ages[i].delay, "delay by age");
	if (!mkdtemp(top) || setenv("JOBDIR_STATE", top, 1) || root_open(&r, true) < 0)
		return 99;
	throttle_call(&r, ID, 0, NOW, &t);
	OK(!t.too_soon && t.delay_ms == 10000 && t.next_ms == NOW + 10000, "the first call");
	throttle_call(&r, ID, 3000, NOW + 3000, &t);
	OK(t.too_soon && t.remaining_ms == 7000 && t.next_ms == NOW + 10000, "too soon");
	throttle_call(&r, ID, 9999, NOW + 9999, &t);
	OK(t.too_soon && t.remaining_ms == 1, "impatience did not push the window forward");
	throttle_call(&r, ID, 35000, NOW + 10000, &t);
	OK(!t.too_soon && t.delay_ms == 20000, "welcome again, with the delay of its age");
	throttle_call(&r, ID, 35000, NOW + 25000, &t);
	OK(t.too_soon && t.remaining_ms == 5000, "measured by the delay that was told");
	throttle_call(&r, ID, 0, NOW - 1000000, &t);
	OK(!t.too_soon, "a clock that was set back locks nobody out");
	root_close(&r);
	throttle_call(&r, ID, 0, NOW, &t);
	OK(!t.too_soon && t.next_ms == NOW + 10000, "without a root it only advises");
	snprintf(cmd, sizeof cmd, "rm -r %s", top);
	EQ(system(cmd), 0, "removed");
	return t_done();
}
