/* SPDX-License-Identifier: MIT */
#include "redactor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "redact.h"

/* The whole memfd, whose position other processes share, into p; bytes read. */
static size_t
read_all(int fd, char *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, p + got, n - got, (off_t)got);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

/* In the child. Anything that goes wrong ends it, and the job with it. */
static int
filter(int secrets, const struct redact_user *user, int in, int out, int copy)
{
	struct redact *r;
	struct stat st = { .st_size = 0 };
	char *values = NULL;
	size_t n;
	int got;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || (secrets >= 0 && fstat(secrets, &st) < 0))
		return 1;
	n = (size_t)st.st_size;
	if (n) {
		values = malloc(n);
		if (!values || read_all(secrets, values, n) != n)
			return 1;
	}
	if (secrets >= 0)
		(void)close(secrets);	/* only read from */
	r = redact_new_with(values, n, user);
	if (!r)
		return 1;
	if (values)
		explicit_bzero(values, n);
	free(values);
	got = redact_run(r, in, out, copy);
	redact_free(r);
	return got < 0;
}

int
redactor_start(struct redactors *r, int out, int done, bool told)
{
	int ends[2], got;

	if (r->n == REDACTOR_MAX) {
		errno = EBUSY;
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	got = proc_fork(&r->proc[r->n], PROC_FORK_ASIDE);
	if (got == 1) {
		int keep[] = { ends[0], out, done, r->secrets };

		proc_keep_fds(keep, sizeof keep / sizeof *keep);
		_exit(filter(r->secrets, &r->user, ends[0], out, told ? done : -1));
	}
	(void)close(ends[0]);		/* the child's */
	if (got < 0) {
		cleanup_fd(&ends[1]);
		return -1;
	}
	r->n++;
	return ends[1];
}

int
redactor_adopt(struct redactors *r, const struct proc *p)
{
	if (r->n == REDACTOR_MAX) {
		errno = EBUSY;
		return -1;
	}
	r->proc[r->n++] = *p;
	return 0;
}

size_t
redactor_poll(const struct redactors *r, struct pollfd *p)
{
	for (size_t i = 0; i < r->n; i++)
		p[i] = (struct pollfd){ .fd = r->proc[i].pidfd, .events = POLLIN };
	return r->n;
}

void
redactor_reap(struct redactors *r)
{
	for (size_t i = r->n; i-- > 0;) {
		struct pollfd p = { .fd = r->proc[i].pidfd, .events = POLLIN };
		int st;

		if (poll(&p, 1, 0) != 1)
			continue;
		if (proc_wait(&r->proc[i], &st) < 0 || st)
			r->failed = true;
		r->proc[i] = r->proc[--r->n];
	}
}

void
redactor_kill(struct redactors *r)
{
	while (r->n) {
		struct proc *p = &r->proc[--r->n];

		(void)proc_kill(p, SIGKILL);	/* gone already: also good */
		(void)proc_wait(p, NULL);
	}
}

size_t
redactor_pids(const struct redactors *r, pid_t pids[REDACTOR_MAX])
{
	for (size_t i = 0; i < r->n; i++)
		pids[i] = r->proc[i].pid;
	return r->n;
}
