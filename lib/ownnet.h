/* SPDX-License-Identifier: MIT */
/*
 * ownnet: a network namespace with nothing but lo, and one socket that leads out.
 */
#ifndef JOBDIR_OWNNET_H
#define JOBDIR_OWNNET_H

#include <stddef.h>
#include <stdint.h>

/*
 * This process gets one (it must have the right to); a socket that listens in it is
 * sent over door, which is closed, to where a network is. Where none can be made nothing
 * is sent, and all stays as it was: 0. -1+errno: it was made, and does not work. ports:
 * more sockets, that listen at these, are sent before it.
 */
int ownnet_make(int door, const uint16_t *ports, size_t n);

/* In a network namespace just made: loopback can be used. 0 or -1+errno. */
int ownnet_raise(void);

#endif
