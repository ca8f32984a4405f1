/* SPDX-License-Identifier: MIT */
#include "checkrun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "proc.h"
#include "store.h"

#define HEAD_BYTES (8 << 20)
#define TAIL_BYTES (64 << 10)

/* What was said beyond the head: a ring. */
struct output {
	int log;
	int64_t passed, beyond;
	char *ring;			/* TAIL_BYTES */
};

static int
take(struct output *o, const char *p, size_t n)
{
	size_t head = o->passed < HEAD_BYTES ? (size_t)(HEAD_BYTES - o->passed) : 0;

	head = head < n ? head : n;
	if (head && store_write_all(o->log, p, head) < 0)
		return -1;
	o->passed += (int64_t)head;
	if (head < n && !o->ring && !(o->ring = malloc(TAIL_BYTES)))
		return -1;
	for (size_t i = head; i < n; i++)
		o->ring[o->beyond++ % TAIL_BYTES] = p[i];
	return 0;
}

static int
give_tail(struct output *o)
{
	CLEANUP(buf) struct buf words = BUF_INIT;
	int64_t have = o->beyond < TAIL_BYTES ? o->beyond : TAIL_BYTES;
	size_t from = (size_t)((o->beyond - have) % TAIL_BYTES), first = TAIL_BYTES - from;

	if (!o->beyond)
		return 0;
	first = first < (size_t)have ? first : (size_t)have;
	if (o->beyond > have)
		(void)buf_addf(&words, "\n[… %lld bytes left out]\n", (long long)(o->beyond - have));
	return store_write_all(o->log, words.p, words.len) < 0 ||
	    store_write_all(o->log, o->ring + from, first) < 0 ? -1 :
	    store_write_all(o->log, o->ring, (size_t)have - first);
}

/* 1 more may come, 0 the end, -1+errno. */
static int
read_output(int fd, struct output *o)
{
	char piece[32 << 10];
	ssize_t n = store_read_some(fd, piece, sizeof piece);

	if (n < 0)
		return errno == EAGAIN ? 1 : -1;
	return n == 0 ? 0 : take(o, piece, (size_t)n) < 0 ? -1 : 1;
}

static void
take_signal(struct checkrun *r, const struct proc *p)
{
	struct signalfd_siginfo si;

	if (read(r->signals, &si, sizeof si) != sizeof si)
		return;
	if (si.ssi_signo == SIGCHLD)
		proc_reap_orphans(p->pid);
	else
		r->stopped = (int)si.ssi_signo;
}

static int
patience(int64_t deadline)
{
	int64_t left = deadline - clock_boot_ms();

	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Until it ends by itself, is too late, or we are told to stop. */
static int
watch(struct checkrun *r, const struct proc *p, int *out, struct output *o)
{
	int64_t deadline = clock_boot_ms() + r->timeout_ms;

	for (;;) {
		struct pollfd f[] = {
			{ r->signals, POLLIN, 0 }, { p->pidfd, POLLIN, 0 }, { *out, POLLIN, 0 },
		};
		int got;

		if (poll(f, 3, patience(deadline)) < 0 && errno != EINTR)
			return -1;
		if (f[0].revents)
			take_signal(r, p);
		if (f[2].revents && (got = read_output(*out, o)) <= 0) {
			cleanup_fd(out);	/* it may have closed it and go on */
			if (got < 0)
				return -1;
		}
		if (f[1].revents || r->stopped)
			return 0;
		if (clock_boot_ms() >= deadline) {
			r->timed_out = true;
			return 0;
		}
	}
}

/* It and all that it started; what they had still to say is read after. */
static int
end_all(struct checkrun *r, struct proc *p, bool failed)
{
	int left;

	if (failed || r->timed_out || r->stopped)
		(void)proc_kill(p, SIGKILL);	/* gone already: also good */
	if (proc_wait(p, &r->status) < 0)
		return -1;
	left = proc_end_children(SIGKILL, r->spare, r->nspare);
	r->left = left > 0;
	return left < 0 ? -1 : 0;
}

static int
run(struct checkrun *r, int *in, int *out)
{
	struct output o = { .log = r->log };
	struct proc_fd fds[] = { { *in, 1 }, { *in, 2 } };
	struct proc_spec spec = { .argv = r->argv, .envp = r->envp, .cwd_fd = r->cwd, .fds = fds,
	    .nfds = 2, .setsid = true, .deathsig = true, .own_umask = true, .umask = r->umask };
	struct proc p;
	int got;

	if (proc_start(&p, &spec, NULL) < 0) {
		r->error = errno;
		return 0;
	}
	cleanup_fd(in);			/* the child's */
	got = watch(r, &p, out, &o);
	if (end_all(r, &p, got < 0) < 0)
		got = -1;
	while (got == 0 && *out >= 0) {
		int more = read_output(*out, &o);

		if (more <= 0)
			cleanup_fd(out);
		got = more < 0 ? -1 : 0;
	}
	if (got == 0)
		got = give_tail(&o);
	free(o.ring);
	return got;
}

int
checkrun(struct checkrun *r)
{
	int64_t from = clock_boot_ms();
	int ends[2];

	r->status = r->error = r->stopped = 0;
	r->timed_out = r->left = false;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	CLEANUP(fd) int out = ends[0];
	CLEANUP(fd) int in = ends[1];
	int got = run(r, &in, &out);

	r->took_ms = clock_boot_ms() - from;
	return got;
}
