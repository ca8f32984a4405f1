/* SPDX-License-Identifier: MIT */
/*
 * jobdir-export: a job's sealed change as a branch; the workspace stays as it is.
 */
#include "err.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "export.h"
#include "job.h"
#include "jsonw.h"
#include "landword.h"
#include "landtext.h"
#include "num.h"
#include "planjson.h"

#define USAGE \
	"usage: jobdir-export [-fhjV] [--branch=NAME] [--message=TEXT] [--author=AUTHOR]\n" \
	"                     [--accept=PATH] JOB\n" \
	"   or: jobdir-export --tool=claude_export [--request=FILE]\n"

struct export {
	bool tool, json;
	char *branch, *message, *author;
	struct land_ask ask;
	struct export_want want;
	struct export_done done;
	struct root root;
	struct job job;
	struct job_status status;
	struct land land;
	struct buf why;
};

static void
members(struct jsonw *w, const struct export *x)
{
	const struct change *c = &x->land.change;
	size_t total;

	jsonw_mstr(w, "job_id", x->job.id);
	jsonw_mstr(w, "workspace", x->land.workspace);
	jsonw_mstr(w, "branch", x->want.branch);
	jsonw_mstr(w, "commit_sha", *x->done.commit ? x->done.commit : NULL);
	jsonw_mstr(w, "base_commit", c->commit);
	jsonw_mstr(w, "snapshot_commit", *x->done.snapshot ? x->done.snapshot : NULL);
	jsonw_mstr(w, "previous_commit", *x->done.before ? x->done.before : NULL);
	jsonw_mstr(w, "tree_sha", c->tree);
	jsonw_mint(w, "file_count", (int64_t)c->nfiles);
	jsonw_key(w, "conflicts");
	(void)planjson_conflicts(w, &x->land.plan, 0, 3000, &total);
	jsonw_mint(w, "conflicts_total", (int64_t)total);
}

/* One object: what was made, or why nothing was. */
static void
answer(const struct export *x, const enum answer_code *code, const char *hint)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	if (code)
		answer_error_member(&w, *code, x->why.p, hint);
	if (x->land.job)
		members(&w, x);
	jsonw_key(&w, "warnings");
	jsonw_array(&w);
	if (!code && x->why.len)
		jsonw_str(&w, x->why.p, x->why.len);
	if (x->land.job && x->status.state != JOB_SUCCEEDED)
		jsonw_cstr(&w, "the job did not succeed: its change may be incomplete");
	jsonw_end(&w);
	answer_interaction(&w, code ? "nothing exported" : "the change is on a branch",
		code ? "needs_attention" : "exported", code ? "Tell the user what is in the way." :
		"Tell the user the branch; the workspace is as it was.");
	jsonw_end(&w);
	buf_addch(&out, '\n');
	(void)fwrite(out.p, 1, out.len, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
}

static int
exit_of(enum answer_code c)
{
	switch (c) {
	case ANSWER_CONFLICT: case ANSWER_JOB_NOT_FINISHED: case ANSWER_JOB_HAS_NO_CHANGE:
		return EXIT_NO;
	case ANSWER_BUSY: case ANSWER_STATE_UNAVAILABLE: case ANSWER_INTERNAL:
		return EXIT_TEMP;
	default:
		return EXIT_USAGE;
	}
}

static _Noreturn void
refuse(const struct export *x, enum answer_code code, const char *hint)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (x->tool || x->json)
		answer(x, &code, hint);
	if (x->tool)
		exit(EXIT_OK);
	landtext_stops(&text, &x->land.plan);
	(void)fputs(text.p, stderr);	/* the message below says it failed */
	warnx("%s%s%s", x->why.p, hint ? ": " : "", hint ? hint : "");
	exit(exit_of(code));
}

static char *
from_stdin(void)
{
	struct buf text = BUF_INIT;

	if (buf_read(&text, STDIN_FILENO, 1 << 16) < 0)
		die_sys("cannot read the message");
	if (strlen(text.p) != text.len)
		die(EXIT_USAGE, "the message contains a NUL byte");
	return buf_steal(&text);
}

