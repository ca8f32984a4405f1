/* SPDX-License-Identifier: MIT */
#include "walltools.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "path.h"
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
