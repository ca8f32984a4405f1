/* SPDX-License-Identifier: MIT */
/*
 * jobdir-task: turn a request into a job: route, guard, spawn, maybe wait.
 * It composes: spawn makes the job, tail -f says what it does and when it has
 * ended, result says what came of it; this program decides and answers.
 */
#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "follow.h"
#include "guard.h"
#include "job.h"
#include "jsonw.h"
#include "num.h"
#include "spawncall.h"
#include "taskanswer.h"
#include "taskresume.h"
#include "wallask.h"

#define USAGE "usage: jobdir-task [-hV] [--tool=NAME] [--request=FILE] [--MEMBER=VALUE ...]\n" \
	"           " WALLASK_USAGE
#define WAIT_DEFAULT_S 25
#define WAIT_MARGIN_S 15	/* below the client's own tool timeout */

static struct buf out = BUF_INIT;
static struct wallask walls;	/* only of the command line: a person's */

static _Noreturn void
say_out(void)
{
	buf_addch(&out, '\n');
	if (!buf_ok(&out))
		die(EXIT_TEMP, "out of memory");
	(void)fwrite(out.p, 1, out.len, stdout);	/* err_close_stdout() looks */
	err_close_stdout();
	exit(EXIT_OK);
}

static _Noreturn void
refuse(enum answer_code code, const char *message, const char *hint)
{
	buf_reset(&out);
	answer_error(&out, code, message, hint);
	say_out();
}

/* The limit of a tool's jobs, in seconds, where the request has none. */
static int64_t
time_limit(const struct request *rq)
{
	static const struct {
		const char *tool;
		int64_t limit;
	} limits[] = { { "claude_query", 120 }, { "claude_review", 180 }, { "claude_implement", 600 } };

	if (request_bool(rq, "fast", false))
		return 45;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (!strcmp(rq->tool, limits[i].tool))
			return limits[i].limit;
	return 3600;
}

/* Make the job; its id (malloc'd), and whether an active one answers the same request. */
static char *
spawn(struct task *t, bool *deduped)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *name = request_str(t->rq, "worktreeName");
	const struct spawncall c = { .recipe = task_recipe(t), .cwd = t->cwd, .prompt = &t->prompt,
		.params = &t->params, .state = &t->state, .walls = walls.given,
		.which = t->which, .fork = t->fork, .name = name,
		.timeout_ms = 1000 * request_int(t->rq, "timeout_sec", time_limit(t->rq)) };
	char *id = spawncall(&c, deduped, &why);

	if (!id && (errno == ECHILD || errno == ESRCH))
		refuse(errno == ECHILD ? ANSWER_REFUSED : ANSWER_JOB_NOT_FOUND, why.p,
			"begin anew with a task alone, or name the job to go on with; "
			"claude_jobs lists them");
	if (!id)
		refuse(errno == EBADMSG ? ANSWER_INTERNAL : ANSWER_STATE_UNAVAILABLE, why.p,
			"run: jobdir setup --tool=claude_setup --cwd=.");
	return id;
}

/* How long to wait inline, in milliseconds; 0: not at all. */
static int64_t
wait_window(const struct request *rq)
{
	int64_t s = request_int(rq, "wait_timeout_sec", WAIT_DEFAULT_S), limit;
	CLEANUP(free) char *strategy = request_str(rq, "wait_strategy");
	const char *tool = getenv("JOBDIR_TOOL_TIMEOUT_SEC");

	if (strcmp(rq->tool, "claude_task"))
		return 0;		/* the others only start it */
	if (strategy ? !strcmp(strategy, "background") : request_bool(rq, "background", false))
		return 0;
	if (tool && num_parse(tool, 1, 86400, &limit) == 0) {
		limit = limit > 2 * WAIT_MARGIN_S ? limit - WAIT_MARGIN_S : (limit + 1) / 2;
		s = s < limit ? s : limit;
	} else if (s > WAIT_DEFAULT_S) {
		s = WAIT_DEFAULT_S;
	}
	return s * 1000;
}

/* The workspace has uncommitted changes and the caller did not say what about them. */
static _Noreturn void
needs_decision(const struct task *t)
{
	taskanswer_dirty(&out, t);
	say_out();
}

