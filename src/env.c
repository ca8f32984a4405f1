/* SPDX-License-Identifier: MIT */
/*
 * jobdir-env: a link of the chain. Replaces this process's environment by the
 * sanitised one and becomes the program that follows.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "env.h"
#include "envtable.h"
#include "err.h"

static const char usage[] =
	"usage: jobdir-env [-hiV] [--set NAME=VALUE]... [--unset NAME]... [--] prog [arg ...]\n"
	"   or: jobdir-env [-i] [--set NAME=VALUE]... [--unset NAME]... --print\n"
	"   or: jobdir-env --variables | --rules\n";

enum { OPT_SET = 256, OPT_UNSET, OPT_PRINT, OPT_VARIABLES, OPT_RULES };

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "ignore-environment", no_argument, NULL, 'i' },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "rules", no_argument, NULL, OPT_RULES },
	{ "set", required_argument, NULL, OPT_SET },
	{ "unset", required_argument, NULL, OPT_UNSET },
	{ "variables", no_argument, NULL, OPT_VARIABLES },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct options {
	bool empty;
	int list;		/* OPT_PRINT, OPT_VARIABLES, OPT_RULES or 0 */
	char **extra;
	size_t n;
};

/* Check the name of --set or --unset and keep the entry. */
static void
add_extra(struct options *o, char *entry, bool set)
{
	char *eq = strchr(entry, '=');
	bool good;

	if (set && !eq)
		die(EXIT_USAGE, "--set wants NAME=VALUE, not '%s'", entry);
	if (eq)
		*eq = '\0';
	good = env_name_valid(entry) && (set || !eq);
	if (eq)
		*eq = '=';
	if (!good)
		die(EXIT_USAGE, "not the name of a variable: '%.*s'",
			(int)strcspn(entry, set ? "=" : ""), entry);
	o->extra[o->n++] = entry;
}

static void
parse(struct options *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+hiV", longs, NULL)) != -1)
		switch (c) {
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-env " JOBDIR_VERSION "\n");
		case 'i':
			o->empty = true;
			break;
		case OPT_SET:
		case OPT_UNSET:
			add_extra(o, optarg, c == OPT_SET);
			break;
		case OPT_PRINT:
		case OPT_VARIABLES:
		case OPT_RULES:
			o->list = c;
			break;
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (o->list && optind < argc)
		die(EXIT_USAGE, "no program with --print, --variables or --rules");
	if (!o->list && optind == argc)
		die(EXIT_USAGE, "no program to run (see jobdir-env -h)");
}

static void
list_variables(void)
{
	size_t n;
	const struct config_var *v = config_vars(&n);

	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf) struct buf type = BUF_INIT;

		if (config_type_text(&v[i], &type) < 0)
			die_sys("no memory");
		printf("%s\t%s\t%s\t%s\t%s\n", v[i].name, v[i].dflt, type.p,
		    v[i].flags & CONFIG_INHERITED ? "inherited" : "-", v[i].meaning);
	}
}

static void
list_rules(void)
{
	static const char *const word[] = {
		[ENV_ALLOW] = "allow", [ENV_BLOCK] = "block", [ENV_BLOCK_WORD] = "block-word",
	};
	size_t n;
	const struct env_row *r = env_rows(&n);

	for (size_t i = 0; i < n; i++)
		printf("%s\t%s\t%s\n", r[i].name, word[r[i].rule], r[i].reason);
}

/* Names only: a value may be a secret that --set put there. */
static void
list_names(char *const *env)
{
	for (; *env; env++)
		printf("%.*s\n", (int)strcspn(*env, "="), *env);
}

int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	char **env;
	int c;

	err_init(argc, argv, "jobdir-env");
	o.extra = calloc((size_t)argc + 1, sizeof *o.extra);
	if (!o.extra)
		die_sys("no memory");
	parse(&o, argc, argv);
	if (o.list == OPT_VARIABLES)
		list_variables();
	if (o.list == OPT_RULES)
		list_rules();
	if (o.list == OPT_VARIABLES || o.list == OPT_RULES) {
		err_close_stdout();
		return EXIT_OK;
	}
	env = env_sanitised(o.empty ? NULL : environ, o.extra);
	if (!env)
		die_sys("no memory");
	if (o.list) {
		list_names(env);
		err_close_stdout();
		return EXIT_OK;
	}
	/* err_init() ignored these for us; an ignored signal survives exec.  Cannot fail. */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	/* PATH is searched as the program will see it. */
	environ = env;
	execvp(argv[optind], argv + optind);
	c = errno;
	warn("cannot run '%s'", argv[optind]);
	return c == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}
