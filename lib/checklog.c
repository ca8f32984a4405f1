/* SPDX-License-Identifier: MIT */
#include "checklog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "attempt.h"
#include "buf.h"
#include "env.h"
#include "job.h"
#include "page.h"
#include "service.h"
#include "store.h"

#define DIR "checks"
#define DRAIN_MS 60000			/* for a redactor to write what it has */

extern char **environ;

/* The secrets that are ours to know and the user's rules, for a redactor of our own. */
static int
own_secrets(struct redactors *r)
{
	CLEANUP(buf) struct buf b = BUF_INIT, why = BUF_INIT;

	*r = (struct redactors){ .secrets = -1 };
	if (redact_user_read(&r->user, &why) < 0 || env_secrets(environ, &b) < 0)
		return -1;
	r->secrets = proc_memfd("secrets", b.p, b.len);
	explicit_bzero(b.p, b.len);
	return r->secrets < 0 ? -1 : 0;
}

int
checklog_open(struct checklog *l, const struct job *j, int attempt)
{
	CLEANUP(fd) int dir = attempt ? attempt_open(j, attempt) : -1;
	const char *id = getenv("JOBDIR_ID");

	*l = (struct checklog){ .job = j, .attempt = attempt, .dir = -1, .service = -1 };
	l->own.secrets = -1;
	/* the service is of the job that we run in */
	if (attempt && id && !strcmp(id, j->id))
		l->service = service_open();
	if (l->service < 0 && own_secrets(&l->own) < 0)
		return -1;
	l->dir = store_mkdir(attempt ? dir : j->fd, DIR);
	return l->dir < 0 ? -1 : 0;
}

void
checklog_close(struct checklog *l)
{
	redactor_kill(&l->own);
	redact_user_free(&l->own.user);
	cleanup_fd(&l->own.secrets);
	cleanup_fd(&l->dir);
	l->dir = -1;
}

char *
checklog_path(const struct checklog *l, const char *name)
{
	struct buf b = BUF_INIT;

	if (l->attempt)
		(void)buf_addf(&b, "attempt-%d/", l->attempt);	/* sticky */
	(void)buf_addf(&b, DIR "/%s.log", name);
	return buf_steal(&b);
}

static int
begin_own(struct checklog *l, const char *file, int *in, int *done)
{
	CLEANUP(fd) int out = openat(l->dir, file, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	int ends[2];

	if (out < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*in = redactor_start(&l->own, out, ends[1], false);
	(void)close(ends[1]);		/* the redactor holds it */
	*done = ends[0];
	if (*in >= 0)
		return 0;
	cleanup_fd(done);
	return -1;
}

int
checklog_begin(struct checklog *l, const char *name, int *in, int *done)
{
	char file[128];

	(void)snprintf(file, sizeof file, "%s.log", name);	/* names are short */
	if (unlinkat(l->dir, file, 0) < 0 && errno != ENOENT)
		return -1;
	if (l->service < 0)
		return begin_own(l, file, in, done);
	CLEANUP(free) char *rel = checklog_path(l, name);

	return rel ? service_log(l->service, rel, in, done) : -1;
}

int
checklog_end(struct checklog *l, int *in, int *done)
{
	struct pollfd f = { *done, POLLIN, 0 };
	int got;

	cleanup_fd(in);
	do
		got = poll(&f, 1, DRAIN_MS);
	while (got < 0 && errno == EINTR);
	cleanup_fd(done);
	if (l->service < 0 && got > 0) {
		while (l->own.n) {
			struct proc *p = &l->own.proc[--l->own.n];
			int st;

			if (proc_wait(p, &st) < 0 || st)
				l->own.failed = true;
		}
	}
	if (got > 0 && !l->own.failed)
		return 0;
	errno = got > 0 ? EIO : ETIMEDOUT;
	return -1;
}

void
checklog_tail(const struct checklog *l, const char *name, struct buf *out, size_t max)
{
	CLEANUP(fd) int fd = -1;
	char file[128];

	(void)snprintf(file, sizeof file, "%s.log", name);	/* names are short */
	fd = openat(l->dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		(void)page_tail(out, fd, max, true);	/* what cannot be read is nothing */
}
