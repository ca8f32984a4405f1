/* SPDX-License-Identifier: MIT */
/*
 * checkreport: the rows of doctor about what Codex itself reports, by running it: which servers
 * it sees (codex mcp list), and whether it trusts the hook of the review gate
 * (codex app-server, hooks/list). Its environment holds no secret.
 */
#ifndef JOBDIR_CHECKREPORT_H
#define JOBDIR_CHECKREPORT_H

struct checkup;

/* dir: where a session would be. Nothing is added where there is no codex. 0 or -1+errno. */
int checkreport(struct checkup *c, const char *dir);

#endif
