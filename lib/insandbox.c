/* SPDX-License-Identifier: MIT */
#include "insandbox.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "buf.h"

#define FILTERED 2			/* of PR_GET_SECCOMP, which is killed where it is strict */

bool
insandbox_no_network(void)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	CLEANUP(fd) int fd = -1;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_SECCOMP) != FILTERED)
		return false;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Refused, unreachable or under way: it is permitted. */
	return fd < 0 ? errno == EPERM || errno == EACCES :
		connect(fd, (struct sockaddr *)&nobody, sizeof nobody) < 0 && errno == EPERM;
}
