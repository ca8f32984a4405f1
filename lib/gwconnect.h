/* SPDX-License-Identifier: MIT */
/*
 * gwconnect: CONNECT to a host of the list: from a head that gwroute.h has passed to
 * a tunnel. For the person's own login, with which Claude Code speaks TLS to
 * its own endpoint: we see neither the login nor what is said.
 */
#ifndef JOBDIR_GWCONNECT_H
#define JOBDIR_GWCONNECT_H

#include "gwdoor.h"

extern const struct gwdialer gwconnect_dialer;

#endif
