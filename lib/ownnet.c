/* SPDX-License-Identifier: MIT */
#include "ownnet.h"

#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "buf.h"
#include "gwsetup.h"
#include "service.h"

int
ownnet_raise(void)
{
	CLEANUP(fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	return fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &lo);
}

static int
send_port(int door, const char *what, uint16_t port)
{
	CLEANUP(fd) int fd = gwsetup_port(&port);

	return fd < 0 ? -1 : service_send(door, what, &fd, 1);
}

int
ownnet_make(int to, const uint16_t *ports, size_t n)
{
	CLEANUP(fd) int door = to;

	if (unshare(CLONE_NEWNET) < 0)
		return 0;
	if (ownnet_raise() < 0)
		return -1;
	/* First: the door takes any port that is free. */
	for (size_t i = 0; i < n; i++)
		if (send_port(door, "port", ports[i]) < 0)
			return -1;
	return send_port(door, "door", 0);
}
