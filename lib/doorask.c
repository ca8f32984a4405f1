/* SPDX-License-Identifier: MIT */
#include "doorask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "buf.h"
#include "gwconf.h"
#include "home.h"
#include "job.h"

int
doorask_variable(const struct job *j, const char *name, char **out)
{
	const char *v;

	*out = NULL;
	errno = 0;
	v = *out = json_get_cstr(&j->doc, json_get(&j->doc, 0, "env"), name);
	if (!v && errno == ENOMEM)
		return -1;
	if (!v)
		v = getenv(name);
	if (!v || !*v) {
		free(*out);
		*out = NULL;
		return 0;
	}
	if (!*out)
		*out = strdup(v);
	return *out ? 0 : -1;
}

int
doorask_is_on(const struct job *j, const char *name)
{
	CLEANUP(free) char *v = NULL;

	if (doorask_variable(j, name, &v) < 0)
		return -1;
	return v && (!strcmp(v, "1") || !strcmp(v, "true") || !strcmp(v, "yes"));
}

int
doorask_upstream(const struct job *j, bool adapter, char **out)
{
	if (adapter && (doorask_variable(j, "ONEAPI_BASE_URL", out) < 0 || *out))
		return *out ? 0 : -1;
	return doorask_variable(j, "ANTHROPIC_BASE_URL", out);
}

int
doorask_serves(const char *url, bool needed)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gwupstream u = { .base = NULL };
	int got;

	if (!url)
		return !needed;
	errno = 0;
	got = gwconf_url(&u, url, &why);
	free(u.base);
	return !got ? 1 : errno == ENOMEM ? -1 : 0;
}

int
doorask_program(void)
{
	CLEANUP(free) char *program = home_command("gateway");
	struct stat st;

	if (!program)
		return -1;
	if (stat(program, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	return S_ISREG(st.st_mode) && st.st_mode & 0111;
}
