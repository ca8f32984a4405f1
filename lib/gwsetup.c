/* SPDX-License-Identifier: MIT */
#include "gwsetup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "buf.h"

#define BACKLOG 512
#define DESCRIPTORS 4096

int
gwsetup_path(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int got;

	if (strlen(path) >= sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path));
	mask = umask(0177);
	got = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&a, sizeof a);
	(void)umask(mask);
	return got < 0 || listen(fd, BACKLOG) < 0 ? -1 : steal_fd(&fd);
}

int
gwsetup_port(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(*port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	CLEANUP(fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t n = sizeof a;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return -1;
	*port = ntohs(a.sin_port);
	return steal_fd(&fd);
}

int
gwsetup_harden(bool with_parent)
{
	struct rlimit none = { 0, 0 }, files;

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    (with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0))
		return -1;
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < DESCRIPTORS) {
		files.rlim_cur = files.rlim_max < DESCRIPTORS ? files.rlim_max : DESCRIPTORS;
		(void)setrlimit(RLIMIT_NOFILE, &files);	/* else fewer connections at once */
	}
	return 0;
}
