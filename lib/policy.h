/* SPDX-License-Identifier: MIT */
/*
 * policy: what one confined program may do. Only a list; confine.h holds a
 * process to it.
 */
#ifndef JOBDIR_POLICY_H
#define JOBDIR_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "landlock.h"

struct jsonw;

enum policy_right {
	POLICY_READ = LANDLOCK_READ,
	POLICY_WRITE = LANDLOCK_WRITE,
	POLICY_EXEC = LANDLOCK_EXEC,
	POLICY_DEVICE = LANDLOCK_DEVICE,
	POLICY_MAYBE = 16,		/* absent: no error */
	POLICY_CACHE = 32,		/* written without being changed, where mounts are to be had */
};

struct policy_path {
	char *path;			/* absolute */
	unsigned rights;
};

struct policy {
	struct policy_path *paths;
	size_t npaths;
	char **masks;			/* absolute; files and directories that cannot be opened */
	size_t nmasks;
	uint16_t ports[64];		/* TCP ports to connect to */
	size_t nports;
	bool any_port;			/* the network is not our business (an own namespace is) */
	bool own_net;			/* a network of loopback alone, where that is to be had */
	bool unix_sockets, udp;
	bool no_mounts;			/* leave the mounts alone */
	const char *cache_in;		/* a directory for what is written to caches, or NULL */
	const char *tmp;		/* a directory that becomes /tmp, or NULL: as it is */
};

void policy_init(struct policy *p);
void policy_release(struct policy *p);
/* path absolute (else EINVAL), copied. 0 or -1+errno. */
int policy_add(struct policy *p, const char *path, unsigned rights);
int policy_mask(struct policy *p, const char *path);
int policy_add_port(struct policy *p, uint16_t port);
/* What every program needs of the system: /usr, /etc, /dev/null, … */
int policy_add_system(struct policy *p);

/* As one JSON object. */
void policy_print(const struct policy *p, struct jsonw *w);

#endif
