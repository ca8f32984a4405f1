/* SPDX-License-Identifier: MIT */
/*
 * codexconf: the section of a Codex config.toml that makes jobdir-mcp a server
 * of it. Pure. Every key was tried with the real Codex.
 */
#ifndef JOBDIR_CODEXCONF_H
#define JOBDIR_CODEXCONF_H

struct buf;

#define CODEXCONF_TIMEOUT_SEC 600	/* tool_timeout_sec */

struct codexconf {
	const char *name;	/* of the table below mcp_servers, or NULL: jobdir */
	const char *server;	/* absolute path of jobdir-mcp */
	const char *state;	/* JOBDIR_STATE, or NULL: the default */
	const char *roots;	/* CODEX_CLAUDE_ALLOW_ROOTS, or NULL: the default */
	const char *claude;	/* CLAUDE_BIN, or NULL: found in PATH */
	const char *others;	/* further lines of the env table, or NULL */
};

#define CODEXCONF_NAME "jobdir"

/* The variables of the env table that codexconf_write() may write; NULL-terminated. */
extern const char *const codexconf_vars[];

/* 0, or -1 with errno EINVAL: a value is not UTF-8 (TOML is); ENOMEM. */
int codexconf_write(struct buf *out, const struct codexconf *c);

struct jsonw;

/* The same as the object of a plugin's .mcp.json, for one server: {command: …}. */
void codexconf_json(struct jsonw *w, const struct codexconf *c);

/* One TOML basic string with quotes. Errors as above. */
int codexconf_quote(struct buf *out, const char *s);

#endif
