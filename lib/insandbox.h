/* SPDX-License-Identifier: MIT */
/*
 * insandbox: are we ourselves inside somebody's sandbox that lets nothing out? Someone who runs
 * spawn from a shell tool of Codex is: an agent started there could never reach its model.
 */
#ifndef JOBDIR_INSANDBOX_H
#define JOBDIR_INSANDBOX_H

#include <stdbool.h>

#define INSANDBOX_WORDS "no network in this sandbox: start me as an MCP server, or outside of it"

/* No new privileges, a call filter, and connecting refused as not permitted. */
bool insandbox_no_network(void);

#endif
