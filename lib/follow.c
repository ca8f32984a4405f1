/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "control.h"
#include "home.h"
#include "jsonw.h"
#include "nextaction.h"
#include "proc.h"
#include "store.h"
#include "summary.h"

#define LINE_SHOWN 300

/* One progress line for the server; a server that is gone does not matter to the job. */
static void
progress(int control, int64_t n, const char *line, size_t len)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mint(&w, "progress", n);
	jsonw_key(&w, "message");
	jsonw_str(&w, line, len < LINE_SHOWN ? len : LINE_SHOWN);
	jsonw_end(&w);
	buf_addch(&b, '\n');
	if (buf_ok(&b))
		(void)store_write_all(control, b.p, b.len);
}

/* Tell of the whole lines in b, keep the rest. */
static void
tell(struct buf *b, int control, int64_t *n)
{
	size_t from = 0;
	char *nl;

	while ((nl = memchr(b->p + from, '\n', b->len - from))) {
		size_t len = (size_t)(nl - b->p) - from;
		if (control >= 0 && len)
			progress(control, ++*n, b->p + from, len);
		from += len + 1;
	}
	buf_remove(b, 0, from);
	/* Of a line without an end only what would be shown is kept. */
	if (b->len > LINE_SHOWN)
		buf_setlen(b, LINE_SHOWN);
}

/* Read the tail until end of file or the deadline. 0 or -1. */
static int
watch(int from, int64_t deadline)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	int control = control_fd();
	int64_t n = 0;
	char piece[4096];

	for (;;) {
		int64_t left = deadline - clock_boot_ms();
		struct pollfd p = { .fd = from, .events = POLLIN };
		int k = poll(&p, 1, left > 0 ? (int)left : 0);
		if (k == 0 || (k < 0 && errno == EINTR && left <= 0))
			return 0;
		if (k < 0 && errno != EINTR)
			return -1;
		if (k < 0)
			continue;
		ssize_t got = store_read_some(from, piece, sizeof(piece));
		if (got <= 0)
			return (int)got;
		if (buf_add(&b, piece, (size_t)got) < 0)
			return -1;
		tell(&b, control, &n);
	}
}

int
follow(const struct follow *f)
{
	int ended = job_is_terminal(f->job, f->root);

	if (ended || f->window_ms <= 0)
		return ended;
	CLEANUP(free) char *cmd = home_command("tail");
	int ends[2];
	if (!cmd || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	const char *argv[] = { cmd, "-f", "-n", "0", "--", f->job->path, NULL };
	struct proc_fd fds[] = { { ends[1], 1 } };
	struct proc_spec spec = { .argv = (char *const *)argv, .cwd_fd = -1, .fds = fds, .nfds = 1,
		.deathsig = true };
	struct proc p;
	int64_t deadline = clock_boot_ms() + f->window_ms;
	int ret = proc_start(&p, &spec, NULL), status;
	close(ends[1]);
	if (ret == 0) {
		ret = watch(ends[0], deadline);
		(void)proc_kill(&p, SIGKILL);	/* gone already: also good */
		(void)proc_wait(&p, &status);
	}
	close(ends[0]);
	return ret < 0 ? -1 : job_is_terminal(f->job, f->root);
}

/* What the whole call says of a finished job: its outcome, unless the process decides. */
static const char *
status_word(const struct json *d)
{
	static const char *const words[] = { "success", "partial", "needs_user", "failed", NULL };
	int state = json_path(d, 0, "job.status"), outcome = json_get(d, 0, "result_status");

	if (json_is(d, state, "cancelled"))
		return "cancelled";
	for (int i = 0; words[i]; i++)
		if (json_is(d, outcome, words[i]))
			return words[i];
	return json_is(d, state, "succeeded") ? "needs_attention" : "failed";
}

static int
answer_ended(struct jsonw *w, const struct follow *f, const char *cwd, struct buf *why)
{
	CLEANUP(buf) struct buf in = BUF_INIT;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *cmd = home_command("result");
	const char *argv[] = { cmd, "--tool=claude_result", "--request=-", NULL };
	struct proc_spec spec = { .argv = (char *const *)argv, .cwd_fd = -1 };
	struct jsonw q;
	struct json d;
	int status;

	jsonw_init(&q, &in);
	jsonw_object(&q);
	jsonw_mstr(&q, "cwd", cwd);
	jsonw_mstr(&q, "job_id", f->job->id);
	jsonw_end(&q);
	if (!cmd || !buf_ok(&in) ||
	    proc_run(&spec, in.p, in.len, &text, 1 << 20, NULL, -1, &status) < 0)
		return buf_addf(why, "cannot read the result: %s", strerror(errno)), -1;
	if (status != 0 || json_parse(&d, text.p, text.len, NULL) != JSON_OK)
		return buf_addstr(why, "jobdir-result gave no answer"), -1;
	jsonw_mstr(w, "status", status_word(&d));
	jsonw_mbool(w, "waiting", false);
	jsonw_mbool(w, "completed_inline", true);
	for (int n = json_first(&d, 0); n >= 0; n = json_next(&d, n)) {
		CLEANUP(free) char *name = json_cstr(&d, n);
		if (!name || !strcmp(name, "status") || !strcmp(name, "source_type"))
			continue;
		jsonw_key(w, name);
		jsonw_node(w, &d, json_value(&d, n));
	}
	json_release(&d);
	return 0;
}

int
follow_answer(struct jsonw *w, const struct follow *f, bool ended, const char *cwd,
	struct buf *why)
{
	struct job_status st;

	if (ended)
		return answer_ended(w, f, cwd, why);
	if (job_status(f->job, f->root, &st) < 0)
		return buf_addf(why, "cannot read the job: %s", strerror(errno)), -1;
	jsonw_mstr(w, "status", "running");
	jsonw_mbool(w, "waiting", true);
	jsonw_mbool(w, "completed_inline", false);
	jsonw_mbool(w, "do_not_start_duplicate_job", true);
	jsonw_key(w, "job");
	int ret = summary_job(w, f->job, &st);
	job_status_release(&st);
	jsonw_mstr(w, "summary", "The job goes on. Wait for it with claude_job_wait; "
		"do not start it again.");
	jsonw_key(w, "next_actions");
	jsonw_array(w);
	nextaction(w, "claude_job_wait", "the job is still running", cwd, f->job->id,
		",\"wait_timeout_sec\":300");
	jsonw_end(w);
	return ret;
}
