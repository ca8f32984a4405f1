/* SPDX-License-Identifier: MIT */
/*
 * clock: the only module that reads a clock.
 *
 * Deadlines are CLOCK_BOOTTIME; wall time is for display and names only.
 */
#ifndef JOBDIR_CLOCK_H
#define JOBDIR_CLOCK_H

#include <stdint.h>

#define CLOCK_STAMP 25			/* "2026-11-21T09:50:00.123Z" and NUL */

int64_t clock_boot_ms(void);		/* since boot, suspended time included */
int64_t clock_boot_ns(void);
int64_t clock_wall_ms(void);		/* since 1970, display only */
void clock_stamp(char out[CLOCK_STAMP], int64_t wall_ms);	/* UTC, RFC 3339 */
void clock_compact(char out[16], int64_t wall_ms);		/* "20261121-095000" */
/* RFC 3339 UTC as written by clock_stamp(); -1+EINVAL. */
int clock_parse(const char *stamp, int64_t *wall_ms);
/* The kernel's boot id, 36 characters and NUL. 0 or -1. */
int clock_boot_id(char out[37]);

#endif
