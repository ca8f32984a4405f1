/* SPDX-License-Identifier: MIT */
/*
 * Who asks is the job, which an agent may have talked into anything: nothing
 * here waits for it, and no name leads out of the attempt directories.
 */
#include "servd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bind.h"
#include "buf.h"
#include "contain.h"
#include "door.h"
#include "env.h"
#include "job.h"
#include "ownlogin.h"
#include "path.h"
#include "service.h"
#include "share.h"
#include "store.h"

#define SECRETS_MAX (8u << 20)

int
servd_open(struct servd *d, const struct job *j, struct redactors *r, const struct contain *c,
	int *theirs)
{
	int pair[2];

	*d = (struct servd){ .sock = -1, .job = j, .redactors = r, .contain = c };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	d->sock = pair[0];
	*theirs = pair[1];
	return fcntl(d->sock, F_SETFL, O_NONBLOCK);
}

void
servd_close(struct servd *d)
{
	cleanup_fd(&d->sock);
}

/* attempt-N/NAME or attempt-N/checks/NAME */
static bool
path_allowed(const char *p)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789._-";
	size_t n;

	if (strncmp(p, "attempt-", 8))
		return false;
	p += 8;
	n = strspn(p, "0123456789");
	if (!n || n > 6 || *p == '0' || p[n] != '/')
		return false;
	p += n + 1;
	if (!strncmp(p, "checks/", 7))
		p += 7;
	n = strspn(p, chars);
	return n && n <= 100 && !p[n] && *p != '.';
}

static int
open_log(int jobfd, const char *rel)
{
	CLEANUP(fd) int fd = -1;
	struct stat st;

	if (!path_allowed(rel)) {
		errno = EACCES;
		return -1;
	}
	fd = path_open(jobfd, rel, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		errno = EACCES;
		return -1;
	}
	return steal_fd(&fd);
}

static int
answer_log(struct servd *d, const char *rel, bool watch, int reply)
{
	CLEANUP(fd) int out = open_log(d->job->fd, rel);
	CLEANUP(fd) int in = -1;
	CLEANUP(fd) int told = -1;
	CLEANUP(fd) int held = -1;
	int ends[2], fds[2];

	if (out < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	told = ends[0];
	held = ends[1];
	in = redactor_start(d->redactors, out, held, watch);
	if (in < 0)
		return -1;
	fds[0] = in;
	fds[1] = told;
	return service_send(reply, "ok", fds, 2);
}

/* In a child: it may wait for a file system, and it leaves our mount namespace. */
static int
share(const struct servd *d)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct tree_share *list = NULL;
	size_t n = 0;

	if (tree_share_list(d->job, &list, &n, &why) < 0)
		return -1;
	return n ? bind_shares(d->contain->ns.user_ns, d->contain->ns.mnt_ns, list, n) : 0;
}

/* The same, for the person's login file. */
static int
lend(const struct servd *d)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	int e;

	if (!ownlogin_lend(d->job, d->door->own_login, d->contain->ns.user_ns, d->contain->ns.mnt_ns))
		return 0;
	e = errno;
	if (!buf_addf(&line, "jobdir-supervise: the login file cannot be lent: %s\n", strerror(e)))
		(void)store_write_all(d->door->log, line.p, line.len);	/* also the agent's */
	errno = e;
	return -1;
}

static void
say_error(int reply)
{
	CLEANUP(buf) struct buf words = BUF_INIT;

	if (!buf_addf(&words, "error %s", strerror(errno)))
		(void)service_send(reply, words.p, NULL, 0);	/* it is gone: nobody to tell */
}

/* A child acts and answers, with a descriptor unless that is -1; we go on. */
static int
answer_aside(struct servd *d, int reply, int (*act)(const struct servd *d), int with)
{
	const struct contain *c = d->contain;
	struct proc p;
	int got;

	if (c->method != CONTAIN_PIDNS || c->ns.mnt_ns < 0 || (c->ns.userns && c->ns.user_ns < 0)) {
		errno = ENOTSUP;
		return -1;
	}
	got = proc_fork(&p, PROC_FORK_ASIDE);
	if (got == 1) {
		int keep[] = { reply, d->job->fd, c->ns.user_ns, c->ns.mnt_ns, with,
			d->door ? d->door->log : -1 };

		proc_keep_fds(keep, sizeof keep / sizeof *keep);
		if (act(d) < 0)
			say_error(reply);
		else
			(void)service_send(reply, "ok", &with, with >= 0);
		_exit(0);
	}
	if (got == 0 && redactor_adopt(d->redactors, &p) < 0) {
		(void)proc_kill(&p, SIGKILL);	/* gone already: also good */
		(void)proc_wait(&p, NULL);
		got = -1;
	}
	return got;
}

/* Of the secrets only the agent's login: the recipe may not have the others either. */
static int
answer_login(struct servd *d, int reply)
{
	CLEANUP(buf) struct buf all = BUF_INIT, some = BUF_INIT;
	CLEANUP(fd) int mem = -1;
	int secrets = d->redactors->secrets;
	size_t n;
	int got = -1;

	if (d->door && d->door->on) {
		if (door_login(d->door, &some) < 0)
			return -1;
		mem = proc_memfd("login", some.p, some.len);
		explicit_bzero(some.p, some.len);
		if (mem >= 0 && d->door->own_login)
			return answer_aside(d, reply, lend, mem);
		return mem < 0 ? -1 : service_send(reply, "ok", &mem, 1);
	}
	/* The position is shared with nobody who uses it: the redactors pread(). */
	if (secrets >= 0 && (lseek(secrets, 0, SEEK_SET) < 0 || buf_read(&all, secrets, SECRETS_MAX) < 0))
		return -1;
	for (const char *p = all.p; p < all.p + all.len; p += n) {
		char name[ENV_NAME];

		n = env_entry(p, name);
		if (env_is_login(name))
			(void)buf_add(&some, p, n);	/* sticky */
	}
	if (buf_ok(&some))
		mem = proc_memfd("login", some.p, some.len);
	explicit_bzero(all.p, all.len);
	explicit_bzero(some.p, some.len);
	if (mem >= 0)
		got = service_send(reply, "ok", &mem, 1);
	return got;
}

static void
answer(struct servd *d, const char *text, int reply)
{
	int got;

	/* A reply never blocks: the socket is fresh, and nobody else writes to it. */
	if (!strncmp(text, "log ", 4)) {
		got = answer_log(d, text + 4, false, reply);
	} else if (!strncmp(text, "watch ", 6)) {
		got = answer_log(d, text + 6, true, reply);
	} else if (!strcmp(text, "login")) {
		got = answer_login(d, reply);
	} else if (!strcmp(text, "share")) {
		got = answer_aside(d, reply, share, -1);
	} else {
		errno = EINVAL;
		got = -1;
	}
	if (got < 0)
		say_error(reply);
}

void
servd_step(struct servd *d)
{
	char text[SERVICE_MESSAGE_MAX + 1];
	int fds[SERVICE_FDS_MAX];
	ssize_t got = service_receive(d->sock, text, fds);

	if (!got)
		servd_close(d);
	if (got > 0 && fds[0] >= 0) {
		(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);	/* a socket: cannot fail */
		answer(d, text, fds[0]);
	}
	cleanup_fd(&fds[0]);
	cleanup_fd(&fds[1]);
}
