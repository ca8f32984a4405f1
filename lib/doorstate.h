/* SPDX-License-Identifier: MIT */
/*
 * doorstate: what the modules of door.h share.
 */
#ifndef JOBDIR_DOORSTATE_H
#define JOBDIR_DOORSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proc.h"

#define DOOR_TOKEN 64
#define DOOR_PORTS 8

struct door {
	bool on;			/* the agent goes through it */
	bool adapter;			/* chat completions behind it */
	char *own_login;		/* the person's login file, that is lent; NULL: a key */
	char token[DOOR_TOKEN + 1];
	uint16_t port;
	uint16_t port_list[DOOR_PORTS];	/* of this machine, that lead in as well */
	size_t nports;
	int ports[DOOR_PORTS];		/* the sockets for them */
	size_t nsockets;
	int pair[2];			/* the socket comes through it; -1 */
	int life;			/* the gateway ends when it is closed; -1 */
	int keys;			/* memfd: what the gateway is to hold; -1 */
	int listen;			/* the socket, kept: a gateway may be started anew; -1 */
	int log;			/* for the gateway's messages; -1 */
	int again;			/* how often it was */
	int runs;			/* of the agent so far */
	struct proc keeper;		/* pid -1: none */
};
#define DOOR_INIT { .pair = { -1, -1 }, .life = -1, .keys = -1, .listen = -1, .log = -1, \
	.keeper = { -1, -1 } }

#endif
