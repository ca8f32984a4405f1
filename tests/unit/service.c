/* SPDX-License-Identifier: MIT */
#include "servd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "contain.h"
#include "job.h"
#include "service.h"
#include "store.h"
#include "t.h"

static const char secrets[] = "ANTHROPIC_API_KEY=sk-dummy-1234567890\0MY_TOKEN=tok-abcdef-123\0";

/* What a command of a recipe does, in a child; its exit status. */
static int
client(struct servd *d, int theirs, int (*fn)(int service))
{
	struct proc p;
	int st;

	if (proc_fork(&p, 0) == 1)
		_exit(fn(theirs));
	for (;;) {
		struct pollfd f[] = { { .fd = p.pidfd, .events = POLLIN },
			{ .fd = d->sock, .events = POLLIN } };

		if (poll(f, 2, 5000) <= 0)
			return -1;
		if (f[1].revents)
			servd_step(d);
		else if (f[0].revents)
			break;
	}
	return proc_wait(&p, &st) < 0 ? -1 : WEXITSTATUS(st);
}

static int
write_log(int service)
{
	int in, done;
	char end;

	if (service_log(service, "attempt-1/agent.jsonl", &in, &done) < 0)
		return 1;
	if (write(in, "say tok-abcdef-123 aloud\n", 25) != 25)
		return 2;
	close(in);
	/* End of file only when it is all written. */
	return read(done, &end, 1) ? 3 : 0;
}

static int
ask_bad_names(int service)
{
	static const char *const bad[] = { "", "log", "../x", "attempt-1", "attempt-1/", "attempt-0/x",
		"attempt-1/../x", "attempt-1/checks/../../x", "attempt-1/a/b", "attempt-1/.x", "job.json",
		"/etc/x", "attempt-1/link", "attempt-1/fifo", "attempt-x/y", "attempt-1/x y", "attempt-9/x" };
	int in, done;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!service_log(service, bad[i], &in, &done))
			return (int)i + 1;
	return 0;
}

static int
take_login(int service)
{
	char text[256];
	int fd = service_login(service);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);

	if (n != (ssize_t)sizeof "ANTHROPIC_API_KEY=sk-dummy-1234567890")
		return 1;
	return strcmp(text, "ANTHROPIC_API_KEY=sk-dummy-1234567890") != 0;
}

static int
ask_nonsense(int service)
{
	char reply[SERVICE_MESSAGE_MAX + 1];
	int pair[SERVICE_FDS_MAX], fds[SERVICE_FDS_MAX];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    service_send(service, "secrets", &pair[1], 1) < 0)
		return 1;
	close(pair[1]);
	if (service_receive(pair[0], reply, fds) <= 0 || strncmp(reply, "error ", 6))
		return 2;
	return fds[0] >= 0 || fds[1] >= 0;
}

static int
ask_share(int service)
{
	return service_share(service) == 0;
}

int
main(void)
{
	char dir[] = "/tmp/t-service-XXXXXX";
	struct redactors r = { .secrets = proc_memfd("s", secrets, sizeof secrets - 1) };
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct contain nowhere = { .method = CONTAIN_REAPER };
	struct job job = { .fd = -1 };
	struct servd d;
	int sub, theirs;

	if (!mkdtemp(dir))
		return 1;
	job.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sub = store_mkdir(job.fd, "attempt-1");
	EQ(symlinkat("../out", sub, "link"), 0, "a link in the way");
	EQ(mkfifoat(sub, "fifo", 0600), 0, "a fifo");
	EQ(servd_open(&d, &job, &r, &nowhere, &theirs), 0, "open");
	EQ(client(&d, theirs, write_log), 0, "a log is written");
	EQ(store_read(sub, "agent.jsonl", &text, 1000), 0, "it is there");
	IS(text.p, "say [REDACTED:MY_TOKEN] aloud\n", "and redacted");
	EQ(client(&d, theirs, ask_bad_names), 0, "no other name is opened");
	EQ(client(&d, theirs, take_login), 0, "the login, and nothing else");
	EQ(client(&d, theirs, ask_nonsense), 0, "what it does not know is an error");
	EQ(client(&d, theirs, ask_share), 0, "a mount that is not to be had is an error");
	(void)setenv(SERVICE_ENV, "1", 1);
	EQ(service_open(), -1, "standard output is no service");
	(void)unsetenv(SERVICE_ENV);
	EQ(service_open(), -1, "no service");
	EQ(errno, ENOENT, "ENOENT");
	close(theirs);
	servd_step(&d);
	EQ(d.sock, -1, "when nobody is left to ask it closes");
	redactor_reap(&r);
	OK(!r.failed, "all redactors ended well");
	redactor_kill(&r);
	(void)store_remove(AT_FDCWD, dir);
	return t_done();
}
