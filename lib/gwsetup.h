/* SPDX-License-Identifier: MIT */
/*
 * gwsetup: what a process needs that listens on this machine and holds keys.
 */
#ifndef JOBDIR_GWSETUP_H
#define JOBDIR_GWSETUP_H

#include <stdbool.h>
#include <stdint.h>

/* Listening sockets: 127.0.0.1 and a port (0: any that is free); a path, for its owner alone. fd or -1+errno. */
int gwsetup_port(uint16_t *port);
int gwsetup_path(const char *path);

/*
 * Nobody may look into us (no dumps, no tracing), no privilege can be gained, as many
 * descriptors as are allowed. with_parent: die with who started us. 0 or -1+errno.
 */
int gwsetup_harden(bool with_parent);

#endif
