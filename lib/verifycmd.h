/* SPDX-License-Identifier: MIT */
/*
 * verifycmd: may this be a verification command: does it build or test? The
 * table is "verify" of prompts/profiles.json: commands by their first words,
 * and words that none of them may have; and what the workspace's owner permits
 * (wsconf.h). Pure.
 */
#ifndef JOBDIR_VERIFYCMD_H
#define JOBDIR_VERIFYCMD_H

struct buf;
struct json;
struct wsconf;

/* 0; or -1 with why: what is wrong with it. */
int verifycmd_check(const struct json *profiles, const struct wsconf *conf, const char *line,
	struct buf *why);

#endif
