/* SPDX-License-Identifier: MIT */
/*
 * jobdir-confine: a link of the chain. Raises the walls around this process and
 * becomes the program that follows, which can never take them down.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "buf.h"
#include "confine.h"
#include "err.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"

static const char usage[] =
	"usage: jobdir-confine [-hV] [--read PATH]... [--write PATH]... [--mask PATH]...\n"
	"                      [--cache DIR]... [--cache-in DIR] [--port N]... [--any-port]\n"
	"                      [--own-net] [--unix] [--udp] [--tmp DIR] [--no-mounts]\n"
	"                      [--require WORDS] [--] prog [arg ...]\n"
	"   or: jobdir-confine [options] --print\n"
	"   or: jobdir-confine --probe\n";

enum { OPT_READ = 256, OPT_WRITE, OPT_MASK, OPT_PORT, OPT_ANY_PORT, OPT_UNIX, OPT_UDP, OPT_TMP,
	OPT_NO_MOUNTS, OPT_OWN_NET, OPT_REQUIRE, OPT_PRINT, OPT_PROBE, OPT_CACHE, OPT_CACHE_IN };

static const struct option longs[] = {
	{ "any-port", no_argument, NULL, OPT_ANY_PORT },
	{ "cache", required_argument, NULL, OPT_CACHE },
	{ "cache-in", required_argument, NULL, OPT_CACHE_IN },
	{ "help", no_argument, NULL, 'h' },
	{ "mask", required_argument, NULL, OPT_MASK },
	{ "no-mounts", no_argument, NULL, OPT_NO_MOUNTS },
	{ "own-net", no_argument, NULL, OPT_OWN_NET },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "probe", no_argument, NULL, OPT_PROBE },
	{ "read", required_argument, NULL, OPT_READ },
	{ "require", required_argument, NULL, OPT_REQUIRE },
	{ "tmp", required_argument, NULL, OPT_TMP },
	{ "udp", no_argument, NULL, OPT_UDP },
	{ "unix", no_argument, NULL, OPT_UNIX },
	{ "version", no_argument, NULL, 'V' },
	{ "write", required_argument, NULL, OPT_WRITE },
	{ 0 },
};

struct options {
	struct policy policy;
	const char *require;
	int list;			/* OPT_PRINT, OPT_PROBE or 0 */
};

/* Where it really is: rules and mounts are made for that, and a link is not followed later. */
static char *
resolve(const char *name)
{
	CLEANUP(fd) int fd = open(name, O_PATH | O_CLOEXEC);
	char *path = fd < 0 ? NULL : path_of_fd(fd);

	if (!path)
		die_sys("cannot open '%s'", name);
	return path;
}

static void
add_path(struct options *o, const char *name, unsigned rights)
{
	CLEANUP(free) char *path = resolve(name);

	if (rights ? policy_add(&o->policy, path, rights) : policy_mask(&o->policy, path))
		die_sys("cannot add '%s'", name);
}

static void
add_port(struct options *o, const char *text)
{
	int64_t port;

	if (num_parse(text, 1, 65535, &port) < 0)
		die(EXIT_USAGE, "--port is a number from 1 to 65535, not '%s'", text);
	if (policy_add_port(&o->policy, (uint16_t)port) < 0)
		die(EXIT_USAGE, "too many ports");
}

static void
set(struct options *o, int c)
{
	switch (c) {
	case 'h':
		err_answer(usage);
	case 'V':
		err_answer("jobdir-confine " JOBDIR_VERSION "\n");
	case OPT_READ:
		add_path(o, optarg, POLICY_READ | POLICY_EXEC);
		break;
	case OPT_WRITE:
		add_path(o, optarg, POLICY_READ | POLICY_WRITE | POLICY_EXEC);
		break;
	case OPT_CACHE:
		add_path(o, optarg, POLICY_READ | POLICY_EXEC | POLICY_CACHE);
		break;
	case OPT_CACHE_IN:
		o->policy.cache_in = resolve(optarg);
		break;
	case OPT_MASK:
		add_path(o, optarg, 0);
		break;
	case OPT_PORT:
		add_port(o, optarg);
		break;
	case OPT_ANY_PORT: o->policy.any_port = true; break;
	case OPT_UNIX: o->policy.unix_sockets = true; break;
	case OPT_UDP: o->policy.udp = true; break;
	case OPT_TMP: o->policy.tmp = resolve(optarg); break;
	case OPT_NO_MOUNTS: o->policy.no_mounts = true; break;
	case OPT_OWN_NET: o->policy.own_net = true; break;
	case OPT_REQUIRE:
		o->require = optarg;
		break;
	case OPT_PRINT:
	case OPT_PROBE:
		o->list = c;
		break;
	default:
		exit(EXIT_USAGE);	/* getopt has said what */
	}
}

static void
list(const struct options *o)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct level level;
	struct jsonw w;

	jsonw_init(&w, &out);
	if (o->list == OPT_PROBE) {
		level_probe(&level);
		jsonw_object(&w);
		level_members(&level, &w);
		jsonw_end(&w);
	} else {
		policy_print(&o->policy, &w);
	}
	if (!buf_ok(&out))
		die_sys("no memory");
	puts(out.p);
	err_close_stdout();
	exit(EXIT_OK);
}

/* Before anything is done: what is asked for must be to be had, else nothing runs. */
static void
check_words(const char *words)
{
	struct level none = { 0 };
	size_t len = 0;
	bool known = true;
	const char *at = words;

	while ((at = level_lacks(&none, at, &len, &known))) {
		if (!known)
			die(EXIT_USAGE,
			    "--require knows fs, truncate, tcp, scope, seccomp and mounts, not '%.*s'",
			    (int)len, at);
		at += len + (at[len] == ',');
	}
}

static void
enter(const struct options *o)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct rlimit no_core = { 0, 0 };
	struct level level;
	const char *lack;
	size_t len;
	bool known;

	if (setrlimit(RLIMIT_CORE, &no_core) < 0)
		die_sys("cannot turn core files off");
	/* An inherited descriptor passes every wall. */
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		die_sys("cannot close inherited descriptors");
	if (confine_enter(&o->policy, &level, &why) < 0)
		die(EXIT_TEMP, "%s", why.p);
	for (size_t i = 0; i < o->policy.npaths; i++)
		if ((o->policy.paths[i].rights & POLICY_CACHE) &&
		    !confine_cache_is_private(&level, o->policy.paths[i].path))
			warnx("'%s' is read-only: no private view of it is to be had here",
				o->policy.paths[i].path);
	lack = level_lacks(&level, o->require, &len, &known);
	if (lack)
		die(EXIT_POLICY, "required, but not to be had here: %.*s (see jobdir-confine --probe)",
		    (int)len, lack);
}

int
main(int argc, char *argv[])
{
	struct options o = { .require = "" };
	int c;

	err_init(argc, argv, "jobdir-confine");
	policy_init(&o.policy);
	if (policy_add_system(&o.policy) < 0)
		die_sys("no memory");
	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1)
		set(&o, c);
	check_words(o.require);
	if (o.list && optind < argc)
		die(EXIT_USAGE, "no program with --print or --probe");
	if (o.list)
		list(&o);
	if (optind == argc)
		die(EXIT_USAGE, "no program to run (see jobdir-confine -h)");
	enter(&o);
	/* err_init() ignored these for us; an ignored signal survives exec.  Cannot fail. */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	execvp(argv[optind], argv + optind);
	c = errno;
	warn("cannot run '%s'", argv[optind]);
	return c == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}
