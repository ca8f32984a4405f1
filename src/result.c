/* SPDX-License-Identifier: MIT */
/*
 * jobdir-result: what came of a job, in one answer: for people as text, for
 * tools as one JSON object of at most 10 kB with what to call next, and once,
 * by the recipe, as result.json.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "jsonw.h"
#include "operand.h"
#include "report.h"
#include "request.h"
#include "resultask.h"
#include "resulttext.h"
#include "store.h"
#include "worktool.h"

static const char usage[] =
	"usage: jobdir-result [-hV] [--json] [--store] JOB\n"
	"   or: jobdir-result --tool=NAME --cwd=DIR [--MEMBER=VALUE ...] [--request=FILE]\n";

#define STORED_MAX (1 << 20)

/* Generous, and the next where an agent was too. */
static const struct report_limits stored[] = { { 16 << 10, 200, 5000 }, { 2000, 20, 500 } };

static _Noreturn void
say(struct buf *out)
{
	if (buf_addch(out, '\n') < 0 || !buf_ok(out))
		die(EXIT_TEMP, "out of memory");
	(void)fwrite(out->p, 1, out->len, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
	exit(EXIT_OK);
}

static _Noreturn void
serve(int argc, char *argv[])
{
	struct buf why = BUF_INIT, out = BUF_INIT;
	struct request rq;

	if (request_read(&rq, argc, argv, "claude_result", &why) < 0)
		answer_error(&out, ANSWER_INVALID_REQUEST, why.p, NULL);
	else
		result_serve(&out, &rq);
	say(&out);
}

/* result.json: once; a second store is no error and changes nothing. */
static void
store_result(const struct verdict *v)
{
	struct buf out CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	for (size_t i = 0; i < 2 && (i == 0 || out.len > STORED_MAX); i++) {
		buf_reset(&out);
		jsonw_init(&w, &out);
		jsonw_object(&w);
		jsonw_mint(&w, "format", 1);
		jsonw_mstr(&w, "outcome", outcome_name(v->outcome));
		jsonw_mstr(&w, "state", job_state_name(v->state));
		report_write(&w, v, &stored[i]);
		jsonw_end(&w);
	}
	if (buf_addch(&out, '\n') < 0 || store_once(v->job->fd, JOB_RESULT, out.p, out.len, NULL, 0) < 0)
		die_sys("cannot store the result");
}

int
main(int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' }, { "json", no_argument, NULL, 'j' },
		{ "store", no_argument, NULL, 's' }, { "version", no_argument, NULL, 'V' }, { 0 },
	};
	bool json = false, store = false;
	struct buf out = BUF_INIT;
	struct job_status st;
	struct verdict v;
	struct root r;
	struct job j;
	int c;

	err_init(argc, argv, "jobdir-result");
	if (request_names(argc, argv, "get"))
		err_answer(jobreq_serve(argc, argv, "get", true, worktool));
	if (request_form(argc, argv))
		serve(argc, argv);
	while ((c = getopt_long(argc, argv, "+hV", longs, NULL)) != -1) {
		if (c == 'h')
			err_answer(usage);
		if (c == 'V')
			err_answer("jobdir-result " JOBDIR_VERSION "\n");
		if (c == '?')
			return EXIT_USAGE;	/* getopt has said what */
		json |= c == 'j';
		store |= c == 's';
	}
	if (argc - optind != 1)
		die(EXIT_USAGE, "one JOB is wanted, after the options (see jobdir-result -h)");
	if ((c = operand_open(&r, &j, argv[optind], &out)))
		die(c > 0 ? EXIT_USAGE : EXIT_TEMP, "%s", out.p);
	if (job_status(&j, &r, &st) < 0 || verdict_load(&v, &j, &st, store) < 0)
		die(operand_fault(errno) ? EXIT_USAGE : EXIT_TEMP, "%s: '%s'", job_open_why(errno), j.id);
	if (store)
		store_result(&v);
	if (store && !json)
		return EXIT_OK;
	char *cwd = job_cwd(&j);
	if ((json ? result_answer(&out, &v, &st, cwd ? cwd : "") : result_text(&out, &v, &st)) < 0)
		die_sys("cannot describe the job");
	if (job_in_place(&j) < 0)		/* removed while we read it */
		die(EXIT_USAGE, "%s: '%s'", job_open_why(errno), j.id);
	buf_setlen(&out, out.len && out.p[out.len - 1] == '\n' ? out.len - 1 : out.len);
	say(&out);
}
