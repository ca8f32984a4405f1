/* SPDX-License-Identifier: MIT */
/*
 * profiles: prompts/profiles.json of this installation: what each kind of agent may run.
 */
#ifndef JOBDIR_PROFILES_H
#define JOBDIR_PROFILES_H

struct buf;
struct json;

/* Any file of prompts/, appended. 0, or -1+errno with its path in why (may be NULL). */
int profiles_read(const char *name, struct buf *out, struct buf *why);
/* The table, parsed; text is what doc borrows. 0, or -1+errno (EBADMSG: no JSON) with why. */
int profiles_load(struct buf *text, struct json *doc, struct buf *why);

#endif
