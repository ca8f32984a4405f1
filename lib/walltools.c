/* SPDX-License-Identifier: MIT */
#include "walltools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "config.h"
#include "job.h"
#include "path.h"
#include "store.h"
#include "strv.h"

/* Tool chains outside /usr, below the home: programs and libraries, no credentials. */
static const char *const toolchains[] = {
	".cargo/bin", ".rustup", ".nvm", ".pyenv", ".rbenv", ".rvm", ".asdf", ".sdkman", ".volta",
	".bun", ".deno/bin", ".dotnet", ".goenv", "go/bin", "sdk", ".jenv", ".nodenv", ".ghcup/bin",
	".local/bin", ".local/lib", ".local/pipx", ".local/share/mise", ".local/share/uv",
	".local/share/pnpm", ".opam", ".swiftly", ".juliaup", ".elan",
};

/* Where a tool chain says that it is, from our own environment. */
static const char *const variables[] = {
	"RUSTUP_HOME", "NVM_DIR", "VOLTA_HOME", "PNPM_HOME", "BUN_INSTALL", "PYENV_ROOT", "RBENV_ROOT",
	"GOROOT", "JAVA_HOME", "JDK_HOME", "MAVEN_HOME", "GRADLE_HOME", "ANDROID_HOME",
};

void
walltools_place(struct strv *out, const char *option, const char *path)
{
	CLEANUP(fd) int fd = open(path, O_PATH | O_CLOEXEC);
	CLEANUP(free) char *real = fd < 0 ? NULL : path_of_fd(fd);

	if (real)
		strv_push2(out, option, real);
}

static void
add_toolchains(struct strv *out)
{
	const char *home = getenv("HOME");
	CLEANUP(buf) struct buf path = BUF_INIT;

	for (size_t i = 0; home && *home == '/' && i < sizeof toolchains / sizeof *toolchains; i++)
		if (buf_addf(&path, "%s/%s", home, toolchains[i]) == 0) {
			walltools_place(out, "--read", path.p);
			buf_reset(&path);
		}
}

/* A directory that holds the home, or what else is nobody's business, is not a program's. */
static bool
too_wide(const char *dir)
{
	const char *home = getenv("HOME");
	CLEANUP(fd) int fd = home ? open(home, O_PATH | O_CLOEXEC) : -1;
	CLEANUP(free) char *real = fd < 0 ? NULL : path_of_fd(fd);
	const char *rest = real && path_below(dir, real) ? dir + strlen(real) : NULL;

	return !*dir || (real && path_below(real, dir)) || (rest && !strcmp(rest, "/.local"));
}

/* The program, and the directory that it is really in, above a bin/ what it belongs to. */
static void
add_program(struct strv *out, const char *file)
{
	CLEANUP(fd) int fd = open(file, O_PATH | O_CLOEXEC);
	CLEANUP(free) char *real = fd < 0 ? NULL : path_of_fd(fd);
	char *slash = real ? strrchr(real, '/') : NULL, *up;

	if (!slash)
		return;
	*slash = '\0';
	if (too_wide(real)) {
		*slash = '/';
		strv_push2(out, "--read", real);
		return;
	}
	up = strrchr(real, '/');
	if (up && !strcmp(up, "/bin")) {
		*up = '\0';
		if (too_wide(real))
			*up = '/';
	}
	strv_push2(out, "--read", real);
}

static void
add_variables(struct strv *out)
{
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *dir = getenv(variables[i]);
		CLEANUP(fd) int fd = dir && *dir == '/' ? open(dir, O_PATH | O_CLOEXEC) : -1;
		CLEANUP(free) char *real = fd < 0 ? NULL : path_of_fd(fd);

		if (real && !too_wide(real))
			strv_push2(out, "--read", real);
	}
}

void
walltools_add(struct strv *out, const char *program)
{
	add_variables(out);
	add_toolchains(out);
	if (program)
		add_program(out, program);
}

/* ---- caches of builds ---- */

/* A login or a key that a package manager keeps beside its cache. */
static bool
is_login(const char *name)
{
	static const char *const patterns[] = {
		"credentials*", "auth*.json", ".netrc", ".npmrc", "*token*",
	};

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (!fnmatch(patterns[i], name, 0))
			return true;
	return false;
}

static int
mask_logins(struct strv *out, const char *dir)
{
	CLEANUP(dir) DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (errno = 0, e = readdir(d))) {
		CLEANUP(buf) struct buf path = BUF_INIT;

		if (!is_login(e->d_name))
			continue;
		if (buf_addf(&path, "%s/%s", dir, e->d_name) < 0)
			return -1;
		strv_push2(out, "--mask", path.p);
	}
	return d && !errno ? 0 : -1;
}

static int
add_cache(struct strv *out, const char *name, struct buf *why)
{
	const char *home = getenv("HOME");
	CLEANUP(buf) struct buf path = BUF_INIT;

	if (*name != '/' && (!home || *home != '/'))
		return 0;
	if (buf_addf(&path, "%s%s%s", *name == '/' ? "" : home, *name == '/' ? "" : "/", name) < 0)
		return -1;
	CLEANUP(fd) int fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free) char *real = fd < 0 ? NULL : path_of_fd(fd);

	if (!real)
		return 0;		/* not there */
	if (too_wide(real)) {
		(void)buf_addf(why, "JOBDIR_CACHES: '%s' is no cache: it holds more than that", name);
		errno = EINVAL;
		return -1;
	}
	strv_push2(out, "--cache", real);
	return mask_logins(out, real);
}

int
walltools_caches(struct strv *out, int jobfd, const char *job, struct buf *why)
{
	const char *list = config_text("JOBDIR_CACHES", NULL);
	CLEANUP(free) char *copy = list ? strdup(list) : NULL;
	CLEANUP(buf) struct buf in = BUF_INIT;
	CLEANUP(fd) int dir = -1;
	char *save, *p;

	if (!list)
		return 0;
	dir = store_mkdir(jobfd, JOB_CACHES);
	if (!copy || dir < 0 || buf_addf(&in, "%s/" JOB_CACHES, job) < 0)
		return -1;
	strv_push2(out, "--cache-in", in.p);
	for (p = strtok_r(copy, ":", &save); p; p = strtok_r(NULL, ":", &save))
		if (add_cache(out, p, why) < 0)
			return -1;
	return 0;
}
