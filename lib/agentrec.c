/* SPDX-License-Identifier: MIT */
#include "agentrec.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "attempt.h"
#include "buf.h"
#include "eventw.h"
#include "jsonw.h"
#include "service.h"
#include "session.h"
#include "store.h"

#define DRAIN_MS 30000			/* for a redactor to write what it has */

void
agentrec_init(struct agentrec *r, int64_t attempt)
{
	*r = (struct agentrec)AGENTREC_INIT;
	r->attempt = attempt;
	agentrec_start(r);
}

void
agentrec_session(struct agentrec *r, const struct job *j, const char *session)
{
	session_used(j, session, &r->before);
}

void
agentrec_start(struct agentrec *r)
{
	r->started_boot = clock_boot_ms();
	clock_stamp(r->started, clock_wall_ms());
}

int
agentrec_open(struct agentrec *r, int service, const char *name)
{
	char rel[64];
	int i = 0;

	while (i < AGENTREC_LOGS && r->logs[i].done >= 0)
		i++;
	if (i == AGENTREC_LOGS) {
		errno = ENFILE;
		return -1;
	}
	(void)snprintf(rel, sizeof rel, "attempt-%lld/%s", (long long)r->attempt, name);
	if (service_log(service, rel, &r->logs[i].in, &r->logs[i].done) < 0)
		return -1;
	return r->logs[i].in;
}

int
agentrec_watch(const struct agentrec *r, int service, const char *name, int *words)
{
	char rel[64];
	int in;

	(void)snprintf(rel, sizeof rel, "attempt-%lld/%s", (long long)r->attempt, name);	/* fits */
	return service_watch(service, rel, &in, words) < 0 ? -1 : in;
}

void
agentrec_close(struct agentrec *r, int in)
{
	for (int i = 0; i < AGENTREC_LOGS; i++)
		if (r->logs[i].in == in)
			cleanup_fd(&r->logs[i].in), r->logs[i].in = -1;
}

/* End of input for all, then wait for each until it has written everything. */
static int
drain(struct agentrec *r)
{
	int64_t end = clock_boot_ms() + DRAIN_MS;
	int failed = 0;

	for (int i = 0; i < AGENTREC_LOGS; i++)
		agentrec_close(r, r->logs[i].in >= 0 ? r->logs[i].in : -2);
	for (int i = 0; i < AGENTREC_LOGS; i++) {
		struct pollfd f = { r->logs[i].done, POLLIN, 0 };
		int64_t left = end - clock_boot_ms();

		if (f.fd < 0)
			continue;
		while (poll(&f, 1, left > 0 ? (int)left : 0) < 0 && errno == EINTR)
			left = end - clock_boot_ms();
		if (!f.revents)
			failed = 1;
		cleanup_fd(&r->logs[i].done);
		r->logs[i].done = -1;
	}
	if (failed)
		errno = ETIMEDOUT;
	return failed ? -1 : 0;
}

static int
put_exit(struct agentrec *r, int dirfd, const struct event_facts *f, int code, int sig)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	char ended[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(ended, clock_wall_ms());
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_key(&w, "code");
	if (sig)
		jsonw_null(&w);
	else
		jsonw_int(&w, code);
	jsonw_key(&w, "signal");
	if (sig)
		jsonw_int(&w, sig);
	else
		jsonw_null(&w);
	event_write_exit(&w, f);
	jsonw_mstr(&w, "started", r->started);
	jsonw_mstr(&w, "ended", ended);
	jsonw_mint(&w, "duration_ms", clock_boot_ms() - r->started_boot);
	jsonw_end(&w);
	(void)buf_addch(&b, '\n');
	if (!buf_ok(&b)) {
		errno = ENOMEM;
		return -1;
	}
	return store_replace(dirfd, "exit.json", b.p, b.len, 0);
}

static int
put_usage(const struct agentrec *r, int dirfd, const struct event_facts *f)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &b);
	event_write_usage(&w, f, &r->before);
	if (buf_addch(&b, '\n') < 0)
		return -1;
	return store_replace(dirfd, "usage.json", b.p, b.len, STORE_NODIRSYNC);
}

/* The agent's words may hold a secret: they pass a redactor, values and patterns. */
static int
put_result(struct agentrec *r, int service, const struct event_facts *f)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	struct jsonw w;
	int in;

	jsonw_init(&w, &b);
	event_write_result(&w, f);
	if (buf_addch(&b, '\n') < 0)
		return -1;
	in = agentrec_open(r, service, "result.json");
	if (in < 0 || store_write_all(in, b.p, b.len) < 0)
		return -1;
	return drain(r);
}

/* The redactors wrote these; exit.json, which says that they are whole, is durable. */
static int
sync_records(int dirfd)
{
	static const char *const names[] = { "agent.jsonl", "stderr.log", "result.json" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd CLEANUP(fd) = openat(dirfd, names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_CLOEXEC);

		if (fd < 0 ? errno != ENOENT : store_sync(fd) < 0)
			return -1;
	}
	return 0;
}

int
agentrec_finish(struct agentrec *r, int service, int dirfd, const struct event_facts *f,
	int status)
{
	int failed = drain(r);

	if (put_result(r, service, f) < 0 || sync_records(dirfd) < 0)
		failed = -1;
	if (put_usage(r, dirfd, f) < 0 || put_exit(r, dirfd, f,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0) < 0)
		return -1;
	usage_release(&r->before);
	return failed;
}

int
agentrec_missing(struct agentrec *r, int dirfd, int code)
{
	struct event_facts none = EVENT_FACTS_INIT;
	int failed = drain(r);

	return put_exit(r, dirfd, &none, code, 0) < 0 ? -1 : failed;
}
