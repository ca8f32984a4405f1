/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define PIECE 16384
#define PER_CALL 4		/* descriptors: out, err, control, pidfd */
#define CONTROL_LINE_MAX (64u << 10)

extern char **environ;

void
calls_init(struct calls *cs, const struct calls_events *on)
{
	memset(cs, 0, sizeof *cs);
	cs->last = &cs->first;
	cs->on = *on;
}

struct call *
calls_new(const char *id, size_t id_len)
{
	struct call *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	buf_init(&c->args);
	buf_init(&c->answer);
	buf_init(&c->said);
	buf_init(&c->line);
	buf_init(&c->log);
	buf_init(&c->given);
	buf_init(&c->state);
	buf_init(&c->past);
	buf_init(&c->needed);
	c->out = c->err = c->control = -1;
	c->proc.pidfd = -1;
	c->progress = -1;
	c->id = strndup(id, id_len);
	c->id_len = id_len;
	if (c->id)
		return c;
	calls_free(c);
	errno = ENOMEM;
	return NULL;
}

void
calls_free(struct call *c)
{
	cleanup_fd(&c->out);
	cleanup_fd(&c->err);
	cleanup_fd(&c->control);
	cleanup_fd(&c->proc.pidfd);
	buf_release(&c->args);
	buf_release(&c->answer);
	buf_release(&c->said);
	buf_release(&c->line);
	buf_release(&c->log);
	buf_release(&c->given);
	buf_release(&c->state);
	buf_release(&c->past);
	buf_release(&c->needed);
	free(c->env);
	free(c->id);
	free(c->tool);
	free(c->command);
	free(c->token);
	free(c);
}

/* ---- starting ---- */

/* Our environment and one more: a malloc'd array of borrowed strings, or NULL. */
static char **
env_with(char *more)
{
	size_t n = 0;
	char **v;

	while (environ[n])
		n++;
	v = calloc(n + 2, sizeof *v);
	if (!v)
		return NULL;
	v[0] = more;			/* the first of a name counts */
	memcpy(v + 1, environ, n * sizeof *v);
	return v;
}

static int
start(struct call *c)
{
	CLEANUP(buf) struct buf tool = BUF_INIT;
	CLEANUP(fd) int in = proc_memfd("request", c->args.p, c->args.len);
	CLEANUP(fd) int out = -1;
	CLEANUP(fd) int err = -1;
	CLEANUP(fd) int control = -1;
	int pair[2], rc, e;

	if (in < 0 || pipe2(pair, O_CLOEXEC))
		return -1;
	c->out = pair[0];
	out = pair[1];
	if (pipe2(pair, O_CLOEXEC))
		return -1;
	c->err = pair[0];
	err = pair[1];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	c->control = pair[0];
	control = pair[1];
	if (fcntl(c->out, F_SETFL, O_NONBLOCK) || fcntl(c->err, F_SETFL, O_NONBLOCK) ||
	    buf_addf(&tool, "--tool=%s", c->tool))
		return -1;

	char **envp = c->env ? env_with(c->env) : NULL;
	char *argv[] = { c->command, tool.p, (char []){ "--request=-" }, NULL };
	const struct proc_fd fds[] = {
		{ in, 0 }, { out, 1 }, { err, 2 }, { control, CALLS_CONTROL_FD },
	};
	const struct proc_spec spec = {
		.argv = argv, .envp = envp, .cwd_fd = -1, .fds = fds, .nfds = sizeof fds / sizeof *fds,
		.setsid = true, .deathsig = c->dies,
	};

	c->started_ms = clock_boot_ms();
	rc = c->env && !envp ? -1 : proc_start(&c->proc, &spec, NULL);
	e = errno;
	free(envp);			/* an array of strings that are not its own */
	errno = e;
	if (rc)
		return -1;
	c->running = true;
	buf_release(&c->args);	/* the child has its copy */
	return 0;
}

/* Take c out of the list and tell. */
static void
finish(struct calls *cs, struct call *c, int status, int err)
{
	struct call **at = &cs->first;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (!c->next)
		cs->last = at;
	cs->on.done(c, status, err, cs->on.arg);
	calls_free(c);
}

static void
start_waiting(struct calls *cs)
{
	struct call *c = cs->first, *next;

	for (; c && cs->running < CALLS_MAX && cs->queued > 0; c = next) {
		next = c->next;
		if (c->running)
			continue;
		cs->queued--;
		cs->queued_bytes -= c->args.len;
		if (!c->cancelled && !start(c))
			cs->running++;
		else
			finish(cs, c, -1, c->cancelled ? ECANCELED : errno);
	}
}

int
calls_add(struct calls *cs, struct call *c)
{
	if (cs->queued >= CALLS_QUEUE || c->args.len > CALLS_QUEUE_BYTES - cs->queued_bytes) {
		errno = EBUSY;
		return -1;
	}
	c->args_len = c->args.len;
	cs->queued++;
	cs->queued_bytes += c->args_len;
	*cs->last = c;
	cs->last = &c->next;
	start_waiting(cs);
	return 0;
}

struct call *
calls_find(const struct calls *cs, const char *id, size_t id_len)
{
	for (struct call *c = cs->first; c; c = c->next)
		if (!c->cancelled && c->id_len == id_len && !memcmp(c->id, id, id_len))
			return c;
	return NULL;
}

/* ---- ending ---- */

