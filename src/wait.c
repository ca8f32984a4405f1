/* SPDX-License-Identifier: MIT */
/*
 * jobdir-wait: sleep until jobs have ended. It sleeps on their locks (on their
 * directories with --any) and never polls.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "await.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "jsonw.h"
#include "num.h"
#include "operand.h"
#include "summary.h"
#include "waittool.h"
#include "worktool.h"

static const char usage[] =
	"usage: jobdir-wait [-0hqV] [--any] [--json] [--propagate] [--timeout=DUR] [JOB ...]\n"
	"   or: jobdir-wait --tool=NAME [--request=FILE] [--MEMBER=VALUE ...]\n";

enum { OPT_ANY = 256, OPT_JSON, OPT_PROPAGATE, OPT_TIMEOUT };

static const struct option longs[] = {
	{ "any", no_argument, NULL, OPT_ANY },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "null", no_argument, NULL, '0' },
	{ "propagate", no_argument, NULL, OPT_PROPAGATE },
	{ "quiet", no_argument, NULL, 'q' },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

struct wait {
	bool any, json, propagate, quiet, nul;
	int64_t deadline;
	struct root root;
	int bad, lost, late;		/* jobs that failed, were lost, are still going on */
	int code;			/* --propagate: of the first that failed */
};

static void
parse(struct wait *o, int argc, char *argv[])
{
	int64_t ms;
	int c;

	while ((c = getopt_long(argc, argv, "+0hqV", longs, NULL)) != -1)
		switch (c) {
		case '0': o->nul = true; break;
		case 'q': o->quiet = true; break;
		case OPT_ANY: o->any = true; break;
		case OPT_JSON: o->json = true; break;
		case OPT_PROPAGATE: o->propagate = true; break;
		case OPT_TIMEOUT:
			if (num_duration(optarg, &ms) < 0)
				die(EXIT_USAGE, "not a duration: '%s'", optarg);
			o->deadline = clock_boot_ms() + ms;
			break;
		case 'h':
			err_answer(usage);
		case 'V':
			err_answer("jobdir-wait " JOBDIR_VERSION "\n");
		default:
			exit(EXIT_USAGE);	/* getopt has said what */
		}
}

static void
open_or_die(struct wait *o, struct job *j, const char *name)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	int e;

	if (!job_open(j, &o->root, name))
		return;
	e = errno;
	die(operand_fault(e) ? EXIT_USAGE : EXIT_TEMP, "%s",
		operand_why(&why, &o->root, name, e));
}

static void
print_json(struct job *j, const struct job_status *st, const char *word, bool good)
{
	struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "job_id", j->id);
	job_status_write(&w, st);
	jsonw_mstr(&w, "result_status", word);
	jsonw_mbool(&w, "ok", good);
	jsonw_end(&w);
	if (!buf_ok(&b))
		die(EXIT_TEMP, "no memory");
	puts(b.p);
	buf_release(&b);
}

/* Say how a job stands and count it. */
static void
judge(struct wait *o, struct job *j)
{
	CLEANUP(buf) struct buf words = BUF_INIT;
	CLEANUP(free) char *word = NULL;
	struct job_status st;
	bool good;

	if (job_status(j, &o->root, &st) < 0)
		die(operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, "%s: '%s'", job_open_why(errno), j->id);
	good = summary_good(j, &st, &word);
	if (summary_words(&words, &st) < 0)
		die_sys("no memory");
	if (o->json)
		print_json(j, &st, word, good);
	else if (o->any && !o->quiet && st.terminal)
		puts(j->id);
	if (!st.terminal) {
		o->late++;
	} else if (!good) {
		if (o->quiet || o->json)
			;			/* the answer says it */
		else if (st.state == JOB_SUCCEEDED)
			warnx("job '%s' succeeded, its outcome is %s", j->id, word ? word : "unknown");
		else
			warnx("job '%s' %s", j->id, words.p);
		if (st.state == JOB_LOST)
			o->lost++;
		else
			o->bad++;
		if (!o->code)
			o->code = job_exit_status(&st);
	}
	job_status_release(&st);
}

/* One after the other: what has ended meanwhile costs one look. */
static void
wait_all(struct wait *o, const struct operands *names)
{
	/* Every name is checked first, and what it stood for is kept. */
	for (size_t i = 0; i < names->n; i++) {
		struct job j;

		open_or_die(o, &j, names->name[i]);
		free(names->name[i]);
		names->name[i] = strdup(j.id);
		if (!names->name[i])
			die_sys("no memory");
		job_close(&j);
	}
	for (size_t i = 0; i < names->n; i++) {
		struct job j;

		open_or_die(o, &j, names->name[i]);
		if (await_job(&j, &o->root, o->deadline) < 0)
			die(operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, "cannot wait for '%s': %s",
				j.id, job_open_why(errno));
		judge(o, &j);
		job_close(&j);
	}
}

static void
wait_any(struct wait *o, const struct operands *names)
{
	struct job *jobs = calloc(names->n, sizeof *jobs);
	struct rlimit rl;
	size_t which = 0;
	int wake, got;

	if (!jobs)
		die_sys("no memory");
	if (!getrlimit(RLIMIT_NOFILE, &rl)) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);	/* if not, opening will say so */
	}
	for (size_t i = 0; i < names->n; i++)
		open_or_die(o, &jobs[i], names->name[i]);
	got = await_any(jobs, names->n, &o->root, o->deadline, &which, &wake);
	if (got < 0)
		die_sys("cannot wait");
	if (got)
		judge(o, &jobs[which]);
	else
		o->late = (int)names->n;
	/* jobs and wake are left to exit: closing an inotify descriptor takes milliseconds */
}

static void
serve(struct jobreq *q)
{
	if (q->worker)
		worktool(q);
	else
		waittool(q);
}

int
main(int argc, char *argv[])
{
	struct wait o = { .deadline = AWAIT_FOREVER };
	struct operands names;

	err_init(argc, argv, "jobdir-wait");
	if (request_form(argc, argv))
		err_answer(jobreq_serve(argc, argv, "claude_job_wait", true, serve));
	parse(&o, argc, argv);
	if (operand_read(&names, argv + optind, true, o.nul) < 0)
		die_sys("cannot read the jobs");
	if (!names.n)
		return EXIT_OK;		/* nothing to wait for: all have ended */
	if (root_open(&o.root, false) < 0 && errno != ENOENT)
		die(EXIT_TEMP, "%s", root_why(errno));
	if (o.any && names.n > 1)
		wait_any(&o, &names);
	else
		wait_all(&o, &names);
	err_close_stdout();
	if (o.late && !o.quiet)
		warnx("timed out: %d of %zu jobs have not ended", o.late, names.n);
	if (o.late)
		return EXIT_TIMEDOUT;
	if (o.json)
		return EXIT_OK;
	if (o.propagate)
		return o.code;
	return o.bad ? EXIT_NO : o.lost ? EXIT_LOST : EXIT_OK;
}
