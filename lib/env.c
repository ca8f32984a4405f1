/* SPDX-License-Identifier: MIT */
/*
 * env: what a job's environment may hold: config says it of our own
 * variables, envtable of all others; what neither knows is dropped.
 */
#include "env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "config.h"
#include "envtable.h"
#include "secret.h"

#define PASSTHROUGH "CODEX_CLAUDE_ENV_PASSTHROUGH"

bool
env_name_valid(const char *name)
{
	if (!*name || (*name >= '0' && *name <= '9'))
		return false;
	for (; *name; name++)
		if (!((*name >= 'A' && *name <= 'Z') || (*name >= 'a' && *name <= 'z') ||
		    (*name >= '0' && *name <= '9') || *name == '_'))
			return false;
	return true;
}

bool
env_passable(const char *name)
{
	const struct env_row *row = env_row(name);

	return env_name_valid(name) && (!row || row->rule == ENV_ALLOW);
}

bool
env_is_login(const char *name)
{
	return !strcmp(name, "ANTHROPIC_API_KEY") || !strcmp(name, "ANTHROPIC_AUTH_TOKEN") ||
	    !strcmp(name, "CLAUDE_CODE_OAUTH_TOKEN");
}

/* name is in the list "A,B , C". */
static bool
listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (list && *list) {
		size_t len = strcspn(list, ","), skip = strspn(list, " \t");
		const char *p = list + (skip < len ? skip : len);
		size_t m = len - (size_t)(p - list);

		while (m && (p[m - 1] == ' ' || p[m - 1] == '\t'))
			m--;
		if (m == n && !memcmp(p, name, n))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

static bool
stays(const char *name, const char *passthrough)
{
	const struct config_var *ours = config_find(name);
	const struct env_row *row = env_row(name);

	if (ours)
		return ours->flags & CONFIG_INHERITED;
	if (row)
		return row->rule == ENV_ALLOW;
	return env_name_valid(name) && listed(passthrough, name);
}

/* The name of "NAME=VALUE" (or of "NAME"), malloc'd. */
static char *
name_of(const char *entry)
{
	return strndup(entry, strcspn(entry, "="));
}

/* Where entry's name stands in env, or its end. */
static size_t
place(char *const *env, const char *entry)
{
	size_t n = strcspn(entry, "="), i;

	for (i = 0; env[i]; i++)
		if (!strncmp(env[i], entry, n) && env[i][n] == '=')
			break;
	return i;
}

static size_t
count(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

/* Put, replace or (without '=') remove one entry. */
static int
put(char **env, const char *entry)
{
	size_t i = place(env, entry);
	char *copy;

	if (!strchr(entry, '=')) {
		free(env[i]);
		for (; env[i]; i++)
			env[i] = env[i + 1];
		return 0;
	}
	copy = strdup(entry);
	if (!copy)
		return -1;
	free(env[i]);
	env[i] = copy;
	return 0;
}

char **
env_sanitised(char *const *environ_in, char *const *extra)
{
	const char *passthrough = env_get(environ_in, PASSTHROUGH);
	char **out = calloc(count(environ_in) + count(extra) + 1, sizeof *out);

	if (!out)
		return NULL;
	for (; environ_in && *environ_in; environ_in++) {
		char *name CLEANUP(free) = NULL;

		if (!strchr(*environ_in, '='))
			continue;
		name = name_of(*environ_in);
		if (!name)
			goto fail;
		/* Of a name given twice the first counts, as for getenv(). */
		if (stays(name, passthrough) && !out[place(out, *environ_in)] &&
		    put(out, *environ_in) < 0)
			goto fail;
	}
	for (; extra && *extra; extra++)
		if (put(out, *extra) < 0)
			goto fail;
	return out;
fail:
	env_free(out);
	errno = ENOMEM;
	return NULL;
}

void
env_free(char **envp)
{
	for (size_t i = 0; envp && envp[i]; i++)
		free(envp[i]);
	free(envp);
}

int
env_secrets(char *const *environ_in, struct buf *out)
{
	for (; environ_in && *environ_in; environ_in++) {
		const char *value = strchr(*environ_in, '=');

		if (!value || strlen(value + 1) < 8 ||
		    !secret_name(*environ_in, (size_t)(value - *environ_in)))
			continue;
		if (buf_add(out, *environ_in, strlen(*environ_in) + 1) < 0)
			return -1;
	}
	return 0;
}

const char *
env_get(char *const *envp, const char *name)
{
	size_t n = strlen(name);

	for (; envp && *envp; envp++)
		if (!strncmp(*envp, name, n) && (*envp)[n] == '=')
			return *envp + n + 1;
	return NULL;
}

size_t
env_entry(const char *p, char name[ENV_NAME])
{
	size_t k = strcspn(p, "=");

	if (k >= ENV_NAME)
		k = 0;
	memcpy(name, p, k);
	name[k] = '\0';
	return strlen(p) + 1;
}
