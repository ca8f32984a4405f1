/* SPDX-License-Identifier: MIT */
/*
 * env: the sanitised environment of what a job runs (delegate.md 6.5).
 */
#ifndef JOBDIR_ENV_H
#define JOBDIR_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Build from environ: the allow list (PATH HOME SHELL LANG LC_* TERM USER LOGNAME TZ TMPDIR
 * TEMP TMP NODE_ENV HTTP(S)_PROXY NO_PROXY both cases, SSL_CERT_FILE
 * NODE_EXTRA_CA_CERTS, ANTHROPIC_BASE_URL …: one table), the names in
 * $CODEX_CLAUDE_ENV_PASSTHROUGH that are not blocked, and all JOBDIR_* of ours
 * that are marked as inherited. extra: NULL-terminated "NAME=VALUE" added or
 * replacing, "NAME" alone removes; may be NULL. Returns a malloc'd vector
 * (env_free()) or NULL+ENOMEM.
 */
char **env_sanitised(char *const *environ_in, char *const *extra);
void env_free(char **envp);
/*
 * Of strings NAME=VALUE that each end with NUL, one after the other: the length of the one
 * at p with its NUL, and its name; "": longer than any of ours.
 */
#define ENV_NAME 64
size_t env_entry(const char *p, char name[ENV_NAME]);
/* The value of a variable in it, or NULL. */
const char *env_get(char *const *envp, const char *name);

/* May this name be passed through? (blocked: exact list and key words) */
bool env_passable(const char *name);
bool env_name_valid(const char *name);

/*
 * The secrets of this environment: NAME=VALUE NUL … of every secret-named
 * variable with a value of >= 8 bytes, for redact_new() and the memfd.
 */
int env_secrets(char *const *environ_in, struct buf *out);
/* Of those, the agent's login variables (ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, CLAUDE_CODE_OAUTH_TOKEN). */
bool env_is_login(const char *name);

#endif
