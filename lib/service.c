/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "buf.h"
#include "num.h"

/* Room for the descriptors of one message, aligned as the kernel wants it. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(SERVICE_FDS_MAX * sizeof(int))];
};

int
service_send(int sock, const char *text, const int *fds, size_t n)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) };
	union control c = { .room = { 0 } };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got;

	if (n) {
		struct cmsghdr *h;

		m.msg_control = c.room;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	}
	do
		got = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -1 : 0;
}

ssize_t
service_receive(int sock, char text[SERVICE_MESSAGE_MAX + 1], int fds[SERVICE_FDS_MAX])
{
	struct iovec iov = { .iov_base = text, .iov_len = SERVICE_MESSAGE_MAX };
	union control c;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c.room,
		.msg_controllen = sizeof c.room };
	ssize_t got;

	for (size_t i = 0; i < SERVICE_FDS_MAX; i++)
		fds[i] = -1;
	do
		got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	text[got] = '\0';
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS && n <= SERVICE_FDS_MAX)
			memcpy(fds, CMSG_DATA(h), n * sizeof(int));
	}
	return got;
}

int
service_open(void)
{
	const char *text = getenv(SERVICE_ENV);
	socklen_t len = sizeof(int);
	int64_t fd;
	int type;

	if (!text || num_parse(text, 3, INT_MAX, &fd) < 0 ||
	    getsockopt((int)fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET ||
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0) {
		errno = ENOENT;
		return -1;
	}
	return (int)fd;
}

/* Ask and wait for the answer; its descriptors into fds. */
static int
ask(int service, const char *text, int fds[SERVICE_FDS_MAX])
{
	CLEANUP(fd) int mine = -1;
	CLEANUP(fd) int theirs = -1;
	char reply[SERVICE_MESSAGE_MAX + 1] = "";
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	mine = pair[0];
	theirs = pair[1];
	if (service_send(service, text, &theirs, 1) < 0)
		return -1;
	/* Only the supervisor holds it now: if it dies, we see the end. */
	cleanup_fd(&theirs);
	if (service_receive(mine, reply, fds) > 0 && !strcmp(reply, "ok"))
		return 0;
	for (size_t i = 0; i < SERVICE_FDS_MAX; i++)
		cleanup_fd(&fds[i]);
	errno = strncmp(reply, "error", 5) ? EPIPE : EACCES;
	return -1;
}

static int
ask_log(int service, const char *verb, const char *rel, int *in, int *done)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int fds[SERVICE_FDS_MAX] = { -1, -1 };

	if (buf_addf(&text, "%s %s", verb, rel) < 0)
		return -1;
	if (text.len > SERVICE_MESSAGE_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (ask(service, text.p, fds) < 0)
		return -1;
	if (fds[1] < 0) {
		cleanup_fd(&fds[0]);
		errno = EPROTO;
		return -1;
	}
	*in = fds[0];
	*done = fds[1];
	return 0;
}

int
service_log(int service, const char *rel, int *in, int *done)
{
	return ask_log(service, "log", rel, in, done);
}

int
service_watch(int service, const char *rel, int *in, int *words)
{
	return ask_log(service, "watch", rel, in, words);
}

int
service_share(int service)
{
	int fds[SERVICE_FDS_MAX] = { -1, -1 };

	if (ask(service, "share", fds) < 0)
		return -1;
	cleanup_fd(&fds[0]);
	cleanup_fd(&fds[1]);
	return 0;
}

int
service_login(int service)
{
	int fds[SERVICE_FDS_MAX] = { -1, -1 };

	if (ask(service, "login", fds) < 0)
		return -1;
	cleanup_fd(&fds[1]);
	if (fds[0] < 0)
		errno = EPROTO;
	return fds[0];
}
