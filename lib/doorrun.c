/* SPDX-License-Identifier: MIT */
#include "doorrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "buf.h"
#include "doorstate.h"
#include "home.h"
#include "job.h"

enum { FD_KEY = 3, FD_LISTEN, FD_LIFE, FD_JOB, FD_FORWARD, FDS = FD_FORWARD + DOOR_PORTS };

struct words {
	const char *argv[16 + DOOR_PORTS];
	size_t n;
	struct buf hold[8 + DOOR_PORTS];	/* one per option with a value */
	size_t nhold;
};

static void
add(struct words *w, const char *option, const char *value)
{
	struct buf *b;

	if (!value)
		return;
	b = &w->hold[w->nhold++];
	buf_init(b);
	(void)buf_addf(b, "--%s=%s", option, value);	/* sticky, looked at below */
	w->argv[w->n++] = b->p;
}

/* In the child that is forked aside: it only stands between. */
static int
keep(const struct proc_fd *fds, size_t n, const struct words *w)
{
	struct proc_spec spec = { .argv = (char *const *)(uintptr_t)w->argv, .cwd_fd = -1, .fds = fds,
		.nfds = n, .deathsig = true };
	struct proc p;
	int st;

	return proc_start(&p, &spec, NULL) < 0 || proc_wait(&p, &st) < 0 ? 1 : proc_exit_status(st);
}

static int
run(struct door *d, const struct job *j, struct words *w)
{
	int ends[2], got;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	got = proc_fork(&d->keeper, PROC_FORK_ASIDE);
	if (got == 1) {
		struct proc_fd fds[FDS] = { { d->keys, FD_KEY }, { d->listen, FD_LISTEN },
			{ ends[0], FD_LIFE }, { j->fd, FD_JOB }, { d->log, 2 } };
		int mine[FDS];
		size_t n = 5;

		for (size_t i = 0; i < d->nsockets; i++)
			fds[n++] = (struct proc_fd){ d->ports[i], FD_FORWARD + (int)i };
		for (size_t i = 0; i < n; i++)
			mine[i] = fds[i].from;
		proc_keep_fds(mine, n);
		_exit(keep(fds, n, w));
	}
	(void)close(ends[0]);		/* the gateway's */
	d->life = ends[1];
	return got;
}

int
door_start(struct door *d, const struct job *j)
{
	CLEANUP(free) char *program = home_command("gateway");
	CLEANUP(free) char *url = door_upstream(j, d->adapter);
	CLEANUP(free) char *metrics = door_variable(j, "WORKER_METRICS_FILE");
	CLEANUP(free) char *model = door_variable(j, "CLAUDE_MODEL");
	CLEANUP(free) char *second = door_variable(j, "FALLBACK_BASE_URL");
	CLEANUP(free) char *other = door_variable(j, "FALLBACK_MODEL");
	CLEANUP(free) char *profile = door_variable(j, "JOBDIR_GATEWAY_PROFILE");
	struct words w = { .argv = { program, "--key-fd=3", "--listen-fd=4", "--life-fd=5", "--job-fd=6",
		d->own_login ? "--mode=connect" : d->adapter ? "--mode=openai" : "--mode=anthropic" },
		.n = 6 };
	bool good = program != NULL;
	int got = -1;

	if (!model)
		model = door_variable(j, "ANTHROPIC_MODEL");
	add(&w, "job", j->id);
	add(&w, "upstream", d->own_login ? NULL : url);
	add(&w, "metrics", metrics);
	add(&w, "model", d->adapter ? model : NULL);
	add(&w, "fallback", !d->own_login && door_url_serves(second, true) ? second : NULL);
	add(&w, "fallback-model", other);
	add(&w, "profile", d->adapter ? profile : NULL);
	for (size_t i = 0; i < d->nsockets; i++) {
		char number[16];

		(void)snprintf(number, sizeof number, "%d", FD_FORWARD + (int)i);	/* fits */
		add(&w, "forward-fd", number);
	}
	for (size_t i = 0; i < w.nhold; i++)
		good = good && buf_ok(&w.hold[i]);
	if (good)
		got = run(d, j, &w);
	else
		errno = ENOMEM;
	for (size_t i = 0; i < w.nhold; i++)
		buf_release(&w.hold[i]);
	return got;
}
