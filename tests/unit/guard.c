/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "t.h"

static char top[64];		/* a fresh directory, resolved */

static char *
in(const char *rel)
{
	static char path[4][256];
	static int i;

	i = (i + 1) % 4;
	(void)snprintf(path[i], sizeof path[i], "%s%s", top, rel);
	return path[i];
}

/* Judge; 0 and the path as expected, else the errno. */
static int
cwd(int (*judge)(const char *, char **, struct buf *), const char *dir, const char *want, struct buf *why)
{
	char *path = NULL;
	int fd, e;

	buf_reset(why);
	fd = judge(dir, &path, why);
	e = errno;
	if (fd < 0)
		return path ? -1 : e;
	e = faccessat(fd, ".", R_OK, 0) == 0 && (!want || !strcmp(path, want)) ? 0 : -2;
	free(path);
	(void)close(fd);
	return e;
}

static void
test_roots(void)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", in("/allowed"), 1);
	EQ(cwd(guard_cwd, in("/allowed"), in("/allowed"), &why), 0, "an allow root is allowed");
	EQ(cwd(guard_cwd, in("/allowed/a/"), in("/allowed/a"), &why), 0, "so is what is below");
	EQ(cwd(guard_cwd, in("/allowed/../allowed/a/."), in("/allowed/a"), &why), 0, "by any name");
	EQ(cwd(guard_cwd, in("/allowed2"), NULL, &why), EPERM, "a name that begins alike is not");
	OK(strstr(why.p, in("/allowed")) && strstr(why.p, "CODEX_CLAUDE_ALLOW_ROOTS"),
	    "the message names the roots and what widens them");
	EQ(cwd(guard_cwd, in("/allowed/out"), NULL, &why), EPERM, "a symlink out of it is not");
	EQ(cwd(guard_cwd, in("/allowed2/in"), in("/allowed/a"), &why), 0, "a symlink into it is");
	EQ(cwd(guard_cwd, in("/allowed/none"), NULL, &why), ENOENT, "what is not there is said");
	EQ(cwd(guard_cwd, in("/allowed/file"), NULL, &why), ENOTDIR, "so is a file");
	EQ(cwd(guard_cwd, "", NULL, &why), EINVAL, "and nothing");
	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", "/no/such/place,relative", 1);
	EQ(cwd(guard_cwd, in("/allowed"), NULL, &why), EPERM, "roots that are not there allow nothing");
	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", "/no/such/place::~/x,", 1);
	(void)setenv("HOME", top, 1);
	EQ(cwd(guard_cwd, in("/x"), NULL, &why), 0, "several roots, ~/ is the home");
	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", in("/link"), 1);
	EQ(cwd(guard_cwd, in("/allowed/a"), NULL, &why), 0, "a root may be a symlink");
}

static void
test_defaults(void)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	(void)setenv("HOME", top, 1);
	(void)unsetenv("CODEX_CLAUDE_ALLOW_ROOTS");
	EQ(cwd(guard_cwd, in("/projects/p"), NULL, &why), 0, "~/projects is allowed by default");
	EQ(cwd(guard_cwd, in("/x"), NULL, &why), EPERM, "other parts of the home are not");
	OK(strstr(why.p, "/projects, ") && strstr(why.p, "/codex-claude"), "the defaults are named");
	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", "", 1);
	EQ(cwd(guard_cwd, in("/projects/p"), NULL, &why), 0, "an empty list is no list");
	(void)unsetenv("HOME");
	EQ(cwd(guard_cwd, in("/projects/p"), NULL, &why), EPERM, "without HOME nothing is");
	OK(strstr(why.p, "(none)") != NULL, "and that is said");
}

