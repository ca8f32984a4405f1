/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "t.h"
#include "walk.h"

static int dir;

/* The errno of an attempt, 0 when it opened. */
static int
try(const char *rel, int flags)
{
	int fd = path_open(dir, rel, flags, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void
opening(void)
{
	const char *base;
	char *p;
	int fd;

	EQ(try("a/b/f", O_RDONLY), 0, "a file below");
	EQ(try("a/b", O_RDONLY | O_DIRECTORY), 0, "a directory below");
	EQ(try("a/b/new", O_WRONLY | O_CREAT | O_EXCL), 0, "made");
	EQ(unlinkat(dir, "a/b/new", 0), 0, "it was");
	EQ(try("a/x", O_RDONLY), ENOENT, "absent");
	EQ(try("a/b/f/x", O_RDONLY), ENOTDIR, "through a file");
	EQ(try("../etc/passwd", O_RDONLY), EXDEV, "..");
	EQ(try("a/../../x", O_RDONLY), EXDEV, ".. inside");
	EQ(try("/etc/passwd", O_RDONLY), EXDEV, "absolute");
	EQ(try("", O_RDONLY), ENOENT, "empty");
	EQ(try("a//b", O_RDONLY), EXDEV, "an empty component");
	EQ(try("link", O_RDONLY), ELOOP, "a link as the last");
	EQ(try("link/f", O_RDONLY), ELOOP, "a link on the way");
	EQ(try("link", O_PATH), ELOOP, "a link, O_PATH");
	EQ(try("etc/passwd", O_RDONLY), ELOOP, "an absolute link on the way");
	EQ(try("dangling", O_WRONLY | O_CREAT), ELOOP, "a dangling link is not created through");

	fd = path_open_parent(dir, "a/b/f", false, &base);
	OK(fd >= 0, "the parent");
	IS(base, "f", "and what is left");
	OK(!faccessat(fd, "f", F_OK, 0), "is the right one");
	close(fd);
	fd = path_open_parent(dir, "top", false, &base);
	OK(fd >= 0 && !strcmp(base, "top"), "of a name without a slash: the directory itself");
	close(fd);
	OK(path_open_parent(dir, "n/e/w", false, &base) < 0 && errno == ENOENT, "not made unasked");
	fd = path_open_parent(dir, "n/e/w", true, &base);
	OK(fd >= 0 && !strcmp(base, "w"), "made when asked");
	p = path_of_fd(fd);
	OK(p && !strcmp(p + strlen(p) - 4, "/n/e"), "path_of_fd says where");
	free(p);
	unlinkat(dir, "n/e", AT_REMOVEDIR);
	p = path_of_fd(fd);
	OK(!p && errno == ENOENT, "path_of_fd of what was deleted");
	close(fd);
	unlinkat(dir, "n", AT_REMOVEDIR);
	OK(path_open_parent(dir, "link/x/y", true, &base) < 0 && errno == ELOOP, "not made through a link");
	OK(path_open_parent(dir, "../x", true, &base) < 0 && errno == EXDEV, "not made outside");
}

#define SWAPS 20000

/* Exchange the directory "in" and the link "out" until told to end. */
static pid_t
swapper(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (renameat2(dir, "in", dir, "out", RENAME_EXCHANGE) < 0)
			_exit(1);
}

/* 'i' the file inside, 'o' the one outside, 0 refused. */
static char
what_opens(int how)
{
	const char *base;
	struct stat st;
	char c = 0;
	int fd = -1, parent;

	if (how == 0) {
		fd = path_open(dir, "in/d/f", O_RDONLY, 0);
	} else if (how == 1) {
		parent = path_open_parent(dir, "in/d/f", false, &base);
		fd = parent < 0 ? -1 : openat(parent, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (parent >= 0)
			close(parent);
	} else {
		fd = walk_open(dir, "in/d/f", &st);
	}
	if (fd < 0)
		return 0;
	if (read(fd, &c, 1) != 1)
		c = '?';
	close(fd);
	return c;
}

/* R9.1: a directory and a link to elsewhere change places while we open: never elsewhere. */
static void
racing(const char *walked)
{
	static const char *const names[] = { "path_open", "path_open_parent", "walk_open" };

	for (int how = 0; how < 3; how++) {
		int in = 0, out = 0, refused = 0, status;
		pid_t pid = swapper();

		/* Longer only until both have been met, so that there was a race at all. */
		for (int i = 0; i < SWAPS || (i < 100 * SWAPS && (!in || !refused)); i++) {
			char c = what_opens(how);

			in += c == 'i';
			out += c && c != 'i';
			refused += !c;
		}
		printf("# %s%s: %d inside, %d refused\n", names[how], walked, in, refused);
		OK(waitpid(pid, &status, WNOHANG) == 0, "they were swapped all the time");
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		EQ(out, 0, "no escape");
		OK(in && refused, "and it was a race");
	}
}

int
main(void)
{
	char top[] = "/tmp/jobdir-path-XXXXXX";

	if (!mkdtemp(top) || chdir(top) < 0 ||
	    system("mkdir -p a/b && touch a/b/f && ln -s a link && ln -s /etc etc && ln -s gone dangling"))
		return 99;
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	opening();
	path_no_openat2 = true;
	printf("# again, component by component\n");
	opening();
	if (system("mkdir -p in/d elsewhere/d && echo i >in/d/f && echo o >elsewhere/d/f && ln -s elsewhere out"))
		return 99;
	racing(", by component");
	path_no_openat2 = false;
	racing("");
	(void)unlinkat(dir, "in", 0);	/* whichever is the link */
	(void)unlinkat(dir, "out", 0);

	OK(path_is_clean("a", 1) && path_is_clean("a/b.c/..d/...", 13), "clean");
	OK(!path_is_clean("", 0) && !path_is_clean("/a", 2) && !path_is_clean("a/", 2) &&
		!path_is_clean("a//b", 4) && !path_is_clean(".", 1) && !path_is_clean("a/./b", 5) &&
		!path_is_clean("a/..", 4) && !path_is_clean("a\0b", 3), "not clean");
	OK(path_below("/a/b", "/a/b") && path_below("/a/b/c", "/a/b") && path_below("/a", "/") &&
		path_below("/a/b", "/a/b/"), "below");
	OK(!path_below("/a/bc", "/a/b") && !path_below("/a", "/a/b"), "not below");
	OK(!system("rm -rf in out elsewhere && rm -r a link etc dangling") && !rmdir(top), "nothing else was made");
	return t_done();
}
