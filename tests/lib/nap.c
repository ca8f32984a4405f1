/* SPDX-License-Identifier: MIT */
/*
 * nap MICROSECONDS: sleep that long and end well. A payload whose end the race
 * runs can place within a job's life.
 */
#include <stdlib.h>
#include <time.h>

int
main(int argc, char *argv[])
{
	long us = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	return nanosleep(&t, NULL) < 0;
}