static void
test_dangerous(void)
{
	static const char *const roots[] = { "/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64",
	    "/opt", "/proc", "/root", "/sbin", "/sys", "/tmp", "/usr", "/var", "/usr/..", "/etc/../usr/" };
	struct buf why CLEANUP(buf) = BUF_INIT;

	(void)setenv("HOME", top, 1);
	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", "/", 1);
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		if (access(roots[i], F_OK) < 0)
			continue;
		EQ(cwd(guard_cwd, roots[i], NULL, &why), EPERM, roots[i]);
		EQ(cwd(guard_cwd_person, roots[i], NULL, &why), EPERM, "nor for a person");
	}
	EQ(cwd(guard_cwd, top, NULL, &why), EPERM, "the home itself is not worked in");
	EQ(cwd(guard_cwd_person, top, NULL, &why), EPERM, "nor by a person");
	EQ(cwd(guard_cwd, in("/tolink"), NULL, &why), EPERM, "nor through a symlink");
	EQ(cwd(guard_cwd, in("/x"), NULL, &why), 0, "below a dangerous root what is allowed is");
	(void)setenv("CODEX_CLAUDE_ALLOW_ROOTS", "/no/such", 1);
	EQ(cwd(guard_cwd, in("/x"), NULL, &why), EPERM, "and nothing else");
	EQ(cwd(guard_cwd_person, in("/x"), in("/x"), &why), 0, "a person may work anywhere else");
}

static void
file_is(int fd, const char *dir, const char *file, const char *want)
{
	struct buf why CLEANUP(buf) = BUF_INIT;
	char *rel = NULL;
	int r = guard_file(fd, dir, file, &rel, &why);

	if (want)
		IS(r == 0 ? rel : why.p, want, file);
	else
		OK(r < 0 && !rel && why.len, *file ? file : "(empty)");
	free(rel);
}

static void
test_files(void)
{
	const char *dir = in("/allowed/a");
	char here[256];
	int fd;

	(void)snprintf(here, sizeof here, "%s", dir);
	fd = open(here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file_is(fd, here, "sub/f", "sub/f");
	file_is(fd, here, "./sub//f", "sub/f");
	file_is(fd, here, "sub/", "sub");
	file_is(fd, here, ".", ".");
	file_is(fd, here, here, ".");
	file_is(fd, here, in("/allowed/a/sub/f"), "sub/f");
	file_is(fd, here, in("/link/a/sub/f"), "sub/f");
	file_is(fd, here, "new", "new");
	file_is(fd, here, "sub/new/deep/er", "sub/new/deep/er");
	file_is(fd, here, "sub/new//deep/", "sub/new//deep");
	file_is(fd, here, in("/allowed/a/new/file"), "new/file");
	file_is(fd, here, "sub/../sub/f", "sub/f");
	file_is(fd, here, "-dash", "-dash");
	file_is(fd, here, "in", "sub/f");
	file_is(fd, here, "..", NULL);
	file_is(fd, here, "../file", NULL);
	file_is(fd, here, "new/../../file", NULL);
	file_is(fd, here, "/etc/passwd", NULL);
	file_is(fd, here, "/no/such", NULL);
	file_is(fd, here, "out", NULL);
	file_is(fd, here, "dangling", NULL);
	file_is(fd, here, "loop/x", NULL);
	file_is(fd, here, "sub/f/below-a-file", NULL);
	file_is(fd, here, in("/allowed/ab"), NULL);
	file_is(fd, here, "", NULL);
	(void)close(fd);
}

static void
make(void)
{
	static const char *const dirs[] = { "/allowed", "/allowed/a", "/allowed/a/sub", "/allowed/ab",
	    "/allowed2", "/x", "/projects", "/projects/p" };
	static const char *const files[] = { "/allowed/file", "/allowed/a/sub/f" };
	bool good = true;

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		good = mkdir(in(dirs[i]), 0700) == 0 && good;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		good = close(open(in(files[i]), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == 0 && good;
	good = symlink(in("/allowed2"), in("/allowed/out")) == 0 && good;
	good = symlink(in("/allowed/a"), in("/allowed2/in")) == 0 && good;
	good = symlink(in("/allowed"), in("/link")) == 0 && good;
	good = symlink(top, in("/tolink")) == 0 && good;
	good = symlink("sub/f", in("/allowed/a/in")) == 0 && good;
	good = symlink("../file", in("/allowed/a/out")) == 0 && good;
	good = symlink("nowhere", in("/allowed/a/dangling")) == 0 && good;
	good = symlink("loop", in("/allowed/a/loop")) == 0 && good;
	OK(good, "the ground is laid");
}

int
main(void)
{
	char cmd[128];

	(void)snprintf(top, sizeof top, "/tmp/jobdir-guard-XXXXXX");
	if (!mkdtemp(top))
		return 1;
	make();
	test_roots();
	test_defaults();
	test_dangerous();
	test_files();
	(void)snprintf(cmd, sizeof cmd, "rm -r %s", top);
	OK(!system(cmd), "clean up");
	return t_done();
}
