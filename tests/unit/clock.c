/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "t.h"

static void
round_trip(int64_t ms, const char *want)
{
	char s[CLOCK_STAMP];
	int64_t back = -1;

	clock_stamp(s, ms);
	IS(s, want, want);
	OK(!clock_parse(s, &back) && back == ms, "and back");
}

int
main(void)
{
	static const char *const bad[] = {
		"", "2026-11-21", "2026-11-21T09:50:00Z", "2026-13-01T00:00:00.000Z",
		"2026-02-29T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "2026-01-01 00:00:00.000Z",
		"2026-01-01T00:00:00.000z", "2026-01-01T00:00:00.000Z ", "+026-01-01T00:00:00.000Z",
	};
	char s[CLOCK_STAMP], c[16], id[37];
	int64_t t, a, b;
	int wrong = 0;

	round_trip(0, "1970-01-01T00:00:00.000Z");
	round_trip(INT64_C(1795254600123), "2026-11-21T09:50:00.123Z");
	round_trip(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
	round_trip(INT64_C(4107542399999), "2100-02-28T23:59:59.999Z");
	round_trip(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
	round_trip(-1, "1969-12-31T23:59:59.999Z");
	clock_compact(c, INT64_C(1795254600123));
	IS(c, "20261121-095000", "compact");
	clock_stamp(s, INT64_MAX);
	OK(strlen(s) == CLOCK_STAMP - 1, "an absurd time still fits");

	/* Every day of 1,200 years, against the C library. */
	for (int64_t day = -135140; day < 303160; day++) {
		time_t sec = (time_t)(day * 86400 + 3661);
		struct tm tm;
		char want[CLOCK_STAMP];

		gmtime_r(&sec, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
		clock_stamp(s, day * INT64_C(86400000) + 3661000);
		wrong += strcmp(s, want) || clock_parse(s, &t) < 0 ||
			t != day * INT64_C(86400000) + 3661000;
	}
	EQ(wrong, 0, "every day of 1,200 years agrees with libc");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		OK(clock_parse(bad[i], &t) < 0 && errno == EINVAL, bad[i]);

	a = clock_boot_ns();
	b = clock_boot_ns();
	OK(a > 0 && b >= a, "boot time does not go back");
	OK(clock_wall_ms() > INT64_C(1600000000000), "wall time is of this century");
	OK(!clock_boot_id(id) && strlen(id) == 36, "the boot id");
	return t_done();
}
