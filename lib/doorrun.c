/* SPDX-License-Identifier: MIT */
#include "doorrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "buf.h"
#include "doorask.h"
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

/* What it is told, out of the variables; what is not asked for is NULL. */
struct told {
	char *url, *metrics, *model, *second, *other, *profile;
};

static void
told_release(struct told *t)
{
	free(t->url);
	free(t->metrics);
	free(t->model);
	free(t->second);
	free(t->other);
	free(t->profile);
}

/* 0 or -1+ENOMEM: what is missing by accident must not be another place to send the key. */
static int
tell(struct told *t, const struct door *d, const struct job *j)
{
	if (doorask_variable(j, "WORKER_METRICS_FILE", &t->metrics) < 0)
		return -1;
	if (d->own_login)
		return 0;
	if (doorask_upstream(j, d->adapter, &t->url) < 0 ||
	    doorask_variable(j, "FALLBACK_BASE_URL", &t->second) < 0 ||
	    doorask_variable(j, "FALLBACK_MODEL", &t->other) < 0)
		return -1;
	switch (doorask_serves(t->second, true)) {
	case -1:
		return -1;
	case 0:
		free(t->second);
		t->second = NULL;
	}
	if (!d->adapter)
		return 0;
	if (doorask_variable(j, "CLAUDE_MODEL", &t->model) < 0 ||
	    (!t->model && doorask_variable(j, "ANTHROPIC_MODEL", &t->model) < 0))
		return -1;
	return doorask_variable(j, "JOBDIR_GATEWAY_PROFILE", &t->profile);
}

int
door_start(struct door *d, const struct job *j)
{
	CLEANUP(free) char *program = home_command("gateway");
	struct words w = { .argv = { program, "--key-fd=3", "--listen-fd=4", "--life-fd=5", "--job-fd=6",
		d->own_login ? "--mode=connect" : d->adapter ? "--mode=openai" : "--mode=anthropic" },
		.n = 6 };
	struct told t = { 0 };
	bool good = program && tell(&t, d, j) == 0;
	int got = -1;

	add(&w, "job", j->id);
	add(&w, "upstream", t.url);
	add(&w, "metrics", t.metrics);
	add(&w, "model", t.model);
	add(&w, "fallback", t.second);
	add(&w, "fallback-model", t.other);
	add(&w, "profile", t.profile);
	told_release(&t);
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
