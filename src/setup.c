/* SPDX-License-Identifier: MIT */
/*
 * jobdir-setup: the Codex configuration, printed; and the tool claude_setup:
 * can tasks be delegated from here, and if not, what is to be done.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "buf.h"
#include "codexconf.h"
#include "err.h"
#include "home.h"
#include "jobroot.h"
#include "ready.h"
#include "request.h"
#include "statustool.h"

static const char usage[] =
	"usage: jobdir-setup [-hV] --print\n"
	"   or: jobdir-setup [--tool=NAME] --cwd=DIR | --request=FILE\n";

/* ---- --print ---- */

/* The state root when it is not where a server of Codex would look by itself. */
static char *
unusual_state(void)
{
	CLEANUP(buf) struct buf usual = BUF_INIT;
	char *state = home_state();
	const char *home = getenv("HOME");

	if (!state)
		die(EXIT_TEMP, "%s", root_why(errno));
	if (home && !buf_addf(&usual, "%s/.local/state/jobdir", home) && !strcmp(state, usual.p)) {
		free(state);
		return NULL;
	}
	return state;
}

static void
print_config(void)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	CLEANUP(free) char *server = home_command("mcp");
	CLEANUP(free) char *state = unusual_state();
	const struct codexconf c = {
		.server = server, .state = state, .roots = getenv("CODEX_CLAUDE_ALLOW_ROOTS"),
		.claude = getenv("CLAUDE_BIN"),
	};

	if (!server)
		die_sys("cannot find jobdir-mcp");
	if (faccessat(AT_FDCWD, server, X_OK, AT_EACCESS))
		die(EXIT_NOTFOUND, "jobdir-mcp is not installed beside this program");
	if (codexconf_write(&out, &c)) {
		if (errno == EINVAL)
			die(EXIT_USAGE, "a path is not UTF-8 and cannot stand in config.toml");
		die_sys("cannot write the section");
	}
	(void)fputs(out.p, stdout);	/* err_close_stdout() looks */
}

/* ---- the tool ---- */

static void
as_tool(int argc, char *argv[])
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct request rq;

	if (!request_read(&rq, argc, argv, "claude_setup", &why)) {
		CLEANUP(free) char *cwd = request_str(&rq, "cwd");

		if (strcmp(rq.tool, "claude_status") ? ready_write(&out, cwd ? cwd : "") :
		    statustool(&out, cwd ? cwd : ""))
			die_sys("cannot look at this machine");
		request_release(&rq);
	} else if (errno == EINVAL) {
		answer_error(&out, ANSWER_INVALID_REQUEST, why.p, NULL);
	} else {
		die(errno == ENOENT ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	}
	if (!buf_ok(&out))
		die(EXIT_TEMP, "out of memory");
	(void)printf("%s\n", out.p);	/* err_close_stdout() looks */
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "print", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	err_init(argc, argv, "jobdir-setup");
	if (request_form(argc, argv) || (argc > 1 && !strncmp(argv[1], "--cwd", 5))) {
		as_tool(argc, argv);
		err_close_stdout();
		return EXIT_OK;
	}
	opterr = 0;
	opt = getopt_long(argc, argv, "+hV", options, NULL);
	if (opt == '?')
		die(EXIT_USAGE, "unknown option '%s' (see -h)", argv[1]);
	if (optind < argc && (opt == -1 || opt == 'p'))
		die(EXIT_USAGE, "no operand is wanted: '%s' (see -h)", argv[optind]);
	if (opt == -1)
		die(EXIT_USAGE, "say --print, or --cwd=DIR (see -h)");
	if (opt == 'p')
		print_config();
	else
		(void)fputs(opt == 'h' ? usage : "jobdir-setup " JOBDIR_VERSION "\n", stdout);
	err_close_stdout();
	return EXIT_OK;
}