static void
options(struct export *x, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "accept", 1, NULL, 'a' }, { "author", 1, NULL, 'A' }, { "branch", 1, NULL, 'b' },
		{ "force", 0, NULL, 'f' }, { "help", 0, NULL, 'h' }, { "json", 0, NULL, 'j' },
		{ "message", 1, NULL, 'm' }, { "version", 0, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, "+fhjV", longs, NULL)) != -1) {
		switch (o) {
		case 'a':
			if (land_ask_add(&x->ask.accept, optarg) < 0)
				die(EXIT_USAGE, "--accept wants a path of the change: %s", strerror(errno));
			break;
		case 'A': x->author = optarg; break;
		case 'b': x->branch = optarg; break;
		case 'f': x->want.force = true; break;
		case 'h': err_answer(USAGE);
		case 'j': x->json = true; break;
		case 'm': x->message = strcmp(optarg, "-") ? optarg : from_stdin(); break;
		case 'V': err_answer("jobdir-export " JOBDIR_VERSION "\n");
		default:
			die(EXIT_USAGE, "bad option '%s' (see -h)", argv[optind - 1]);
		}
	}
	if (argc - optind != 1)
		die(EXIT_USAGE, "one JOB is wanted (see jobdir-export -h)");
	x->ask.name = argv[optind];
}

/* From a request: the options; returns cwd. */
static char *
request(struct export *x, int argc, char **argv)
{
	struct request rq;

	x->tool = true;
	if (request_read(&rq, argc, argv, "claude_export", &x->why) < 0)
		refuse(x, errno == EINVAL || errno == ENOENT ? ANSWER_INVALID_REQUEST : ANSWER_INTERNAL,
			NULL);
	x->ask.name = request_str(&rq, "job_id");
	if (!x->ask.name)
		x->ask.name = request_str(&rq, "worktree_path");
	x->branch = request_str(&rq, "branch");
	x->message = request_str(&rq, "message");
	x->author = request_str(&rq, "author");
	x->want.force = request_bool(&rq, "force", false);
	if (land_ask_list(&rq, "accept", &x->ask.accept) < 0) {
		buf_addstr(&x->why, "accept: paths of the change, none empty");
		refuse(x, ANSWER_INVALID_REQUEST, NULL);
	}
	return request_str(&rq, "cwd");
}

/* What is not given has a default; what is given must be right. */
static void
complete(struct export *x)
{
	CLEANUP(buf) struct buf branch = BUF_INIT, message = BUF_INIT;

	buf_addf(&branch, "jobdir/%s", x->job.id);
	buf_addf(&message, "Change of %s", x->job.id);
	x->want.branch = x->branch ? x->branch : buf_steal(&branch);
	x->want.message = x->message ? x->message : buf_steal(&message);
	x->want.author = x->author;
	x->want.at = x->status.ended ? x->status.ended : x->status.created;
	if (!x->want.branch || !x->want.message || !x->want.at)
		buf_addstr(&x->why, "the job's record cannot be read");
	else if (!x->want.message[strspn(x->want.message, " \t\r\n")])
		buf_addstr(&x->why, "message: must not be empty");
	else if (!num_is_utf8(x->want.message, strlen(x->want.message)))
		buf_addstr(&x->why, "message: must be UTF-8");
	else if (x->author && !export_author_ok(x->author))
		buf_addstr(&x->why, "author: must be of the form 'Name <mail>'");
	if (x->why.len)
		refuse(x, ANSWER_INVALID_REQUEST, NULL);
}

static const char *
hint(const struct export *x)
{
	if (x->land.count.conflicts)
		return x->land.count.conflicts == x->land.count.asks ? "accept them by name" : NULL;
	return *x->done.before && !x->want.force ? "take another name, or force" : NULL;
}

int
main(int argc, char **argv)
{
	static struct export x = { .land = LAND_INIT };
	enum answer_code code;
	char *cwd = NULL;

	err_init(argc, argv, "jobdir-export");
	buf_init(&x.why);
	if (request_form(argc, argv))
		cwd = request(&x, argc, argv);
	else
		options(&x, argc, argv);
	if (land_ask_job(&x.ask, &x.root, &x.job, &x.status, &code, &x.why) < 0)
		refuse(&x, code, NULL);
	complete(&x);
	if (land_open(&x.land, &x.job, NULL, &code, &x.why) < 0)
		refuse(&x, code, NULL);
	if (x.tool && (land_ask_guard(&x.land, cwd, &x.why) < 0 || landword_branch(&x.land, &x.why) < 0))
		refuse(&x, ANSWER_CWD_REFUSED, NULL);
	if (export_plan(&x.land, (const char *const *)x.ask.accept, &code, &x.why) < 0)
		refuse(&x, code, NULL);
	if (export_change(&x.land, &x.want, &x.done, &code, &x.why) < 0)
		refuse(&x, code, hint(&x));
	if (x.tool || x.json) {
		answer(&x, NULL, NULL);
		return EXIT_OK;
	}
	if (x.why.len)
		warnx("%s", x.why.p);
	printf("%s %s\n", x.want.branch, x.done.commit);
	err_close_stdout();
	return EXIT_OK;
}
