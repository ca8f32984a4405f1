/* SPDX-License-Identifier: MIT */
/*
 * jobdir-list: one line per job, newest first.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "jsonw.h"
#include "listtool.h"
#include "num.h"
#include "path.h"
#include "show.h"
#include "summary.h"
#include "workspace.h"
#include "wsstatus.h"

#define NEWEST 20

static const char usage[] =
	"usage: jobdir-list [-ahqV] [--active] [--here | --workspace=DIR] [--json] [-n N]\n"
	"   or: jobdir-list --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_ACTIVE = 256, OPT_HERE, OPT_JSON, OPT_WORKSPACE };

static const struct option longs[] = {
	{ "active", no_argument, NULL, OPT_ACTIVE },
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ "here", no_argument, NULL, OPT_HERE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "quiet", no_argument, NULL, 'q' },
	{ "version", no_argument, NULL, 'V' },
	{ "workspace", required_argument, NULL, OPT_WORKSPACE },
	{ 0 },
};

struct list {
	bool active, json, quiet;
	int64_t limit;			/* 0: all; -1: not given */
	const char *dir;		/* the jobs of this directory's repository */
	struct root root;
	char *slug;
	int64_t shown;
	struct buf line;
};

static void
parse(struct list *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+ahn:qV", longs, NULL)) != -1)
		switch (c) {
		case 'a': o->limit = 0; break;
		case 'q': o->quiet = true; break;
		case OPT_ACTIVE: o->active = true; break;
		case OPT_HERE: o->dir = "."; break;
		case OPT_JSON: o->json = true; break;
		case OPT_WORKSPACE: o->dir = optarg; break;
		case 'n':
			if (num_parse(optarg, 1, INT32_MAX, &o->limit) < 0)
				die(EXIT_USAGE, "not a number of jobs: '%s'", optarg);
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-list " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
	if (optind < argc)
		die(EXIT_USAGE, "no operand is wanted: '%s' (see jobdir-list -h)", argv[optind]);
}

static void
find_workspace(struct list *o)
{
	CLEANUP(fd) int fd = open(o->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free) char *path = fd < 0 ? NULL : path_of_fd(fd);
	struct workspace ws;

	if (!path)
		die_sys("cannot open '%s'", o->dir);
	if (workspace_find(path, &ws) < 0)
		die_sys("cannot tell the workspace of '%s'", path);
	o->slug = steal_ptr(&ws.slug);
	workspace_release(&ws);
}

/* ID STATE AGE TOOK RECIPE OUTCOME NAME-or-CWD */
static void
people(struct list *o, struct job *j, const struct job_status *st)
{
	CLEANUP(free) char *recipe = job_recipe(j);
	CLEANUP(free) char *what = json_get_cstr(&j->doc, 0, "name");
	CLEANUP(free) char *word = NULL;
	CLEANUP(buf) struct buf safe = BUF_INIT;
	CLEANUP(buf) struct buf rec = BUF_INIT;
	char age[24], took[24];

	(void)summary_good(j, st, &word);	/* only the word */
	if (!what)
		what = job_cwd(j);
	if (show_text(&safe, what) < 0 || show_text(&rec, recipe) < 0)
		die_sys("no memory");
	show_duration(age, summary_age_ms(st));
	show_duration(took, st->duration_ms);
	(void)buf_addf(&o->line, "%s %-9s %5s %5s %-8s %-10s %s", j->id, job_state_name(st->state),
		age, took, rec.p, word ? word : "-", safe.p);	/* sticky, checked by print() */
}

static void
print(struct list *o, struct job *j, const struct job_status *st)
{
	struct jsonw w;

	buf_reset(&o->line);
	jsonw_init(&w, &o->line);
	if (o->quiet)
		(void)buf_addstr(&o->line, j->id);
	else if (o->json)
		(void)summary_job(&w, j, st);
	else
		people(o, j, st);
	if (!buf_ok(&o->line))
		die_sys("no memory");
	puts(o->line.p);
	o->shown++;
}

static int
visit(const char *id, void *arg)
{
	struct list *o = arg;
	struct job_status st;
	struct job j;

	if (o->quiet && !o->active) {
		puts(id);		/* the names are all that is asked for */
		return 0;
	}
	if (job_open_id(&j, &o->root, id) < 0) {
		if (errno == ENOENT && o->active)
			(void)job_running_stale(&o->root, id);	/* tidying; failing is harmless */
		else if (errno != ENOENT)
			warnx("%s: '%s'", job_open_why(errno), id);
		return 0;
	}
	if (job_status(&j, &o->root, &st) < 0) {
		if (errno != ENOENT)		/* removed meanwhile */
			warn("cannot read the state of '%s'", id);
		job_close(&j);
		return 0;
	}
	if (o->active && st.terminal)
		(void)job_ended_clear(&j, &o->root);	/* tidying; failing is harmless */
	else
		print(o, &j, &st);
	job_status_release(&st);
	job_close(&j);
	return o->active && o->limit && o->shown >= o->limit;
}

/* Of the active jobs only those that are in the workspace, by its links. */
static int
visit_active(const char *id, void *arg)
{
	struct list *o = arg;
	CLEANUP(buf) struct buf rel = BUF_INIT;

	if (o->slug) {
		CLEANUP(fd) int dir = -1;

		if (buf_addf(&rel, "workspaces/%s/%.8s/%s", o->slug, id + 4, id) < 0)
			return -1;
		dir = openat(o->root.fd, rel.p, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			return 0;
	}
	return visit(id, o);
}

int
main(int argc, char *argv[])
{
	struct list o = { .limit = -1, .line = BUF_INIT };
	int got;

	err_init(argc, argv, "jobdir-list");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "claude_jobs", false,
			request_names(argc, argv, "claude_workspace_status") ? wsstatus : listtool));
	parse(&o, argc, argv);
	if (o.limit < 0)
		o.limit = o.active ? 0 : NEWEST;
	if (o.dir)
		find_workspace(&o);
	if (root_open(&o.root, false) < 0 && errno != ENOENT)
		die(EXIT_TEMP, "%s", root_why(errno));
	if (o.active)
		got = job_each_active(&o.root, visit_active, &o);
	else
		got = job_each(&o.root, o.slug, (size_t)o.limit, visit, &o);
	if (got < 0)
		die_sys("cannot list the jobs");
	err_close_stdout();
	return EXIT_OK;
}
