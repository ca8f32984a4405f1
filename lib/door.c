/* SPDX-License-Identifier: MIT */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "doorask.h"
#include "doorrun.h"
#include "env.h"
#include "gwconf.h"
#include "gwsetup.h"
#include "home.h"
#include "job.h"
#include "num.h"
#include "ownlogin.h"
#include "service.h"
#include "store.h"
#include "wallask.h"

#define SECRETS_MAX (8u << 20)
#define PATIENCE_MS 2000

/* Names that a gateway of this kind understands (gwconf.h). */
static bool
for_gateway(const struct door *d, const char *name, bool *is_login)
{
	*is_login = env_is_login(name) || (d->adapter && !strcmp(name, "ONEAPI_API_KEY"));
	return *is_login || !strcmp(name, "FALLBACK_API_KEY");
}

/* The keys out of NAME=VALUE strings; true: a login is among them. */
static bool
choose_keys(const struct door *d, const char *p, size_t len, struct buf *out)
{
	bool any = false, login;
	size_t n;

	for (const char *end = p + len; p < end; p += n) {
		char name[ENV_NAME];

		n = env_entry(p, name);
		if (!for_gateway(d, name, &login))
			continue;
		any |= login;
		(void)buf_add(out, p, n);	/* sticky */
	}
	return any;
}

static int
read_secrets(int fd, struct buf *out)
{
	/* The position is shared with nobody who uses it: the redactors pread(). */
	if (fd < 0)
		return 0;
	return lseek(fd, 0, SEEK_SET) < 0 ? -1 : buf_read(out, fd, SECRETS_MAX);
}

static int
add_port(void *arg, const char *text)
{
	struct door *d = arg;
	int64_t n;

	if (num_parse(text, 1, 65535, &n) < 0) {
		errno = EDOM;
		return -1;
	}
	for (size_t i = 0; i < d->nports; i++)
		if (d->port_list[i] == n)
			return 0;
	if (d->nports == DOOR_PORTS) {
		errno = EDOM;
		return -1;
	}
	d->port_list[d->nports++] = (uint16_t)n;
	return 0;
}

/* What a person wants, by environment or option: neither a model nor a repository can. */
static int
read_ports(struct door *d, const struct job *j)
{
	const char *list = config_text("JOBDIR_ALLOW_PORT", NULL);
	CLEANUP(free) char *copy = list ? strdup(list) : NULL;
	char *save, *p;

	if (list && !copy)
		return -1;
	for (p = copy ? strtok_r(copy, ",:", &save) : NULL; p; p = strtok_r(NULL, ",:", &save))
		if (add_port(d, p) < 0)
			return -1;
	return wallask_each(j, "allow_port", add_port, d);
}

/* What was asked for in words is had, or there is no job: never another login, or another door. */
static int
plan_own_login(struct door *d, bool off, bool program, struct buf *why)
{
	const char *against = d->adapter ? "USE_OPENAI_ADAPTER=1" : off ? "JOBDIR_DOOR=off" :
		!program ? "an installation without jobdir-gateway" : NULL;

	if (against)
		(void)buf_addf(why, "JOBDIR_LOGIN cannot be had with %s", against);	/* sticky */
	else
		d->own_login = ownlogin_find(clock_wall_ms(), NULL, why);
	errno = EPERM;
	return d->own_login ? 0 : -1;
}

/* What the variables say: 1 a door, 0 none, -1+errno. */
static int
plan(struct door *d, const struct job *j, struct buf *why)
{
	CLEANUP(free) char *word = NULL, *url = NULL;
	int adapter = doorask_is_on(j, "USE_OPENAI_ADAPTER"), program = doorask_program(), serves;
	bool off;

	d->adapter = adapter > 0;
	if (adapter < 0 || program < 0 || doorask_variable(j, "JOBDIR_DOOR", &word) < 0 ||
	    doorask_upstream(j, d->adapter, &url) < 0 || (serves = doorask_serves(url, d->adapter)) < 0)
		return -1;
	off = word && !strcmp(word, "off");
	if (ownlogin_wanted())
		return plan_own_login(d, off, program, why) < 0 ? -1 : 1;
	return !off && program && serves;
}

int
door_plan(struct door *d, const struct job *j, int secrets, struct buf *why)
{
	CLEANUP(buf) struct buf all = BUF_INIT, keys = BUF_INIT;
	unsigned char token[DOOR_TOKEN / 2];
	bool login;
	int got;

	*d = (struct door)DOOR_INIT;
	if (read_ports(d, j) < 0 || (got = plan(d, j, why)) < 0)
		return -1;
	if (!got)
		return 0;
	if (getrandom(token, sizeof token, 0) != sizeof token)
		return -1;
	num_hex(d->token, token, sizeof token);
	(void)buf_addf(&keys, GWCONF_TOKEN "=%s", d->token);
	(void)buf_addch(&keys, '\0');
	if (read_secrets(secrets, &all) < 0)
		return -1;
	login = d->own_login || choose_keys(d, all.p, all.len, &keys);
	if (login && buf_ok(&keys))
		d->keys = proc_memfd("keys", keys.p, keys.len);
	explicit_bzero(all.p, all.len);
	explicit_bzero(keys.p, keys.len);
	if (!login)
		return 0;
	if (d->keys < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, d->pair) < 0)
		return -1;
	d->on = true;
	return 0;
}

