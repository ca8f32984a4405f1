/* SPDX-License-Identifier: MIT */
/*
 * jobdir-start: start a worker job: Claude Code in an allowed directory, its
 * work verified by checks. Answers as soon as the job is durable.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "job.h"
#include "jobreq.h"
#include "jsonw.h"
#include "num.h"
#include "request.h"
#include "spawncall.h"
#include "start.h"

#define USAGE "usage: jobdir-start [-hV] [--tool=start] [--request=FILE] [--MEMBER=VALUE ...]"

static void
answer(struct jobreq *q, const char *id, bool deduped, const struct start *s)
{
	struct job_status st;
	struct jsonw w;

	/* spawn may have made the root just now */
	if ((q->root.fd < 0 && root_open(&q->root, false) < 0) ||
	    job_open_id(&q->job, &q->root, id) < 0 || job_status(&q->job, &q->root, &st) < 0) {
		answer_error(&q->out, ANSWER_INTERNAL, "the job that was started cannot be read", NULL);
		return;
	}
	jsonw_init(&w, &q->out);
	jsonw_object(&w);
	jsonw_mstr(&w, "job_id", id);
	jsonw_mstr(&w, "job_status", st.terminal ? "completed" : job_state_name(st.state));
	if (deduped)
		jsonw_mbool(&w, "deduped", true);
	jsonw_mstr(&w, "job_dir", q->job.path);
	jsonw_mstr(&w, "note", s->note.len ? s->note.p : NULL);
	jsonw_mstr(&w, "next", "wait with this job_id; do not start it again");
	jsonw_end(&w);
	job_status_release(&st);
}

static void
start(struct jobreq *q)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct start s = START_INIT;
	enum answer_code code = ANSWER_INVALID_REQUEST;
	const char *depth = getenv("BRIDGE_DEPTH");
	bool deduped = false;
	int64_t d;

	if (depth && num_parse(depth, 0, 1000, &d) == 0 && d >= 2) {
		answer_error(&q->out, ANSWER_DEPTH, "a delegated agent may not delegate", NULL);
		return;
	}
	if (start_prepare(&s, &q->rq, &code, &why) < 0) {
		answer_error(&q->out, code, why.p, NULL);
		return;
	}
	const struct spawncall c = { .recipe = "write", .cwd = s.cwd, .timeout_ms = s.timeout_ms,
		.prompt = &s.prompt, .params = &s.params, .state = &s.state };
	CLEANUP(free) char *id = spawncall(&c, &deduped, &why);

	if (id)
		answer(q, id, deduped, &s);
	else
		answer_error(&q->out, ANSWER_STATE_UNAVAILABLE, why.p, "run: jobdir doctor");
	start_release(&s);
}

/* A person who mistypes an option is told so, and not as an answer to a tool. */
static char *
serve(int argc, char *argv[])
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct request rq;

	if (request_form(argc, argv))
		return jobreq_serve(argc, argv, "start", false, start);
	/* Read once: a part of it may come from standard input. */
	if (request_read(&rq, argc, argv, "start", &why) < 0)
		die(EXIT_USAGE, "%s (%s)", why.p, USAGE);
	return jobreq_serve_read(&rq, false, start);
}

int
main(int argc, char *argv[])
{
	err_init(argc, argv, "jobdir-start");
	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		err_answer(USAGE "\n");
	if (argc == 2 && (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")))
		err_answer("jobdir-start " JOBDIR_VERSION "\n");
	if (argc == 1)
		die(EXIT_USAGE, "a prompt and allowed_dirs are wanted (%s)", USAGE);
	err_answer(serve(argc, argv));
}
