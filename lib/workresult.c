/* SPDX-License-Identifier: MIT */
#include "workresult.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "checkrec.h"
#include "config.h"
#include "jobreq.h"
#include "jsonw.h"
#include "landself.h"
#include "leak.h"
#include "metricsum.h"
#include "path.h"
#include "store.h"
#include "summary.h"
#include "verdict.h"

enum {
	SUMMARY_BYTES = 500, TAIL_BYTES = 1500, FILES_SHOWN = 200,
	BEYOND = 64 << 10,	/* of the diff, looked at so that no secret is cut in two */
};

const char *
workresult_status(const struct job_status *st, const struct verdict *v)
{
	if (st->state == JOB_SUCCEEDED)
		return v && (v->outcome == OUTCOME_FAILED || (v->facts.checks_known &&
			!v->facts.checks_passed)) ? "failed" : "completed";
	return job_state_name(st->state);
}

static void
put_files(struct jsonw *w, const struct change *c)
{
	jsonw_key(w, "changed_files");
	jsonw_array(w);
	for (size_t i = 0; i < c->nfiles && i < FILES_SHOWN; i++)
		answer_name(w, c->files[i].path);
	jsonw_end(w);
	if (c->nfiles > FILES_SHOWN)
		jsonw_mint(w, "changed_files_total", (int64_t)c->nfiles);
}

/* The diff, redacted before it is cut. */
static int
put_diff(struct jsonw *w, const struct verdict *v, int64_t max)
{
	CLEANUP(fd) int fd = path_open(v->job->fd, JOB_PATCH, O_RDONLY | O_NONBLOCK, 0);
	CLEANUP(buf) struct buf raw = BUF_INIT, out = BUF_INIT;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) < 0 || buf_grow(&raw, (size_t)max + BEYOND) < 0)
		return -1;
	n = store_read_some(fd, raw.p, (size_t)max + BEYOND);
	if (n < 0)
		return -1;
	raw.len = (size_t)n;
	raw.p[raw.len] = '\0';
	if (jobreq_redact(&raw) < 0)
		return -1;
	answer_quoted(&out, raw.p, raw.len, (size_t)max);
	if (raw.len > (size_t)max || st.st_size > n)
		(void)buf_addf(&out, "\n[… the diff has %lld bytes: %s/%s has all of it]",
			(long long)st.st_size, v->job->path, JOB_PATCH);
	jsonw_key(w, "diff");
	jsonw_str(w, out.p, out.len);
	return 0;
}

/* What the model requests of the job used; without a gateway what the agent says of itself. */
static int
put_usage(struct jsonw *w, const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int got = metricsum_models(w, "usage", j->fd, JOB_METRICS), own;
	struct json d;

	if (got || summary_result(j, &text, &d) < 0)
		return got < 0 ? -1 : 0;
	own = json_path(&d, 0, "result.usage");
	if (json_type(&d, own) == JSON_T_OBJECT) {
		jsonw_key(w, "usage");
		jsonw_node(w, &d, own);
	}
	json_release(&d);
	return 0;
}

static void
put_landed(struct jsonw *w, const struct verdict *v)
{
	CLEANUP(buf) struct buf why = BUF_INIT, shown = BUF_INIT;
	bool is = landself_landed(v->job, &why);

	jsonw_mbool(w, "landed", is);
	if (is)
		return;
	answer_foreign(&shown, why.p, why.len, SUMMARY_BYTES, NULL);
	jsonw_mstr(w, "landed_why", v->change.nfiles ? shown.p : "nothing was changed");
}

/* Only where there is something to say. */
static void
put_warnings(struct jsonw *w, const struct job *j)
{
	struct leaks l;

	leaks_find(&l, j);
	if (l.total || l.cut || l.unknown) {
		jsonw_key(w, "warnings");
		jsonw_array(w);
		leaks_write(&l, w);
		jsonw_end(w);
	}
	leaks_release(&l);
}

static int
put_ended(struct jsonw *w, struct jobreq *q, const struct verdict *v, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int64_t diff_max, check_max;
	bool diff;

	if (config_int("DIFF_MAX_BYTES", &diff_max, why) < 0 ||
	    config_int("CHECK_OUTPUT_RESPONSE_MAX", &check_max, why) < 0)
		return -1;
	jsonw_mstr(w, "outcome", outcome_name(v->outcome));
	jsonw_mstr(w, "why", v->why);
	answer_agent_words(w, "summary, checks, diff, log_tail, changed_files");
	(void)verdict_summary(v, &text, SUMMARY_BYTES);	/* sticky in text */
	jsonw_key(w, "summary");
	jsonw_str(w, text.p, text.len);
	if (v->facts.change_known) {
		put_files(w, &v->change);
		put_landed(w, v);
		put_warnings(w, v->job);
	}
	if (v->facts.checks_known) {
		jsonw_key(w, "checks");
		checkrec_lines(w, &v->checks.d, checkrec_last(&v->checks.d), (size_t)check_max);
	}
	diff = request_bool(&q->rq, "include_diff",
		json_true(&v->job->doc, job_param(v->job, "include_diff")));
	if (diff && v->facts.change_known && put_diff(w, v, diff_max) < 0)
		return -1;
	jsonw_mint(w, "attempts", v->attempt);
	verdict_isolation(w, v);
	return put_usage(w, v->job);
}

int
workresult(struct buf *out, struct jobreq *q, const struct job_status *st, bool waited,
	struct buf *why)
{
	CLEANUP(buf) struct buf tail = BUF_INIT;
	CLEANUP(free) char *phase = st->terminal ? NULL : summary_phase(&q->job);
	struct verdict v;
	const char *word;
	struct jsonw w;
	int got = 0;

	if (verdict_load(&v, &q->job, st, false) < 0)
		return -1;
	word = workresult_status(st, &v);
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "job_id", q->job.id);
	jsonw_mstr(&w, "job_status", word);
	if (st->terminal)
		got = put_ended(&w, q, &v, why);
	else
		jsonw_mstr(&w, "phase", phase);
	if (!st->terminal && waited)
		jsonw_mbool(&w, "wait_timed_out", true);
	if (!got && st->terminal && strcmp(word, "completed") && !verdict_log_tail(&v, &tail, TAIL_BYTES) &&
	    tail.len)
		jsonw_mstr(&w, "log_tail", tail.p);
	jsonw_mstr(&w, "job_dir", q->job.path);
	jsonw_mbool(&w, "redacted", true);
	jsonw_end(&w);
	verdict_release(&v);
	return got;
}
