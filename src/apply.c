/* SPDX-License-Identifier: MIT */
/*
 * jobdir-apply: show what landing a job's change would do, and land it, all or
 * nothing, once somebody said yes to exactly that.
 */
#include "err.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "job.h"
#include "landask.h"
#include "landself.h"
#include "landtext.h"
#include "landword.h"
#include "mend.h"

#define USAGE \
	"usage: jobdir-apply [-hjV] [--preview | --yes] [--token=TOKEN] [--accept=PATH]\n" \
	"                    [--only=PATH] [--into=DIR] [--patch] [--cleanup] JOB\n" \
	"   or: jobdir-apply --verified JOB\n" \
	"   or: jobdir-apply --recover [DIR]\n" \
	"   or: jobdir-apply --tool=NAME [--request=FILE]\n"

struct apply {
	bool tool, json, recover;	/* how we were called */
	char *into;
	struct land_ask ask;
	struct root root;
	struct job job;
	struct job_status status;
	struct land land;
	struct journal_report report;
	struct land_show show;
	struct buf why, hint;
};

static void
options(struct apply *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "accept", 1, 0, 'a' }, { "cleanup", 0, 0, 'c' }, { "help", 0, 0, 'h' },
		{ "into", 1, 0, 'i' }, { "json", 0, 0, 'j' }, { "only", 1, 0, 'o' },
		{ "patch", 0, 0, 'P' }, { "preview", 0, 0, 'p' }, { "recover", 0, 0, 'r' },
		{ "token", 1, 0, 't' }, { "verified", 0, 0, 'v' }, { "version", 0, 0, 'V' },
		{ "yes", 0, 0, 'y' }, { 0 },
	};
	int o, bad = opterr = 0;

	while ((o = getopt_long(argc, argv, "+hjV", longs, NULL)) != -1) {
		switch (o) {
		case 'a': bad |= land_ask_add(&a->ask.accept, optarg); break;
		case 'c': a->ask.cleanup = true; break;
		case 'h': err_answer(USAGE);
		case 'i': a->into = optarg; break;
		case 'j': a->json = true; break;
		case 'o': bad |= land_ask_add(&a->ask.only, optarg); break;
		case 'P': a->ask.patch = true; break;
		case 'p': a->ask.preview = true; break;
		case 'r': a->recover = true; break;
		case 't': bad |= !(a->ask.token = strdup(optarg)); break;
		case 'v': a->ask.verified = true; break;
		case 'V': err_answer("jobdir-apply " JOBDIR_VERSION "\n");
		case 'y': a->ask.yes = true; break;
		default:
			die(EXIT_USAGE, "bad option '%s' (see -h)", argv[optind - 1]);
		}
	}
	if (bad)
		die(errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s", errno == EINVAL ? "--accept and "
			"--only want a path of the plan, not an empty one" : strerror(errno));
	if ((a->ask.preview || a->ask.verified) && (a->ask.yes || a->ask.cleanup))
		die(EXIT_USAGE, "not together: --preview, --verified, and --yes or --cleanup");
	if (argc - optind != 1 && !(a->recover && argc == optind))
		die(EXIT_USAGE, "one JOB is wanted (see jobdir-apply -h)");
	if (!(a->ask.name = strdup(argv[optind] ? argv[optind] : ".")))
		die_sys("cannot read the options");
}

static int
exit_of(enum answer_code c)
{
	static const int status[] = { [ANSWER_IS_NO] = EXIT_NO, [ANSWER_IS_FAULT] = EXIT_USAGE,
		[ANSWER_IS_POLICY] = EXIT_POLICY, [ANSWER_IS_MACHINE] = EXIT_TEMP };
	return status[answer_kind(c)];
}

