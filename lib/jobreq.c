/* SPDX-License-Identifier: MIT */
#include "jobreq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answer.h"
#include "guard.h"
#include "jsonw.h"
#include "path.h"
#include "redactown.h"

static int
refuse(struct jobreq *q, enum answer_code code, const char *message, const char *hint)
{
	answer_error(&q->out, code, message, hint);
	return -1;
}

static int
open_job(struct jobreq *q)
{
	CLEANUP(free) char *name = request_job(&q->rq);
	CLEANUP(free) char *cwd = NULL;

	const char *none = q->worker ? "no such job below SANDBOX_ROOT" : "no such job in this workspace";
	const char *lists = q->worker ? "start gave its id" : "claude_jobs lists them";

	if (!name)
		return refuse(q, ANSWER_INVALID_REQUEST, "job_id: required", NULL);
	if (job_open(&q->job, &q->root, name) < 0)
		switch (errno) {
		case EMLINK:
			return refuse(q, ANSWER_JOB_AMBIGUOUS, "more than one job has this in its id",
				"give the whole job id");
		case EPROTO:
		case EBADMSG:
			return refuse(q, ANSWER_STATE_DAMAGED, job_open_why(errno), NULL);
		case ENOENT:
		case EINVAL:
			return refuse(q, ANSWER_JOB_NOT_FOUND, none, lists);
		default:
			return refuse(q, ANSWER_STATE_UNAVAILABLE, job_open_why(errno), NULL);
		}
	cwd = job_cwd(&q->job);
	if (cwd && (q->worker ? path_below(cwd, q->cwd) : !strcmp(cwd, q->cwd)))
		return 0;
	/* Of another workspace: not even its existence is told. */
	return refuse(q, ANSWER_JOB_NOT_FOUND, none, lists);
}

static int
open_root(struct jobreq *q, bool with_job)
{
	if (root_open(&q->root, false) < 0 && errno != ENOENT) {
		CLEANUP(free) char *words = root_why(errno);

		return refuse(q, ANSWER_STATE_UNAVAILABLE, words ? words : "out of memory",
			"see jobdir(7), JOBDIR_STATE");
	}
	return with_job ? open_job(q) : 0;
}

/* The request is read: where is it about, and about which job? */
static int
judge(struct jobreq *q, bool with_job)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *cwd = NULL;
	int fd;

	q->worker = strncmp(q->rq.tool, "claude_", 7) != 0;
	if (q->worker) {
		q->cwd = guard_sandbox_root(&why);
		if (!q->cwd)
			return refuse(q, ANSWER_CWD_REFUSED, why.p, NULL);
		return open_root(q, with_job);
	}
	cwd = request_str(&q->rq, "cwd");
	fd = guard_cwd(cwd ? cwd : "", &q->cwd, &why);
	if (fd < 0)
		return refuse(q, ANSWER_CWD_REFUSED, why.p,
			"the user can allow a directory with CODEX_CLAUDE_ALLOW_ROOTS");
	(void)close(fd);			/* a directory */
	return open_root(q, with_job);
}

int
jobreq_open(struct jobreq *q, int argc, char *const argv[], const char *tool, bool with_job)
{
	CLEANUP(buf) struct buf why = BUF_INIT;

	*q = (struct jobreq)JOBREQ_INIT;
	if (request_read(&q->rq, argc, argv, tool, &why) < 0)
		return refuse(q, errno == EINVAL || errno == ENOENT ? ANSWER_INVALID_REQUEST :
			ANSWER_INTERNAL, why.p, NULL);
	return judge(q, with_job);
}

int
jobreq_redact(struct buf *text)
{
	CLEANUP(buf) struct buf shown = BUF_INIT;
	/* A part of it, cut anywhere, is not to pass for the whole. */
	int got = buf_ok(text) ? redact_text(text->p, text->len, &shown) : -1;

	buf_reset(text);
	return got ? -1 : buf_add(text, shown.p, shown.len);
}

/* The answer as a line, malloc'd. */
static char *
finish(struct jobreq *q)
{
	if (q->worker && jobreq_redact(&q->out) < 0) {
		buf_reset(&q->out);
		answer_error(&q->out, ANSWER_INTERNAL, "the answer cannot be redacted", NULL);
	}
	(void)buf_addch(&q->out, '\n');		/* sticky: buf_steal tells */
	return buf_steal(&q->out);
}

char *
jobreq_serve(int argc, char *const argv[], const char *tool, bool with_job,
	void (*act)(struct jobreq *q))
{
	struct jobreq q;

	if (!jobreq_open(&q, argc, argv, tool, with_job))
		act(&q);
	return finish(&q);
}

char *
jobreq_serve_read(struct request *rq, bool with_job, void (*act)(struct jobreq *q))
{
	struct jobreq q = JOBREQ_INIT;

	q.rq = *rq;
	if (!judge(&q, with_job))
		act(&q);
	return finish(&q);
}

int
jobreq_args(const struct jobreq *q, struct buf *out, const char *extra)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	if (!q->worker)
		jsonw_mstr(&w, "cwd", q->cwd);
	if (q->job.fd >= 0)
		jsonw_mstr(&w, "job_id", q->job.id);
	jsonw_end(&w);
	if (extra) {
		buf_setlen(out, out->len - 1);
		(void)buf_addf(out, ",%s}", extra);	/* sticky, see below */
	}
	return buf_ok(out) ? 0 : -1;
}
