/* SPDX-License-Identifier: MIT */
/*
 * jobdir-show: everything a person wants to know about a job, from its files.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "jsonw.h"
#include "operand.h"
#include "runinspect.h"
#include "show.h"

static const char usage[] =
	"usage: jobdir-show [-0hV] [--json] [JOB ...]\n"
	"   or: jobdir-show --tool=claude_run_inspect [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_JSON = 256 };

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "null", no_argument, NULL, '0' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct show {
	bool json, nul;
	struct root root;
	int status;
};

static void
parse(struct show *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+0hV", longs, NULL)) != -1)
		switch (c) {
		case '0': o->nul = true; break;
		case OPT_JSON: o->json = true; break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-show " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
}

/* A job that cannot be shown does not keep the others from it. */
static void
fail(struct show *o, const char *name)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	int e = errno;

	warnx("%s", operand_why(&why, &o->root, name, e));
	if (o->status != EXIT_TEMP)
		o->status = operand_fault(e) ? EXIT_USAGE : EXIT_TEMP;
}

static void
show_one(struct show *o, const char *name, bool first)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct job_status st;
	struct jsonw w;
	struct job j;
	int got;

	if (job_open(&j, &o->root, name) < 0) {
		fail(o, name);
		return;
	}
	if (job_status(&j, &o->root, &st) < 0) {
		fail(o, name);
		job_close(&j);
		return;
	}
	jsonw_init(&w, &b);
	got = o->json ? show_job_json(&w, &j, &st) : show_job(&b, &j, &st);
	if (got < 0)
		die_sys("cannot show '%s'", j.id);
	if (job_in_place(&j) < 0) {		/* removed while we read it */
		fail(o, name);
		job_status_release(&st);
		job_close(&j);
		return;
	}
	if (!o->json && !first)
		puts("");
	printf("%s%s", b.p, o->json ? "\n" : "");
	job_status_release(&st);
	job_close(&j);
}

int
main(int argc, char *argv[])
{
	struct show o = { .status = EXIT_OK };
	struct operands names;

	err_init(argc, argv, "jobdir-show");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "claude_run_inspect", true, run_inspect));
	parse(&o, argc, argv);
	if (operand_read(&names, argv + optind, true, o.nul) < 0)
		die_sys("cannot read the jobs");
	if (root_open(&o.root, false) < 0 && errno != ENOENT)
		die(EXIT_TEMP, "%s", root_why(errno));
	for (size_t i = 0; i < names.n; i++)
		show_one(&o, names.name[i], !i);
	err_close_stdout();
	return o.status;
}