/* The last word: one object for a caller, lines for a person. */
static _Noreturn void
finish(struct apply *a, enum land_said said)
{
	struct buf out = BUF_INIT;

	a->show.said = said;
	a->show.report = &a->report;
	a->show.status = &a->status;
	a->show.patch = a->ask.patch;
	a->show.patch_max = a->ask.patch_max;
	a->show.offset = a->ask.offset;
	if (a->tool || a->json)
		land_answer(&out, &a->land, &a->show);
	else
		landtext_end(&out, &a->land, &a->show);
	(void)fwrite(out.p, 1, out.len, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
	if (!a->tool && said == LAND_REFUSED)
		warnx(a->show.hint ? "%s: %s" : "%s", a->show.message, a->show.hint);
	if (a->tool)
		exit(EXIT_OK);
	exit(said == LAND_REFUSED ? exit_of(a->show.code) : a->report.nkept ||
		(said == LAND_PREVIEW && a->land.count.conflicts) ? EXIT_NO : EXIT_OK);
}

static _Noreturn void
refuse(struct apply *a, enum answer_code code, const char *message, const char *hint)
{
	/* Removed while we read it: no other reason is to be trusted. */
	if (a->job.path && job_in_place(&a->job) < 0 && errno == ENOENT) {
		code = ANSWER_JOB_NOT_FOUND;
		message = job_open_why(ENOENT);
		hint = NULL;
	}
	a->show.code = code;
	a->show.message = message;
	a->show.hint = hint;
	finish(a, LAND_REFUSED);
}

static _Noreturn void
recover_only(struct apply *a)
{
	int rc = mend_repository(a->ask.name, &a->report, &a->why);

	if (rc < 0)
		die(errno == EBADMSG || errno == EINVAL ? EXIT_USAGE : EXIT_TEMP, "%s", a->why.p);
	buf_addstr(&a->why, rc ? "undone: a landing that had been cut off\n" : "nothing to recover\n");
	landtext_kept(&a->why, &a->report);
	(void)fputs(a->why.p, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
	exit(a->report.nkept ? EXIT_NO : EXIT_OK);
}

/* The last step but one of a recipe: nobody is asked, because everything passed. */
static _Noreturn void
by_itself(struct apply *a)
{
	int rc = landself(&a->job, &a->status, &a->why);
	if (rc < 0)
		die(EXIT_TEMP, "%s", a->why.p);
	if (rc < 2)			/* 2: left for a person */
		printf(rc ? "landed: everything passed\n" : "not landed: %s\n", a->why.p);
	err_close_stdout();
	exit(rc ? EXIT_OK : EXIT_NO);
}

/* What was agreed to: asked here, through the client, or said before. How, for the record. */
static const char *
agree(struct apply *a, char token[PLAN_TOKEN])
{
	const char *how = a->ask.yes ? "--yes" : "asked at the terminal";
	enum answer_code code;
	char answer[8] = "";

	if (!a->ask.yes && !a->tool && !a->json && isatty(0) && isatty(2)) {
		fputs("land this? [y/N] ", stderr);
		if (!fgets(answer, sizeof(answer), stdin) || (*answer != 'y' && *answer != 'Y'))
			refuse(a, ANSWER_CONFIRMATION_REQUIRED, "nothing was landed", NULL);
		memcpy(token, a->land.token, PLAN_TOKEN);
	} else if (land_ask_token(&a->ask, &a->land, token, &code, &a->why) < 0) {
		refuse(a, code, a->why.p, NULL);
	} else if (a->tool && landword(&a->land, &a->ask, token, &how, &code, &a->why, &a->hint) < 0) {
		refuse(a, code, a->why.p, a->hint.len ? a->hint.p : NULL);
	}
	return how;
}

static void
show_plan(const struct apply *a)
{
	struct buf out = BUF_INIT;

	if (a->tool || a->json)
		return;
	landtext_plan(&out, &a->land);
	(void)fputs(out.p, stdout), (void)fflush(stdout);	/* err_close_stdout() looks */
}

/* From a request: the options, and whether the asker may. */
static char *
request(struct apply *a, int argc, char **argv)
{
	struct request rq;

	a->tool = true;
	if (request_read(&rq, argc, argv, "claude_apply", &a->why) < 0)
		refuse(a, errno == EINVAL || errno == ENOENT ? ANSWER_INVALID_REQUEST : ANSWER_INTERNAL,
			a->why.p, NULL);
	a->show.worker = strncmp(rq.tool, "claude_", 7) != 0;
	if (land_ask_read(&a->ask, &rq, &a->why) < 0)
		refuse(a, ANSWER_INVALID_REQUEST, a->why.p, NULL);
	return request_str(&rq, "cwd");
}

int
main(int argc, char **argv)
{
	static struct apply a = { .land = LAND_INIT, .why = BUF_INIT, .hint = BUF_INIT };
	char token[PLAN_TOKEN], *cwd = NULL;
	enum answer_code code;

	err_init(argc, argv, "jobdir-apply");
	journal_report_init(&a.report);
	if (request_form(argc, argv))
		cwd = request(&a, argc, argv);
	else
		options(&a, argc, argv);
	if (a.recover)
		recover_only(&a);
	struct land_want want = { (const char *const *)a.ask.accept, (const char *const *)a.ask.only };

	if (land_ask_job(&a.ask, &a.root, &a.job, &a.status, &code, &a.why) < 0 ||
	    (!a.ask.verified && land_open(&a.land, &a.job, a.into, &code, &a.why) < 0))
		refuse(&a, code, a.why.p, NULL);
	if (a.ask.verified)
		by_itself(&a);
	if (a.tool && land_ask_guard(&a.land, cwd, &a.why) < 0)
		refuse(&a, ANSWER_CWD_REFUSED, a.why.p, NULL);
	if (land_prepare(&a.land, &want, &a.report, &code, &a.why) < 0)
		refuse(&a, code, a.why.p, NULL);
	show_plan(&a);
	if (a.ask.preview) {
		if (land_record_preview(&a.land) < 0)
			refuse(&a, ANSWER_STATE_UNAVAILABLE, "the preview cannot be recorded",
				strerror(errno));
		finish(&a, LAND_PREVIEW);
	}
	if (a.land.count.conflicts)
		refuse(&a, ANSWER_CONFLICT, "some files cannot be landed, so none is",
			a.land.count.conflicts == a.land.count.asks ? "accept them by name" :
			"resolve every conflict, then preview again; or take it as a branch (export)");
	if (land_do(&a.land, &want, token, agree(&a, token), &a.report, &code, &a.why) < 0)
		refuse(&a, code, a.why.p, code == ANSWER_TOKEN_MISMATCH ? "preview again" : NULL);
	if (a.ask.cleanup)
		a.show.cleaned = land_cleanup(&a.land, &a.root, &a.job, &a.why);
	a.show.warning = a.why.len ? a.why.p : NULL;
	finish(&a, LAND_LANDED);
}
