/* SPDX-License-Identifier: MIT */
/*
 * jobdir-uninstall: take jobdir out of Codex again. Jobs are kept, unless they
 * are to go too; without --yes it only says what it would do.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "codexchange.h"
#include "codexconf.h"
#include "codexedit.h"
#include "codexfile.h"
#include "codexplan.h"
#include "err.h"
#include "home.h"
#include "jobroot.h"
#include "procrun.h"

static const char usage[] =
	"usage: jobdir-uninstall [-hV] [--yes | --dry-run] [--name=NAME] [--project]\n"
	"	[--keep-state=all|none]\n";

enum { CODEX_MS = 15000, CLEAN_MS = 600000, SAID_MAX = 1 << 16 };

struct ask {
	bool yes, project, state;
	const char *name;
};

static void
report(const struct ask *a, const char *what, const char *detail)
{
	(void)printf("%s: %s\n", a->yes ? what : "would be done", detail);
}

/* ---- the configuration ---- */

/* Is the table ours? One that runs something else is the user's, whatever its name. */
static bool
is_ours(const struct codexedit *e)
{
	CLEANUP(free) char *command = codexedit_member(e, "command");
	const char *base = command ? strrchr(command, '/') : NULL;

	return command && !strcmp(base ? base + 1 : command, "jobdir-mcp");
}

static int
edit(void *arg, const struct codexedit *e, const char *path, struct buf *out, struct buf *why)
{
	const struct ask *a = arg;

	if (codexedit_remove(e, out, why))
		return -1;
	if (!codexedit_has(e)) {
		(void)printf("nothing to do: no [mcp_servers.%s] in %s\n", a->name, path);
		return 1;
	}
	if (!is_ours(e)) {
		warnx("[mcp_servers.%s] in '%s' does not run jobdir-mcp: left to you", a->name, path);
		return 1;
	}
	return 0;
}

static void
remove_config(struct ask *a)
{
	CLEANUP(buf) struct buf why = BUF_INIT, what = BUF_INIT;
	CLEANUP(free) char *path = a->project ? codexplan_project(&why) : codexfile_global();
	struct codexchange c = { .path = path, .name = a->name, .write = a->yes, .edit = edit, .arg = a };
	int got;

	if (!path)
		die(EXIT_TEMP, "%s", why.len ? why.p : "neither CODEX_HOME nor HOME is set");
	got = codexchange_make(&c, &why);
	if (got < 0)
		die(errno == EPERM ? EXIT_POLICY : errno == EBADMSG ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	if (!got) {
		(void)buf_addf(&what, "[mcp_servers.%s] taken out of %s", a->name, c.real);
		report(a, "done", what.p);
		if (c.backup)
			(void)printf("as it was: %s\n", c.backup);
	}
	codexchange_release(&c);
}

/* ---- the plugin ---- */

/* Codex knows best what it has added. True: it was there, or would be. */
static bool
run_codex(const char *const *argv, struct buf *out)
{
	const struct proc_spec spec = { .argv = (char *const *)(void *)argv, .cwd_fd = -1 };
	CLEANUP(buf) struct buf err = BUF_INIT;
	int status;

	return !proc_run(&spec, NULL, 0, out, SAID_MAX, &err, CODEX_MS, &status) && !status;
}

static void
remove_plugin(const struct ask *a)
{
	static const char *const list[] = { "codex", "plugin", "marketplace", "list", NULL };
	static const char *const plugin[] = { "codex", "plugin", "remove", "jobdir@jobdir", NULL };
	static const char *const market[] = { "codex", "plugin", "marketplace", "remove", "jobdir", NULL };
	CLEANUP(buf) struct buf known = BUF_INIT, ignore = BUF_INIT;

	if (!run_codex(list, &known) || !strstr(known.p, "jobdir"))
		return;
	if (a->yes) {
		(void)run_codex(plugin, &ignore);	/* may not have been added */
		if (!run_codex(market, &ignore)) {
			warnx("codex would not remove the plugin: codex plugin marketplace remove jobdir");
			return;
		}
	}
	report(a, "done", "the marketplace 'jobdir' and its plugin taken out of Codex");
}

/* ---- the jobs ---- */

static void
remove_state(const struct ask *a)
{
	CLEANUP(free) char *clean = home_command("clean");
	CLEANUP(free) char *state = home_state();
	const char *const argv[] = { clean, "--yes", "--force", "--keep=0", "--older-than=0", NULL };
	const struct proc_spec spec = { .argv = (char *const *)(void *)argv, .cwd_fd = -1 };
	CLEANUP(buf) struct buf out = BUF_INIT, err = BUF_INIT;
	int status;

	if (!clean || !state)
		die_sys("cannot find the jobs");
	if (!a->state) {
		(void)printf("kept: the jobs in %s\n", state);
		return;
	}
	if (a->yes && (proc_run(&spec, NULL, 0, &out, SAID_MAX, &err, CLEAN_MS, &status) || status)) {
		buf_setlen(&err, strcspn(err.p, "\n"));
		die(EXIT_NO, "the jobs could not be removed: %s", err.len ? err.p : strerror(errno));
	}
	(void)buf_addf(&out, "every job that has ended removed from %s, unapplied work too", state);
	report(a, "done", a->yes ? "jobs that had ended are removed" : out.p);
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "yes", no_argument, NULL, 'y' }, { "dry-run", no_argument, NULL, 'd' },
		{ "name", required_argument, NULL, 'n' }, { "project", no_argument, NULL, 'P' },
		{ "keep-state", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { 0 },
	};
	struct ask a = { .name = CODEXCONF_NAME };
	bool dry = false;
	int opt;

	err_init(argc, argv, "jobdir-uninstall");
	while ((opt = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		if (opt == '?')
			return EXIT_USAGE;	/* getopt has said what */
		if (opt == 'h' || opt == 'V')
			err_answer(opt == 'h' ? usage : "jobdir-uninstall " JOBDIR_VERSION "\n");
		if (opt == 'k' && strcmp(optarg, "all") && strcmp(optarg, "none"))
			die(EXIT_USAGE, "--keep-state is all or none, not '%s'", optarg);
		if (opt == 'k')
			a.state = !strcmp(optarg, "none");
		if (opt == 'n')
			a.name = optarg;
		a.yes |= opt == 'y';
		a.project |= opt == 'P';
		dry |= opt == 'd';
	}
	if (optind < argc)
		die(EXIT_USAGE, "no operand is wanted: '%s' (see -h)", argv[optind]);
	if (dry && a.yes)
		die(EXIT_USAGE, "--yes or --dry-run, not both");
	if (!codexedit_name_valid(a.name))
		die(EXIT_USAGE, "--name: up to 64 letters, digits, '-' and '_', not '%s'", a.name);
	remove_config(&a);
	if (!a.project)
		remove_plugin(&a);
	remove_state(&a);
	if (!a.yes)
		(void)puts("--yes does it");
	err_close_stdout();
	return EXIT_OK;
}