int
door_secrets(const struct door *d, int secrets)
{
	CLEANUP(buf) struct buf all = BUF_INIT, why = BUF_INIT;
	CLEANUP(free) char *own = NULL;
	int fd = -1;

	if (read_secrets(secrets, &all) < 0)
		return -1;
	if (d->own_login && !(own = ownlogin_find(0, &all, &why)))
		errno = EPERM;			/* it was good a moment ago */
	else if (!buf_addf(&all, GWCONF_TOKEN "=%s", d->token) &&
	    !buf_addch(&all, '\0'))
		fd = proc_memfd("secrets", all.p, all.len);
	explicit_bzero(all.p, all.len);
	return fd;
}

static int
port_of(int fd, uint16_t *port)
{
	struct sockaddr_in a;
	socklen_t n = sizeof a;

	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return -1;
	*port = ntohs(a.sin_port);
	return 0;
}

/* Those of the ports, then the door's own, until init has closed its end. */
static void
take_sockets(struct door *d)
{
	char text[SERVICE_MESSAGE_MAX + 1];
	int fds[SERVICE_FDS_MAX];

	while (d->listen < 0 && service_receive(d->pair[0], text, fds) > 0) {
		cleanup_fd(&fds[1]);
		if (!strcmp(text, "door"))
			d->listen = fds[0];
		else if (fds[0] >= 0 && d->nsockets < DOOR_PORTS)
			d->ports[d->nsockets++] = fds[0];
		else
			cleanup_fd(&fds[0]);
	}
}

int
door_open(struct door *d, const struct job *j, int log)
{
	bool inside;

	/* Only init has it now, and is done with it: what is not there does not come. */
	cleanup_fd(&d->pair[1]);
	take_sockets(d);
	cleanup_fd(&d->pair[0]);
	inside = d->listen >= 0;
	if (!inside)
		d->listen = gwsetup_port(&d->port);
	/* The log's own, as long as the gateway may write: the caller closes its end early. */
	d->log = fcntl(log, F_DUPFD_CLOEXEC, 3);
	if (d->listen < 0 || d->log < 0 || port_of(d->listen, &d->port) < 0 || door_start(d, j) < 0)
		return -1;
	return inside;
}

/* Also in the log, which may be gone by now. */
static void
say_again(const struct door *d, const struct buf *why)
{
	CLEANUP(buf) struct buf line = BUF_INIT;

	if (!buf_addf(&line, "jobdir-supervise: %s\n", why->p))
		(void)store_write_all(d->log, line.p, line.len);
}

int
door_again(struct door *d, const struct job *j, struct buf *why)
{
	int st = 0, got = -1;

	(void)proc_wait(&d->keeper, &st);	/* it has ended: its descriptor said so */
	d->keeper.pid = -1;
	cleanup_fd(&d->life);
	(void)buf_addf(why, "jobdir-gateway ended with status %d",
		WIFEXITED(st) ? WEXITSTATUS(st) : proc_exit_status(st));	/* the keeper's: sticky */
	/* Who connects meanwhile waits in the socket, which is ours. */
	if (!d->again++ && (got = door_start(d, j)) < 0)
		(void)buf_addf(why, ", and cannot be started again: %s", strerror(errno));
	else if (!got)
		(void)buf_addstr(why, "; started again");
	say_again(d, why);
	return got;
}

/* Claude Code finds the file in its own directory; TLS to its issuer goes through the door. */
static int
own_login(const struct door *d, struct buf *out)
{
	static const char *const rest[] = { "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN",
		"CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_BASE_URL", "ONEAPI_API_KEY", "FALLBACK_API_KEY",
		"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy",
		"NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost" };
	static const char *const names[] = { "HTTPS_PROXY", "https_proxy" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)buf_addf(out, "%s=http://jobdir:%s@127.0.0.1:%u", names[i], d->token, d->port);
		(void)buf_addch(out, '\0');
	}
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
		(void)buf_add(out, rest[i], strlen(rest[i]) + 1);
	return buf_ok(out) ? 0 : -1;
}

int
door_login(struct door *d, struct buf *out)
{
	static const char *const gone[] = { "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN",
		"ONEAPI_API_KEY", "FALLBACK_API_KEY", "NO_PROXY=127.0.0.1,localhost",
		"no_proxy=127.0.0.1,localhost" };

	if (d->own_login)
		return own_login(d, out);
	(void)buf_addf(out, "ANTHROPIC_API_KEY=%s", d->token);		/* sticky */
	(void)buf_addch(out, '\0');
	/* The path says which run of the agent it is, for the metrics. */
	(void)buf_addf(out, "ANTHROPIC_BASE_URL=http://127.0.0.1:%u/attempt-%d", d->port, ++d->runs);
	(void)buf_addch(out, '\0');
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		(void)buf_add(out, gone[i], strlen(gone[i]) + 1);
	return buf_ok(out) ? 0 : -1;
}

void
door_close(struct door *d)
{
	struct pollfd p = { .fd = d->keeper.pidfd, .events = POLLIN };

	cleanup_fd(&d->pair[0]);
	cleanup_fd(&d->pair[1]);
	cleanup_fd(&d->keys);
	cleanup_fd(&d->listen);
	while (d->nsockets)
		cleanup_fd(&d->ports[--d->nsockets]);
	cleanup_fd(&d->life);
	cleanup_fd(&d->log);
	free(d->own_login);
	d->own_login = NULL;
	if (d->keeper.pid <= 0)
		return;
	/* It writes down what it was doing, and ends; else with its parent. */
	if (poll(&p, 1, PATIENCE_MS) != 1)
		(void)proc_kill(&d->keeper, SIGKILL);	/* gone already: also good */
	(void)proc_wait(&d->keeper, NULL);
	d->keeper.pid = -1;
}
