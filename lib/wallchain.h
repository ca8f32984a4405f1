/* SPDX-License-Identifier: MIT */
/*
 * wallchain: the walls that a program of a job (the agent, a check) runs behind, as
 * the argument vector of the chain in front of it:
 *
 *	jobdir-limits … jobdir-confine … -- PROGRAM …
 *
 * One place for what a job may read, write and reach: security.md's table of
 * profiles. Widened only by the person's own environment or env file
 * (JOBDIR_ALLOW_READ, JOBDIR_ALLOW_WRITE, JOBDIR_ALLOW_PORT), never by the repository
 * or the model.
 */
#ifndef JOBDIR_WALLCHAIN_H
#define JOBDIR_WALLCHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include "json.h"

struct buf;
struct job;
struct strv;

struct wallchain {
	const struct job *job;
	const char *mode;		/* read, review, write */
	const char *program;		/* path of what will run, to be readable; NULL: not beyond the rest */
	const struct json *profiles;	/* prompts/profiles.json */
	const char *sensitive;		/* level of the sensitive-file policy; NULL: default */
	const char *const *dirs;	/* further directories to read, absolute; or NULL */
	const char *confine;		/* require, prefer, off; NULL: as the mode has it */
	const char *base_url;		/* where the model is, as the program is told; or NULL */
	bool by_hand;			/* we are not in the job's namespaces, whatever it had */
	bool offline;			/* it needs no model: no network but loopback */
};

/*
 * Put the chain's links at the front of out, up to and with "--". Nothing where
 * confine is off but the limits. What is not there (a tool chain, the home) is left
 * out. 0; -1+errno with why; EINVAL: an unknown word, EPERM: refused by policy (the level that
 * isolation.json states is too low for this mode).
 */
int wallchain_make(const struct wallchain *w, struct strv *out, struct buf *why);

#endif
