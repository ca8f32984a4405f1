/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "path.h"

/* A variable that is set, not empty and, as XDG asks, absolute. */
static const char *
absolute_env(const char *name)
{
	const char *v = getenv(name);

	return v && *v == '/' ? v : NULL;
}

static char *
join(const char *dir, const char *rest)
{
	char *s;

	return asprintf(&s, "%s%s", dir, rest) < 0 ? NULL : s;
}

char *
home_bin(void)
{
	char to[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", to, sizeof to);
	char *slash;

	if (n < 0)
		return NULL;
	if ((size_t)n >= sizeof to) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	to[n] = '\0';
	slash = strrchr(to, '/');
	if (!slash) {
		errno = ENOENT;
		return NULL;
	}
	slash[slash == to] = '\0';
	return strdup(to);
}

char *
home_command(const char *name)
{
	CLEANUP(free) char *bin = home_bin();
	char *s;

	if (!bin)
		return NULL;
	return asprintf(&s, "%s/jobdir-%s", bin, name) < 0 ? NULL : s;
}

/* Where BIN/REST really is, if it has the tools that every installation has. */
static char *
data_dir(const char *bin, const char *rest)
{
	CLEANUP(free) char *dir = join(bin, rest);
	CLEANUP(fd) int fd = -1;
	CLEANUP(fd) int tools = -1;

	if (!dir)
		return NULL;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	tools = openat(fd, "tools", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tools < 0 ? NULL : path_of_fd(fd);
}

char *
home_data(void)
{
	static const char *const beside[] = { "/../share/jobdir", "/../lib", "/../../../lib" };
	const char *env = absolute_env("JOBDIR_DATA");
	CLEANUP(free) char *bin = NULL;

	if (env)
		return strdup(env);
	bin = home_bin();
	if (!bin)
		return NULL;
	for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
		char *got = data_dir(bin, beside[i]);

		if (got || errno == ENOMEM)
			return got;
	}
	errno = ENOENT;
	return NULL;
}

/* "$XDG/jobdir", else "$HOME/FALLBACK/jobdir". */
static char *
under_home(const char *xdg, const char *fallback)
{
	const char *dir = absolute_env(xdg);
	const char *home;

	if (dir)
		return join(dir, "/jobdir");
	home = absolute_env("HOME");
	if (home)
		return join(home, fallback);
	errno = ENOENT;
	return NULL;
}

char *
home_config(void)
{
	return under_home("XDG_CONFIG_HOME", "/.config/jobdir");
}

char *
home_state(void)
{
	const char *dir = getenv("JOBDIR_STATE");

	if (!dir || !*dir) {
		char *s = under_home("XDG_STATE_HOME", "/.local/state/jobdir");

		if (!s && errno == ENOENT)
			errno = EDESTADDRREQ;	/* ENOENT would read as "no jobs yet" */
		return s;
	}
	if (*dir == '/')
		return strdup(dir);
	errno = EINVAL;		/* relative: every directory would have its own jobs */
	return NULL;
}
