/* SPDX-License-Identifier: MIT */
#include "steer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "agentctl.h"
#include "buf.h"
#include "clock.h"
#include "job.h"
#include "jsonw.h"
#include "store.h"
#include "summary.h"
#include "wake.h"

enum { SENT_MAX = 3, NAME_BYTES = 80 };

struct steering {
	struct job *job;
	struct root *root;
	int inbox, wake;
	char sent[SENT_MAX][NAME_BYTES];	/* names put there */
	int n;
};

static int
fail(struct buf *words, const char *what)
{
	int e = errno;

	(void)buf_addf(words, "%s: %s", what, strerror(e));	/* only words */
	errno = e;
	return STEER_ERROR;
}

/* Can it take anything? Only an agent at work can. STEER_DELIVERED: yes. */
static int
judge(const struct steering *s, struct buf *words)
{
	struct job_status st;

	if (job_status(s->job, s->root, &st) < 0)
		return fail(words, "cannot read the job");
	if (st.state != JOB_RUNNING) {
		(void)buf_addstr(words, "the job cannot take a message: it is ");	/* only words */
		(void)summary_words(words, &st);
		job_status_release(&st);
		return STEER_CANNOT;
	}
	job_status_release(&st);
	CLEANUP(free) char *phase = summary_phase(s->job);
	if (phase && !strcmp(phase, "agent"))
		return STEER_DELIVERED;
	(void)buf_addf(words, "the job cannot take a message: no agent is at work (%s)",
		phase ? phase : "it runs a program");
	return STEER_CANNOT;
}

static int
put(struct steering *s, const char *text, size_t len, const char *suffix)
{
	/* in order of time, and of this process's own; fits */
	(void)snprintf(s->sent[s->n], NAME_BYTES, "%013lld-%d-%d%s", (long long)clock_wall_ms(),
		(int)getpid(), s->n, suffix);
	return store_replace(s->inbox, s->sent[s->n++], text, len, 0);
}

static int
put_control(struct steering *s, const char *subtype, const char *member, const char *value)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct jsonw w;

	if (!value && member)
		return 0;
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mstr(&w, "subtype", subtype);
	if (member)
		jsonw_mstr(&w, member, value);
	jsonw_end(&w);
	return buf_ok(&text) ? put(s, text.p, text.len, AGENTCTL_SUFFIX) : -1;
}

static int
put_all(struct steering *s, const struct steer_want *want)
{
	bool message = want->message && *want->message;

	if (put_control(s, "set_model", "model", want->model) < 0 ||
	    put_control(s, "set_permission_mode", "mode", want->mode) < 0)
		return -1;
	if (want->interrupt)
		return put_control(s, "interrupt", message ? "then" : NULL, want->message);
	return message ? put(s, want->message, strlen(want->message), "") : 0;
}

static bool
there(const struct steering *s, const char *name, const char *suffix)
{
	char full[NAME_BYTES + 16];
	struct stat st;

	(void)snprintf(full, sizeof full, "%s%s", name, suffix);	/* fits */
	return fstatat(s->inbox, full, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many are done; -1: one was refused. */
static int
done(const struct steering *s, struct buf *words)
{
	int n = 0;

	for (int i = 0; i < s->n; i++) {
		if (there(s, s->sent[i], ".refused.done")) {
			(void)buf_addf(words, "the agent refused: '%s'", s->sent[i]);
			return -1;
		}
		n += there(s, s->sent[i], ".done");
	}
	return n;
}

/* What happened does not matter: everything is looked at. */
static void
ignore(int token, int flag, const char *name, void *arg)
{
	(void)token, (void)flag, (void)name, (void)arg;
}

static int
await(struct steering *s, int64_t deadline, struct buf *words)
{
	for (;;) {
		struct pollfd f = { s->wake, POLLIN, 0 };
		int over = job_is_terminal(s->job, s->root), n = done(s, words);
		int64_t left = deadline - clock_boot_ms();

		if (n < 0)
			return STEER_REFUSED;
		if (n == s->n)
			return STEER_DELIVERED;
		if (over != 0) {
			(void)buf_addstr(words, "not delivered: the job has ended");
			return STEER_ENDED;
		}
		if (left <= 0) {
			(void)buf_addstr(words, "not delivered yet; it stays in the inbox");
			return STEER_LATE;
		}
		/* a supervisor that is killed makes no event that is sure: look once a second */
		if (poll(&f, 1, left < 1000 ? (int)left : 1000) > 0)
			(void)wake_read(s->wake, ignore, NULL);
	}
}

enum steer_fate
steer(struct job *j, struct root *r, const struct steer_want *want, struct buf *words)
{
	int64_t deadline = clock_boot_ms() + want->timeout_ms;
	struct steering s = { .job = j, .root = r };
	int fate = judge(&s, words);

	if (fate != STEER_DELIVERED)
		return fate;
	CLEANUP(fd) int inbox = store_mkdir(j->fd, JOB_INBOX);
	CLEANUP(fd) int wake = wake_open();
	if (inbox < 0)
		return fail(words, "cannot make '" JOB_INBOX "'");
	s.inbox = inbox;
	s.wake = wake;
	if (wake < 0 || wake_add(wake, inbox, WAKE_APPEAR) < 0 || wake_add(wake, j->fd, WAKE_APPEAR) < 0)
		return fail(words, "cannot watch the job");
	if (put_all(&s, want) < 0)
		return fail(words, "cannot put the message into the inbox");
	return await(&s, deadline, words);
}
