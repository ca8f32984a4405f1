/* SPDX-License-Identifier: MIT */
/*
 * jobdir-limits: a link of the chain. Lowers the resource limits of this process
 * and becomes the program that follows.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "err.h"
#include "num.h"

static const char usage[] =
	"usage: jobdir-limits [-hV] [--LIMIT=N]... [--] prog [arg ...]\n"
	"   or: jobdir-limits [--LIMIT=N]... --print\n";

/* unit: what N counts in. */
static const struct limit {
	const char *name;
	int resource;
	const char *unit;
} limits[] = {
	{ "address-space", RLIMIT_AS, "bytes" },
	{ "core", RLIMIT_CORE, "bytes" },
	{ "cpu", RLIMIT_CPU, "seconds" },
	{ "data", RLIMIT_DATA, "bytes" },
	{ "file-size", RLIMIT_FSIZE, "bytes" },
	{ "locked", RLIMIT_MEMLOCK, "bytes" },
	{ "open-files", RLIMIT_NOFILE, "descriptors" },
	{ "processes", RLIMIT_NPROC, "processes of the user" },
	{ "stack", RLIMIT_STACK, "bytes" },
};
enum { NLIMITS = sizeof limits / sizeof *limits, OPT_LIMIT = 256, OPT_PRINT = OPT_LIMIT + NLIMITS };

/* Only down: what is below N already stays there. */
static void
lower(const struct limit *l, const char *text)
{
	struct rlimit r;
	int64_t n;

	if (num_parse(text, 0, INT64_MAX, &n) < 0)
		die(EXIT_USAGE, "--%s is a number of %s from 0 on, not '%s'", l->name, l->unit, text);
	if (getrlimit((__rlimit_resource_t)l->resource, &r) < 0)
		die_sys("cannot read the limit '%s'", l->name);
	if (r.rlim_max > (rlim_t)n)
		r.rlim_max = (rlim_t)n;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	if (setrlimit((__rlimit_resource_t)l->resource, &r) < 0)
		die_sys("cannot set the limit '%s'", l->name);
}

static void
print_one(const struct limit *l)
{
	struct rlimit r;

	if (getrlimit((__rlimit_resource_t)l->resource, &r) < 0)
		die_sys("cannot read the limit '%s'", l->name);
	if (r.rlim_cur == RLIM_INFINITY)
		printf("%s\tunlimited\t%s\n", l->name, l->unit);
	else
		printf("%s\t%llu\t%s\n", l->name, (unsigned long long)r.rlim_cur, l->unit);
}

static bool
parse(int argc, char *argv[])
{
	struct option longs[NLIMITS + 4] = {
		{ "help", no_argument, NULL, 'h' },
		{ "print", no_argument, NULL, OPT_PRINT },
		{ "version", no_argument, NULL, 'V' },
	};
	bool print = false;
	int c;

	for (int i = 0; i < NLIMITS; i++)
		longs[3 + i] = (struct option){ limits[i].name, required_argument, NULL, OPT_LIMIT + i };
	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1) {
		if (c == 'h')
			err_answer(usage);
		else if (c == 'V')
			err_answer("jobdir-limits " JOBDIR_VERSION "\n");
		else if (c == OPT_PRINT)
			print = true;
		else if (c >= OPT_LIMIT && c < OPT_PRINT)
			lower(&limits[c - OPT_LIMIT], optarg);
		else
			exit(EXIT_USAGE);	/* getopt has said what */
	}
	if (print && optind < argc)
		die(EXIT_USAGE, "no program with --print");
	if (!print && optind == argc)
		die(EXIT_USAGE, "no program to run (see jobdir-limits -h)");
	return print;
}

int
main(int argc, char *argv[])
{
	int e;

	err_init(argc, argv, "jobdir-limits");
	if (parse(argc, argv)) {
		for (int i = 0; i < NLIMITS; i++)
			print_one(&limits[i]);
		err_close_stdout();
		return EXIT_OK;
	}
	/* err_init() ignored these for us; an ignored signal survives exec.  Cannot fail. */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	execvp(argv[optind], argv + optind);
	e = errno;
	warn("cannot run '%s'", argv[optind]);
	return e == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}
