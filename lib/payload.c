/* SPDX-License-Identifier: MIT */
#include "payload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "env.h"
#include "home.h"
#include "recipe.h"
#include "service.h"

void
payload_free(char **v)
{
	for (size_t i = 0; v && v[i]; i++)
		free(v[i]);
	free(v);
}

bool
payload_is_command(const struct json *job)
{
	return json_is(job, json_get(job, 0, "recipe"), RECIPE_COMMAND);
}

static char **
command_argv(const struct json *job)
{
	int argv = json_get(job, 0, "argv");
	size_t n = json_len(job, argv), i = 0;
	char **v = calloc(n + 1, sizeof *v);

	for (int e = v ? json_first(job, argv) : -1; e >= 0; e = json_next(job, e)) {
		v[i] = json_cstr(job, e);
		if (!v[i++])
			break;
	}
	if (v && (!n || i != n || !v[n - 1])) {
		payload_free(v);
		errno = EINVAL;
		v = NULL;
	}
	return v;
}

static char **
recipe_argv(const struct json *job, struct buf *why)
{
	CLEANUP(free) char *name = json_get_cstr(job, 0, "recipe");
	CLEANUP(free) char *path = name ? recipe_path(name) : NULL;
	char **v;

	if (!path) {
		(void)buf_addf(why, "no recipe '%s'", name ? name : "");
		return NULL;
	}
	v = calloc(3, sizeof *v);
	if (!v)
		return NULL;
	v[0] = strdup("/bin/sh");
	v[1] = steal_ptr(&path);
	if (v[0] && v[1])
		return v;
	payload_free(v);
	return NULL;
}

char **
payload_argv(const struct json *job, struct buf *why)
{
	return payload_is_command(job) ? command_argv(job) : recipe_argv(job, why);
}

/* "NAME=VALUE", put at v[*n]. */
static int
add(char **v, size_t *n, const char *name, const char *value)
{
	struct buf b = BUF_INIT;

	(void)buf_addf(&b, "%s=%s", name, value);	/* sticky: buf_steal tells */
	v[*n] = buf_steal(&b);
	return v[(*n)++] ? 0 : -1;
}

static int
add_path(char **v, size_t *n)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(free) char *bin = home_bin();
	const char *old = getenv("PATH");

	if (!bin || buf_addf(&path, "%s:%s", bin, old ? old : "/usr/local/bin:/usr/bin:/bin") < 0)
		return -1;
	return add(v, n, "PATH", path.p);
}

static int
add_ours(const struct json *job, char **v, size_t *n, const char *job_path, const char *root_path,
	int service)
{
	CLEANUP(free) char *id = json_get_cstr(job, 0, "id");
	char number[24];

	if (!id || add(v, n, "JOBDIR_ID", id) < 0 || add(v, n, "JOBDIR_JOB", job_path) < 0 ||
	    add(v, n, "JOBDIR_STATE", root_path) < 0)
		return -1;
	(void)snprintf(number, sizeof number, "%lld", (long long)json_get_int(job, 0, "depth", 1));
	if (add(v, n, "BRIDGE_DEPTH", number) < 0)
		return -1;
	if (payload_is_command(job))
		return 0;
	(void)snprintf(number, sizeof number, "%d", service);
	return add(v, n, SERVICE_ENV, number) < 0 || add_path(v, n) < 0 ? -1 : 0;
}

char **
payload_env(const struct json *job, char *const *environ_in, const char *job_path,
	const char *root_path, int service)
{
	int env = json_get(job, 0, "env");
	char **extra = calloc(json_len(job, env) + 8, sizeof *extra), **out = NULL;
	size_t n = 0;
	bool good = extra;

	for (int m = good ? json_first(job, env) : -1; m >= 0 && good; m = json_next(job, m)) {
		CLEANUP(free) char *name = json_cstr(job, m);
		CLEANUP(free) char *value = json_cstr(job, json_value(job, m));

		good = name && value && !add(extra, &n, name, value);
	}
	/* Ours last: they must not be bent by the user's. */
	if (good && !add_ours(job, extra, &n, job_path, root_path, service))
		out = env_sanitised(environ_in, extra);
	payload_free(extra);
	return out;
}
