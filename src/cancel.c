/* SPDX-License-Identifier: MIT */
/*
 * jobdir-cancel: ask the supervisors of jobs to end them, and wait for it.
 * Only a supervisor that does not react is ended by force.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "await.h"
#include "buf.h"
#include "canceltool.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "operand.h"
#include "summary.h"
#include "worktool.h"

static const char usage[] =
	"usage: jobdir-cancel [-0hqV] [--wait | --no-wait] [--reason=TEXT] [JOB ...]\n"
	"   or: jobdir-cancel --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_REASON = 256, OPT_WAIT, OPT_NO_WAIT };

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "no-wait", no_argument, NULL, OPT_NO_WAIT },
	{ "null", no_argument, NULL, '0' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "reason", required_argument, NULL, OPT_REASON },
	{ "version", no_argument, NULL, 'V' },
	{ "wait", no_argument, NULL, OPT_WAIT },
	{ 0 },
};

struct options {
	bool quiet, nul, no_wait;
	const char *reason;
	struct root root;
	int status;
};

static void
parse(struct options *o, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "+0hqV", longs, NULL)) != -1)
		switch (c) {
		case '0': o->nul = true; break;
		case 'q': o->quiet = true; break;
		case OPT_REASON: o->reason = optarg; break;
		case OPT_WAIT: o->no_wait = false; break;
		case OPT_NO_WAIT: o->no_wait = true; break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-cancel " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
}

static void
fail(struct options *o, int code, const char *name)
{
	CLEANUP(buf) struct buf why = BUF_INIT;

	warnx("%s", operand_why(&why, &o->root, name, errno));
	if (o->status < code)
		o->status = code;
}

/*
 * The worst of the jobs decides; the others are still cancelled. False: it was
 * not asked, and a supervisor that knows of nothing must not pass for one that
 * hangs.
 */
static bool
ask(struct options *o, const char *name)
{
	struct job j;
	bool asked;

	if (job_open(&j, &o->root, name) < 0) {
		fail(o, operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, name);
		return false;
	}
	asked = cancel_ask(&j, &o->root, o->reason) == 0;
	if (!asked)
		fail(o, EXIT_TEMP, name);
	job_close(&j);
	return asked;
}

static void
finish(struct options *o, const char *name)
{
	CLEANUP(buf) struct buf words = BUF_INIT;
	struct job_status st;
	struct job j;
	int got;

	if (job_open(&j, &o->root, name) < 0) {
		fail(o, operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, name);
		return;
	}
	got = o->no_wait ? job_is_terminal(&j, &o->root) :
		cancel_finish(&j, &o->root, AWAIT_FOREVER);
	if (got < 0 || job_status(&j, &o->root, &st) < 0) {
		fail(o, operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, name);
		job_close(&j);
		return;
	}
	if (summary_words(&words, &st) < 0)
		die_sys("no memory");
	if (!o->quiet)
		printf("%s %s\n", j.id, words.p);
	if (!st.terminal && !o->no_wait) {
		warnx("job '%s' does not end and its supervisor cannot be proved to hang", j.id);
		if (o->status < EXIT_TIMEDOUT)
			o->status = EXIT_TIMEDOUT;
	}
	job_status_release(&st);
	job_close(&j);
}

static void
serve(struct jobreq *q)
{
	if (q->worker)
		worktool(q);
	else
		canceltool(q);
}

int
main(int argc, char *argv[])
{
	struct options o = { .status = EXIT_OK };
	struct operands names;

	err_init(argc, argv, "jobdir-cancel");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "claude_job_cancel", true, serve));
	parse(&o, argc, argv);
	if (operand_read(&names, argv + optind, true, o.nul) < 0)
		die_sys("cannot read the jobs");
	if (root_open(&o.root, false) < 0 && errno != ENOENT)
		die(EXIT_TEMP, "%s", root_why(errno));
	/* All are asked before the first is waited for: they end side by side. */
	for (size_t i = 0; i < names.n; i++)
		if (!ask(&o, names.name[i])) {
			free(names.name[i]);
			names.name[i] = NULL;
		}
	for (size_t i = 0; i < names.n; i++)
		if (names.name[i])
			finish(&o, names.name[i]);
	err_close_stdout();
	return o.status;
}
