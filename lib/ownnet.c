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

int
ownnet_make(int to)
{
	CLEANUP(fd) int door = to;
	CLEANUP(fd) int fd = -1;
	uint16_t port;

	if (unshare(CLONE_NEWNET) < 0)
		return 0;
	fd = ownnet_raise() < 0 ? -1 : gwsetup_port(&port);
	return fd < 0 ? -1 : service_send(door, "door", &fd, 1);
}
