/* SPDX-License-Identifier: MIT */
/*
 * codexedit: one server's table in the text of a Codex config.toml: found, put,
 * changed, taken out, with every other byte left as it is. Pure.
 *
 *	codexedit_open(&e, text, len, "jobdir", &why)
 *	codexedit_put(&e, section, &out, &why)		the new text is in out
 *	codexedit_close(&e)
 *
 * All return 0; or -1 with errno EINVAL and why ("line N: ..."), or ENOMEM.
 */
#ifndef JOBDIR_CODEXEDIT_H
#define JOBDIR_CODEXEDIT_H

#include <stdbool.h>
#include <stddef.h>
#include "toml.h"

struct buf;

struct codexedit {
	const char *text;		/* borrowed, like name */
	size_t len;
	const char *name;		/* of the server: see codexedit_name_valid() */
	struct toml toml;
};

/* A name that needs no quotes: letters, digits, '-', '_', at most 64. */
bool codexedit_name_valid(const char *name);

int codexedit_open(struct codexedit *e, const char *text, size_t len, const char *name,
	struct buf *why);
void codexedit_close(struct codexedit *e);

bool codexedit_has(const struct codexedit *e);		/* is there anything of the server? */
/* The variable of its env table, decoded, malloc'd; or NULL (ENOENT: none). */
char *codexedit_env(const struct codexedit *e, const char *key);
/* A string of its main table, as codexedit_env(). */
char *codexedit_member(const struct codexedit *e, const char *key);
/* The env variables that are not among these names, as lines KEY = VALUE of the text. */
int codexedit_others(const struct codexedit *e, const char *const *ours, struct buf *out);
/* Servers of the programs whose place jobdir takes: names, each ended by NUL. */
int codexedit_older(const struct codexedit *e, struct buf *out);

/* The section in the place of the one there is, or at the end. */
int codexedit_put(const struct codexedit *e, const char *section, struct buf *out,
	struct buf *why);
/* One variable of the env table of the section that is there. */
int codexedit_set_env(const struct codexedit *e, const char *key, const char *value,
	struct buf *out, struct buf *why);
int codexedit_remove(const struct codexedit *e, struct buf *out, struct buf *why);

#endif
