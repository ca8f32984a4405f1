/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* These clocks always exist on the kernels we support; the call cannot fail. */
static int64_t
read_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_boot_ns(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

int64_t
clock_boot_ms(void)
{
	return clock_boot_ns() / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return read_ns(CLOCK_REALTIME) / 1000000;
}

/*
 * Proleptic Gregorian calendar, years starting in March so that the leap day
 * comes last. No time zone data, no libc state: always UTC.
 */
struct civil {
	int64_t year;
	int month, day;
};

static struct civil
civil_of_days(int64_t days)
{
	int64_t z = days + 719468;		/* since 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;		/* day of the 400-year era */
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	struct civil c = {
		.year = yoe + era * 400 + (mp >= 10),
		.month = (int)(mp < 10 ? mp + 3 : mp - 9),
		.day = (int)(doy - (153 * mp + 2) / 5 + 1),
	};

	return c;
}

static int64_t
days_of_civil(struct civil c)
{
	int64_t y = c.year - (c.month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (c.month > 2 ? c.month - 3 : c.month + 9) + 2) / 5 + c.day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* Display only, so a date beyond four digits of year is shown as the last. */
static struct civil
split(int64_t wall_ms, int *ms_of_day)
{
	int64_t days = wall_ms / DAY_MS;
	int64_t rest = wall_ms % DAY_MS;
	struct civil c;

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	*ms_of_day = (int)rest;
	c = civil_of_days(days);
	if (c.year < 0 || c.year > 9999)
		c = (struct civil){ .year = c.year < 0 ? 0 : 9999, .month = 1, .day = 1 };
	return c;
}

void
clock_stamp(char out[CLOCK_STAMP], int64_t wall_ms)
{
	char text[64];
	int ms;
	struct civil c = split(wall_ms, &ms);

	(void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",	/* fits */
		(int)c.year, c.month, c.day,
		ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
	memcpy(out, text, CLOCK_STAMP);
}

void
clock_compact(char out[16], int64_t wall_ms)
{
	char text[64];
	int ms;
	struct civil c = split(wall_ms, &ms);

	(void)snprintf(text, sizeof text, "%04d%02d%02d-%02d%02d%02d",	/* fits */
		(int)c.year, c.month, c.day, ms / 3600000, ms / 60000 % 60, ms / 1000 % 60);
	memcpy(out, text, 16);
}

static int
digits(const char *s, int n, int lo, int hi)
{
	int x = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		x = x * 10 + s[i] - '0';
	}
	return x < lo || x > hi ? -1 : x;
}

int
clock_parse(const char *stamp, int64_t *wall_ms)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	struct civil c, back;
	int h, m, s, ms;
	int64_t days;

	if (strlen(stamp) != sizeof shape - 1)
		goto bad;
	for (int i = 0; shape[i]; i++)
		if (shape[i] != 'd' && shape[i] != stamp[i])
			goto bad;
	c.year = digits(stamp, 4, 0, 9999);
	c.month = digits(stamp + 5, 2, 1, 12);
	c.day = digits(stamp + 8, 2, 1, 31);
	h = digits(stamp + 11, 2, 0, 23);
	m = digits(stamp + 14, 2, 0, 59);
	s = digits(stamp + 17, 2, 0, 59);
	ms = digits(stamp + 20, 3, 0, 999);
	if (c.year < 0 || c.month < 0 || c.day < 0 || h < 0 || m < 0 || s < 0 || ms < 0)
		goto bad;
	days = days_of_civil(c);
	back = civil_of_days(days);
	if (back.month != c.month || back.day != c.day)
		goto bad;		/* 31 April */
	*wall_ms = days * DAY_MS + ((h * 60 + m) * 60 + s) * INT64_C(1000) + ms;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

int
clock_boot_id(char out[37])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = read(fd, out, 36);
	while (n < 0 && errno == EINTR);
	(void)close(fd);		/* only read from */
	if (n != 36) {
		if (n >= 0)
			errno = EIO;
		return -1;
	}
	out[36] = '\0';
	return 0;
}
