/* SPDX-License-Identifier: MIT */
/*
 * agentctl: steering a running agent other than by words: files inbox/NAME.control, each one
 * JSON object {"subtype": "interrupt", "then"?: text} | {"subtype": "set_model", "model"} |
 * {"subtype": "set_permission_mode", "mode"}, as control requests of Claude Code. Pure.
 */
#ifndef JOBDIR_AGENTCTL_H
#define JOBDIR_AGENTCTL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define AGENTCTL_SUFFIX ".control"

bool agentctl_is(const char *name);
/* May a running agent be put into this permission mode? Never into bypassPermissions. */
bool agentctl_mode(const char *mode);

/*
 * The request line of a control file, appended to out. *then: what is to be said after an
 * interrupt, malloc'd or NULL. 0; -1+EINVAL: not one of those; -1+ENOMEM.
 */
int agentctl_request(struct buf *out, const char *name, const char *text, size_t len, char **then,
	bool *interrupt);

/* Is this line the answer to one? 1 yes: *name (malloc'd) and *good; 0 no; -1+ENOMEM. */
int agentctl_response(const char *line, size_t len, char **name, bool *good);

#endif