/* The child leads a session, so its group is what it started. */
static void
signal_call(struct call *c, int sig)
{
	if (c->running)
		(void)kill(-c->proc.pid, sig);	/* fails only when all are gone */
}

void
calls_cancel(struct calls *cs, struct call *c)
{
	c->cancelled = true;
	if (c->running) {
		signal_call(c, SIGTERM);
		c->kill_ms = clock_boot_ms() + CALLS_GRACE_MS;
		return;
	}
	cs->queued--;
	cs->queued_bytes -= c->args.len;
	finish(cs, c, -1, ECANCELED);
}

void
calls_stop(struct call *c)
{
	signal_call(c, SIGTERM);
	if (!c->kill_ms)
		c->kill_ms = clock_boot_ms() + CALLS_GRACE_MS;
}

int
calls_tell(struct call *c, const char *p, size_t len)
{
	ssize_t n = send(c->control, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n >= 0 && (size_t)n == len ? 0 : -1;
}

void
calls_end(struct calls *cs)
{
	for (struct call *c = cs->first; c; c = c->next)
		signal_call(c, SIGTERM);
}

/* ---- the poll loop ---- */

size_t
calls_poll(const struct calls *cs, struct pollfd *p, bool paused)
{
	size_t n = 0;

	for (const struct call *c = cs->first; c; c = c->next) {
		if (!c->running)
			continue;
		p[n++] = (struct pollfd){ .fd = paused ? -1 : c->out, .events = POLLIN };
		p[n++] = (struct pollfd){ .fd = c->err, .events = POLLIN };
		p[n++] = (struct pollfd){ .fd = paused ? -1 : c->control, .events = POLLIN };
		p[n++] = (struct pollfd){ .fd = paused ? -1 : c->proc.pidfd, .events = POLLIN };
	}
	return n;
}

int
calls_timeout(const struct calls *cs)
{
	int64_t first = 0, left;

	for (const struct call *c = cs->first; c; c = c->next)
		if (c->kill_ms && (!first || c->kill_ms < first))
			first = c->kill_ms;
	if (!first)
		return -1;
	left = first - clock_boot_ms();
	return left < 0 ? 0 : left > CALLS_GRACE_MS ? CALLS_GRACE_MS : (int)left;
}

/* Read what is there; closes the descriptor at its end. Bytes in p, 0: nothing now. */
static size_t
take(int *fd, char p[PIECE], int flags)
{
	ssize_t n;

	if (*fd < 0)
		return 0;
	do {
		n = flags ? recv(*fd, p, PIECE, flags) : read(*fd, p, PIECE);
	} while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		cleanup_fd(fd);
		*fd = -1;
	}
	return n > 0 ? (size_t)n : 0;
}

static void
take_answer(struct call *c)
{
	char p[PIECE];
	size_t n;

	while (!c->overflow && (n = take(&c->out, p, 0))) {
		if (c->answer.len + n > CALLS_ANSWER_MAX || buf_add(&c->answer, p, n)) {
			c->overflow = true;
			buf_release(&c->answer);
			cleanup_fd(&c->out);
			c->out = -1;
			signal_call(c, SIGKILL);
		}
		if (n < sizeof p)
			break;
	}
}

/* One piece at a time: a child that never stops talking starves nobody. */
static void
take_said(struct calls *cs, struct call *c)
{
	char p[PIECE];
	size_t n = take(&c->err, p, 0);

	if (!n)
		return;
	cs->on.said(p, n, cs->on.arg);
	(void)buf_add(&c->said, p, n);	/* only words of a message: may be lost */
	if (c->said.len > CALLS_SAID_MAX)
		buf_remove(&c->said, 0, c->said.len - CALLS_SAID_MAX);
}

static void
take_control(struct calls *cs, struct call *c)
{
	char p[PIECE], *end;
	size_t n = take(&c->control, p, MSG_DONTWAIT), from = 0;

	if (!n || buf_add(&c->line, p, n))
		return;
	while ((end = memchr(c->line.p + from, '\n', c->line.len - from))) {
		size_t to = (size_t)(end - c->line.p);

		if (!c->cancelled)
			cs->on.control(c, c->line.p + from, to - from, cs->on.arg);
		from = to + 1;
	}
	buf_remove(&c->line, 0, from);
	if (c->line.len > CONTROL_LINE_MAX)
		buf_reset(&c->line);
}

/* It ended: what it wrote before is still in the pipes. */
static void
reap(struct calls *cs, struct call *c)
{
	int status = 0, err = proc_wait(&c->proc, &status) ? errno : 0;

	c->proc.pidfd = -1;
	take_answer(c);
	take_said(cs, c);
	take_control(cs, c);
	cs->running--;
	c->running = false;
	finish(cs, c, err ? -1 : status, err);
}

void
calls_handle(struct calls *cs, const struct pollfd *p, size_t n)
{
	struct call *c = cs->first, *next;
	size_t i = 0;

	for (; c && i + PER_CALL <= n; c = next) {
		next = c->next;
		if (!c->running)
			continue;
		if (p[i].revents)
			take_answer(c);
		if (p[i + 1].revents)
			take_said(cs, c);
		if (p[i + 2].revents)
			take_control(cs, c);
		if (c->kill_ms && clock_boot_ms() >= c->kill_ms) {
			signal_call(c, SIGKILL);
			c->kill_ms = 0;
		}
		if (p[i + 3].revents)
			reap(cs, c);
		i += PER_CALL;
	}
	start_waiting(cs);
}
