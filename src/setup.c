/* SPDX-License-Identifier: MIT */
/*
 * jobdir-setup: the Codex configuration, printed or written; the plugin; and the
 * tool claude_setup: can tasks be delegated from here, and if not, what is to be done.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "buf.h"
#include "codexchange.h"
#include "codexconf.h"
#include "codexedit.h"
#include "codexfile.h"
#include "codexplan.h"
#include "codexplugin.h"
#include "err.h"
#include "ready.h"
#include "request.h"
#include "statustool.h"
#include "strv.h"

static const char usage[] =
	"usage: jobdir-setup [-hV] --print [--name=NAME] [--project]\n"
	"   or: jobdir-setup --write [--force] [--name=NAME] [--allow-root=DIR ...] [--project]\n"
	"   or: jobdir-setup --plugin[=DIR]\n"
	"   or: jobdir-setup [--tool=NAME] --cwd=DIR | --request=FILE\n";

struct ask {
	bool print, write, force, project, plugin;
	const char *name, *dir;
	struct strv roots;
};

static void
section(struct buf *out, const struct ask *a, const struct codexedit *e)
{
	CLEANUP(buf) struct buf others = BUF_INIT, why = BUF_INIT;
	struct codexconf c = { .name = a->name };

	if (codexplan_fill(&c, e, a->roots.v, a->roots.n, &others, &why))
		die(errno == EINVAL ? EXIT_USAGE : errno == ENOENT ? EXIT_NOTFOUND : EXIT_TEMP, "%s",
			why.len ? why.p : strerror(errno));
	if (codexconf_write(out, &c))
		die(errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s", errno == EINVAL ?
			"a path is not UTF-8 and cannot stand in config.toml" : strerror(errno));
	codexplan_release(&c);
}

/* The file, and for a project where Codex reads it from. */
static char *
config_path(const struct ask *a)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	char *path = a->project ? codexplan_project(&why) : codexfile_global();

	if (!path)
		die(EXIT_TEMP, "%s", why.len ? why.p : "neither CODEX_HOME nor HOME is set");
	return path;
}

static void
print_config(const struct ask *a)
{
	CLEANUP(buf) struct buf out = BUF_INIT;

	section(&out, a, NULL);
	if (a->project) {
		CLEANUP(free) char *path = config_path(a);

		(void)printf("# for %s, which Codex reads when the project is trusted\n", path);
	}
	(void)fputs(out.p, stdout);	/* err_close_stdout() looks */
}

static void
name_older(const struct codexedit *e)
{
	CLEANUP(buf) struct buf older = BUF_INIT;

	if (codexedit_older(e, &older))
		die_sys("cannot look for older servers");
	for (const char *p = older.p; p < older.p + older.len; p += strlen(p) + 1)
		warnx("the server '%s' of an older program has tools of the same names; take it out "
			"with: codex mcp remove %s", p, p);
}

static int
edit(void *arg, const struct codexedit *e, const char *path, struct buf *out, struct buf *why)
{
	const struct ask *a = arg;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *roots = NULL;

	(void)path;
	name_older(e);
	if (!codexedit_has(e) || a->force) {
		section(&text, a, e);
		return codexedit_put(e, text.p, out, why);
	}
	(void)printf("[mcp_servers.%s] is there already; --force replaces it\n", a->name);
	if (!a->roots.n)
		return buf_add(out, e->text, e->len);
	roots = codexplan_roots(e, a->roots.v, a->roots.n, why);
	return roots ? codexedit_set_env(e, "CODEX_CLAUDE_ALLOW_ROOTS", roots, out, why) : -1;
}

static void
write_config(struct ask *a)
{
	CLEANUP(free) char *path = config_path(a);
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct codexchange c = { .path = path, .name = a->name, .write = true, .edit = edit, .arg = a };

	if (codexchange_make(&c, &why) < 0)
		die(errno == EPERM ? EXIT_POLICY : errno == EBADMSG ? EXIT_USAGE : EXIT_TEMP, "%s", why.p);
	(void)printf("%s: %s\n", c.real, c.same ? "nothing to change" : "written");
	if (c.backup)
		(void)printf("as it was: %s\n", c.backup);
	codexchange_release(&c);
	if (a->project)
		(void)puts("Codex reads it once the project is trusted (codex exec --trust)");
}

static void
write_plugin(const struct ask *a)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *dir = codexplugin_write(a->dir, &why);

	if (!dir)
		die(EXIT_TEMP, "%s", why.len ? why.p : strerror(errno));
	(void)printf("written: %s\nadd it with:\n  codex plugin marketplace add '%s'\n"
		"  codex plugin add jobdir@jobdir\n", dir, dir);
}

static void
as_tool(int argc, char *argv[])
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct request rq;

	if (!request_read(&rq, argc, argv, "claude_setup", &why)) {
		CLEANUP(free) char *cwd = request_str(&rq, "cwd");

		if (strcmp(rq.tool, "claude_status") ? ready_write(&out, cwd ? cwd : "",
		    request_bool(&rq, "configure_allow_root", false)) : statustool(&out, cwd ? cwd : ""))
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

static void
parse(struct ask *a, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "print", no_argument, NULL, 'p' }, { "write", no_argument, NULL, 'w' },
		{ "force", no_argument, NULL, 'f' }, { "project", no_argument, NULL, 'P' },
		{ "plugin", optional_argument, NULL, 'g' }, { "name", required_argument, NULL, 'n' },
		{ "allow-root", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { 0 },
	};

	for (int opt; (opt = getopt_long(argc, argv, "+hV", options, NULL)) != -1;) {
		if (opt == '?')
			exit(EXIT_USAGE);	/* getopt has said what */
		if (opt == 'h' || opt == 'V')
			err_answer(opt == 'h' ? usage : "jobdir-setup " JOBDIR_VERSION "\n");
		a->print |= opt == 'p';
		a->write |= opt == 'w';
		a->force |= opt == 'f';
		a->project |= opt == 'P';
		a->plugin |= opt == 'g';
		if (opt == 'g')
			a->dir = optarg;
		if (opt == 'n')
			a->name = optarg;
		if (opt == 'r')
			strv_push(&a->roots, optarg);
	}
	if (optind < argc)
		die(EXIT_USAGE, "no operand is wanted: '%s' (see -h)", argv[optind]);
	if (a->print + a->write + a->plugin != 1)
		die(EXIT_USAGE, "say one of --print, --write, --plugin, --cwd=DIR (see -h)");
	if (!a->write && (a->force || a->roots.n))
		die(EXIT_USAGE, "--force and --allow-root are for --write (see -h)");
	if (a->project && a->roots.n)
		die(EXIT_USAGE, "a project's own file may not widen what is allowed: give --allow-root "
			"without --project");
	if (!codexedit_name_valid(a->name))
		die(EXIT_USAGE, "--name: up to 64 letters, digits, '-' and '_', not '%s'", a->name);
	if (a->roots.failed)
		die(EXIT_TEMP, "out of memory");
}

int
main(int argc, char *argv[])
{
	struct ask a = { .name = CODEXCONF_NAME };

	err_init(argc, argv, "jobdir-setup");
	if (request_form(argc, argv) || (argc > 1 && !strncmp(argv[1], "--cwd", 5))) {
		as_tool(argc, argv);
	} else {
		parse(&a, argc, argv);
		if (a.print)
			print_config(&a);
		else if (a.write)
			write_config(&a);
		else
			write_plugin(&a);
	}
	err_close_stdout();
	return EXIT_OK;
}
