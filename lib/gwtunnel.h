/* SPDX-License-Identifier: MIT */
/*
 * gwtunnel: a socket that listens, and behind it a port of this machine: bytes
 * pass both ways as they are. For the ports that a job may reach beside the
 * model (JOBDIR_ALLOW_PORT), and for what CONNECT has connected (gwconnect.h).
 */
#ifndef JOBDIR_GWTUNNEL_H
#define JOBDIR_GWTUNNEL_H

#include <stdint.h>
#include "gwloop.h"

enum {
	GWTUNNEL_PORTS = 8,
	GWTUNNEL_MAX = 128,		/* connections at once; another one is closed */
	GWTUNNEL_ROOM = 32 << 10,	/* bytes on their way, each way */
	GWTUNNEL_CONNECT_MS = 10000,
};

struct gwtunnel_pair;

struct gwtunnel_port {
	struct gwsource src;
	struct gwtunnel *t;
	uint16_t port;
};

struct gwtunnel {
	struct gwloop *loop;
	struct gwtunnel_port port[GWTUNNEL_PORTS];
	int nports;
	struct gwtunnel_pair *pairs;
	int npairs;
};

void gwtunnel_open(struct gwtunnel *t, struct gwloop *l);
/*
 * Who connects to this socket (127.0.0.1 and a port, perhaps of another network
 * namespace) reaches the same port of ours. Takes fd; 0 or -1+errno.
 */
int gwtunnel_listen(struct gwtunnel *t, int fd);
/* These two, both connected, are one from now on. Takes both; 0 or -1+errno. */
int gwtunnel_join(struct gwtunnel *t, int client, int server);
void gwtunnel_close(struct gwtunnel *t);

#endif
