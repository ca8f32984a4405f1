/* SPDX-License-Identifier: MIT */
/*
 * Standard input is a sealed memfd: nothing has to be written while the child
 * runs, so there is no SIGPIPE and no way to wait for each other for ever.
 */
#include "procrun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "store.h"

#define ERR_KEPT 4096

struct run {
	struct proc proc;
	int out, err;			/* read ends; -1 at end of file or not wanted */
	bool gone;			/* the child itself has exited */
};

/* Read what is there. 0, or -1 with errno (EFBIG: more than max). */
static int
take(int *fd, struct buf *b, size_t max, bool cut)
{
	char piece[16384];
	ssize_t n = store_read_some(*fd, piece, sizeof piece);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (!n) {
		cleanup_fd(fd);
		return 0;
	}
	if ((size_t)n > max - b->len) {
		if (!cut) {
			errno = EFBIG;
			return -1;
		}
		n = (ssize_t)(max - b->len);
	}
	return buf_add(b, piece, (size_t)n);
}

static int
left_ms(int64_t deadline)
{
	int64_t left = deadline - clock_boot_ms();

	if (deadline < 0)
		return -1;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* Until the child has exited and both streams are at their end. */
static int
collect(struct run *r, struct buf *out, size_t max, struct buf *err, int64_t deadline)
{
	while (!r->gone || r->out >= 0 || r->err >= 0) {
		struct pollfd p[] = {
			{ .fd = r->out, .events = POLLIN },
			{ .fd = r->err, .events = POLLIN },
			{ .fd = r->gone ? -1 : r->proc.pidfd, .events = POLLIN },
		};
		int n = poll(p, 3, left_ms(deadline));

		if (n < 0 && errno != EINTR)
			return -1;
		if (n <= 0) {
			if (deadline < 0 || clock_boot_ms() < deadline)
				continue;
			errno = ETIMEDOUT;
			return -1;
		}
		if (p[0].revents && take(&r->out, out, max, false) < 0)
			return -1;
		if (p[1].revents && take(&r->err, err, ERR_KEPT, true) < 0)
			return -1;
		if (p[2].revents)
			r->gone = true;
	}
	return 0;
}

/* A pipe whose read end does not block. */
static int
reader_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static int
start(struct run *r, const struct proc_spec *spec, int in, bool want_out, bool want_err)
{
	struct proc_fd fds[PROC_FDS_MAX];
	struct proc_spec s = *spec;
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int got = -1;

	if (spec->nfds + 3 > PROC_FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (spec->nfds)
		memcpy(fds, spec->fds, spec->nfds * sizeof *fds);
	if ((want_out && reader_pipe(out) < 0) || (want_err && reader_pipe(err) < 0))
		goto done;
	if (in >= 0)
		fds[s.nfds++] = (struct proc_fd){ in, 0 };
	if (want_out)
		fds[s.nfds++] = (struct proc_fd){ out[1], 1 };
	if (want_err)
		fds[s.nfds++] = (struct proc_fd){ err[1], 2 };
	s.fds = fds;
	got = proc_start(&r->proc, &s, NULL);
	if (!got) {
		r->out = steal_fd(&out[0]);
		r->err = steal_fd(&err[0]);
	}
done:
	for (int i = 0; i < 2; i++) {
		cleanup_fd(&out[i]);
		cleanup_fd(&err[i]);
	}
	return got;
}

int
proc_run(const struct proc_spec *spec, const void *in, size_t inlen,
	struct buf *out, size_t max, struct buf *err, int64_t timeout_ms, int *status)
{
	CLEANUP(fd) int input = -1;
	struct run r = { .out = -1, .err = -1 };
	int64_t deadline = timeout_ms < 0 ? -1 : clock_boot_ms() + timeout_ms;
	size_t limit = out && max < SIZE_MAX - out->len ? out->len + max : max;
	int got, e, st;

	if (in) {
		input = proc_memfd("stdin", in, inlen);
		if (input < 0)
			return -1;
	}
	if (start(&r, spec, input, out, err) < 0)
		return -1;
	got = collect(&r, out, limit, err, deadline);
	e = errno;
	if (got < 0)
		(void)proc_kill(&r.proc, SIGKILL);	/* gone already: also good */
	cleanup_fd(&r.out);
	cleanup_fd(&r.err);
	if (proc_wait(&r.proc, &st) < 0)
		return -1;
	if (status)
		*status = st;
	errno = e;
	return got;
}