/* Open the job of the request, which must be one of this directory. */
static void
continue_job(struct job *j, const struct root *r, const char *id, const char *cwd)
{
	CLEANUP(free) char *have = NULL;

	if (r->fd < 0 || job_open(j, r, id) < 0)
		refuse(r->fd >= 0 && errno == EMLINK ? ANSWER_JOB_AMBIGUOUS : ANSWER_JOB_NOT_FOUND,
			"no such job in this workspace", "claude_jobs lists them");
	have = job_cwd(j);
	if (!have || strcmp(have, cwd))
		refuse(ANSWER_JOB_NOT_FOUND, "no such job in this workspace", "claude_jobs lists them");
}

static void
prepare(struct task *t)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	enum answer_code code;

	if (task_prepare(t, t->rq, &code, &why) < 0)
		refuse(code, why.p, NULL);
	if (t->dirty_count)
		needs_decision(t);
}

/* job_id with a new task, of a job that has ended: another job is to go on with it. */
static bool
goes_on(struct task *t, struct job *j, const struct root *r)
{
	if (request_get(t->rq, "task") < 0 || job_is_terminal(j, r) != 1)
		return false;
	if (taskresume_job(t, j) < 0)
		die_sys("no memory");
	prepare(t);
	return !taskresume_same(t, j);
}

int
main(int argc, char **argv)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct request rq;
	struct task t = TASK_INIT;
	struct root r = { .fd = -1 };
	struct job j = { .fd = -1 };
	enum answer_code code;
	bool deduped = false, continued;
	const char *depth = getenv("BRIDGE_DEPTH");
	int64_t d;

	err_init(argc, argv, "jobdir-task");
	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		err_answer(USAGE "\n");
	if (argc == 2 && (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")))
		err_answer("jobdir-task " JOBDIR_VERSION "\n");
	if (wallask_init(&walls, (size_t)argc) < 0)
		die_sys("no memory");
	argc = wallask_strip(&walls, argc, argv);
	bool tool = request_form(argc, argv);
	if (request_read(&rq, argc, argv, "claude_task", &why) < 0) {
		if (!tool)
			die(EXIT_USAGE, "%s (%s)", why.p, USAGE);
		refuse(ANSWER_INVALID_REQUEST, why.p, NULL);
	}
	if (depth && num_parse(depth, 0, 1000, &d) == 0 && d >= 2)
		refuse(ANSWER_DEPTH, "a delegated agent may not delegate", NULL);
	CLEANUP(free) char *cwd = request_str(&rq, "cwd");
	t.cwd_fd = tool ? guard_cwd(cwd, &t.cwd, &why) : guard_cwd_person(cwd, &t.cwd, &why);
	if (t.cwd_fd < 0)
		refuse(ANSWER_CWD_REFUSED, why.p,
			"the user can allow a directory with CODEX_CLAUDE_ALLOW_ROOTS");
	CLEANUP(free) char *id = request_str(&rq, "job_id");
	if (root_open(&r, false) < 0 && errno != ENOENT)
		die(EXIT_TEMP, "%s", root_why(errno));
	t.rq = &rq;
	continued = id != NULL;
	if (continued) {
		continue_job(&j, &r, id, t.cwd);
		continued = !goes_on(&t, &j, &r);
	} else if (taskresume_ask(&t, &r, &code, &why) < 0) {
		refuse(code, why.p, "claude_jobs lists them");
	} else {
		prepare(&t);
	}
	if (!continued) {
		free(id);
		id = spawn(&t, &deduped);
		if (j.fd >= 0)
			job_close(&j);
		if (r.fd < 0 && root_open(&r, false) < 0)
			die(EXIT_TEMP, "%s", root_why(errno));
		continue_job(&j, &r, id, t.cwd);
	}
	struct follow f = { .job = &j, .root = &r, .window_ms = wait_window(&rq) };
	int done = follow(&f);
	if (done < 0)
		refuse(ANSWER_INTERNAL, strerror(errno), NULL);

	struct jsonw w;
	jsonw_init(&w, &out);
	jsonw_object(&w);
	struct taskanswer_wait how = { .window_ms = f.window_ms, .ended = done > 0,
		.deduped = deduped, .continued = continued,
		.unasked = continued && !done && request_get(&rq, "task") >= 0 };
	if (!continued)
		taskanswer_inference(&w, &t);
	taskanswer_reuse(&w, continued ? NULL : &t, j.id, &how);
	if (follow_answer(&w, &f, done > 0, t.cwd, &why) < 0)
		refuse(ANSWER_INTERNAL, why.p, NULL);
	jsonw_end(&w);
	say_out();
}
