/* SPDX-License-Identifier: MIT */
#include "contain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "store.h"

static const char *const names[] = {
	[CONTAIN_AUTO] = "auto",
	[CONTAIN_PIDNS] = "pidns",
	[CONTAIN_CGROUP] = "cgroup",
	[CONTAIN_REAPER] = "reaper",
};
_Static_assert(sizeof names / sizeof *names == CONTAIN_REAPER + 1, "a name per method");

const char *
contain_name(enum contain_method m)
{
	return names[m];
}

int
contain_parse(const char *name, enum contain_method *out)
{
	for (int i = CONTAIN_AUTO; i <= CONTAIN_REAPER; i++) {
		if (strcmp(name, names[i]))
			continue;
		*out = (enum contain_method)i;
		return 0;
	}
	return -1;
}

static int
try_method(struct contain *c, enum contain_method m, const struct cgroup_plan *plan, struct buf *why)
{
	c->method = m;
	switch (m) {
	case CONTAIN_PIDNS:
		return pidns_prepare(&c->ns, c->spec, why);
	case CONTAIN_CGROUP:
		return cgroup_make(&c->cg, plan, why);
	default:
		return 0;
	}
}

int
contain_prepare(struct contain *c, enum contain_method want, const struct proc_spec *spec,
	const struct cgroup_plan *plan, struct buf *why)
{
	*c = (struct contain){ .spec = spec, .pid = -1, .status = -1,
		.payload = { .pid = -1, .pidfd = -1 } };
	pidns_init(&c->ns);
	cgroup_init(&c->cg);
	if (want != CONTAIN_AUTO)
		return try_method(c, want, plan, why);
	for (int m = CONTAIN_PIDNS; m <= CONTAIN_REAPER; m++) {
		buf_reset(why);
		if (!try_method(c, (enum contain_method)m, plan, why))
			return 0;
	}
	return -1;
}

/* What a child tells that could not become the payload. */
struct failure {
	int err;
	char stage[24];
};

/* In the child: into the cgroup first, so that nothing can be forked outside of it. */
static void
enter_and_become(const struct contain *c, const char *path, int tell)
{
	struct failure f = { .err = 0, .stage = "cgroup" };
	const char *stage = "cgroup";

	if (!cgroup_enter(&c->cg))
		(void)proc_become(c->spec, path, &stage);	/* returns only in failure */
	f.err = errno;
	(void)strncpy(f.stage, stage, sizeof f.stage - 1);
	(void)!write(tell, &f, sizeof f);	/* no reader: nobody to tell */
	_exit(127);
}

/* proc_start() cannot enter a cgroup between fork and exec. */
static int
go_cgroup(struct contain *c, const char **stage)
{
	struct failure f;
	const char *path = proc_path(c->spec);
	int ends[2], got;
	ssize_t n;

	*stage = "fork";
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	got = proc_fork(&c->payload, 0);
	if (got == 1)
		enter_and_become(c, path, ends[1]);
	(void)close(ends[1]);		/* the child's */
	n = got < 0 ? -1 : store_read_some(ends[0], &f, sizeof f);
	(void)close(ends[0]);		/* only read from */
	if (!n)
		return 0;		/* closed by exec */
	if (n != sizeof f) {
		if (got < 0)
			return -1;
		f = (struct failure){ .err = EIO, .stage = "fork" };
	}
	(void)proc_wait(&c->payload, NULL);	/* it told us why already */
	memcpy(c->stage, f.stage, sizeof c->stage);
	*stage = c->stage;
	errno = f.err;
	return -1;
}

int
contain_go(struct contain *c, const char **stage)
{
	int got;

	switch (c->method) {
	case CONTAIN_PIDNS:
		got = pidns_go(&c->ns, stage);
		c->pid = c->ns.payload;
		return got;
	case CONTAIN_CGROUP:
		got = go_cgroup(c, stage);
		break;
	default:
		got = proc_start(&c->payload, c->spec, stage);
	}
	c->pid = got < 0 ? -1 : c->payload.pid;
	return got;
}

int
contain_fd(const struct contain *c)
{
	return c->method == CONTAIN_PIDNS ? c->ns.report : -1;
}

void
contain_look(struct contain *c)
{
	pid_t pid;
	int st;

	if (c->method == CONTAIN_PIDNS) {
		pidns_look(&c->ns);
		c->ended = c->ns.ended;
		c->status = c->ns.status;
		c->empty = c->ns.gone;
		return;
	}
	while ((pid = waitpid(-1, &st, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
		if (pid != c->payload.pid)
			continue;	/* an orphan that became ours */
		c->ended = true;
		c->status = st;
		cleanup_fd(&c->payload.pidfd);
	}
	c->empty = pid < 0;
}

int
contain_term(struct contain *c, const pid_t *spare, size_t n)
{
	int got;

	if (c->method == CONTAIN_PIDNS) {
		(void)proc_kill(&c->ns.init, SIGTERM);	/* gone already: also good */
		return -1;
	}
	got = proc_end_children(SIGTERM, spare, n);
	/* Who is stopped could not obey. */
	(void)proc_end_children(SIGCONT, spare, n);
	return got;
}

int
contain_kill(struct contain *c, const pid_t *spare, size_t n)
{
	int listed = 0, rest = -1;

	if (c->method == CONTAIN_PIDNS) {
		pidns_kill(&c->ns);
		contain_look(c);
	} else {
		/* One stroke for all; what is left to do is mostly to reap them. */
		if (c->method == CONTAIN_CGROUP)
			listed = cgroup_kill(&c->cg);
		contain_look(c);	/* the payload's own status, if it has one already */
		rest = proc_end_children(SIGKILL, spare, n);
	}
	c->empty = true;
	return c->method == CONTAIN_PIDNS || rest > listed ? rest : listed;
}

void
contain_release(struct contain *c)
{
	pidns_release(&c->ns);
	cgroup_release(&c->cg);
	cleanup_fd(&c->payload.pidfd);
}
