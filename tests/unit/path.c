/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "t.h"

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

	OK(path_is_clean("a", 1) && path_is_clean("a/b.c/..d/...", 13), "clean");
	OK(!path_is_clean("", 0) && !path_is_clean("/a", 2) && !path_is_clean("a/", 2) &&
		!path_is_clean("a//b", 4) && !path_is_clean(".", 1) && !path_is_clean("a/./b", 5) &&
		!path_is_clean("a/..", 4) && !path_is_clean("a\0b", 3), "not clean");
	OK(path_below("/a/b", "/a/b") && path_below("/a/b/c", "/a/b") && path_below("/a", "/") &&
		path_below("/a/b", "/a/b/"), "below");
	OK(!path_below("/a/bc", "/a/b") && !path_below("/a", "/a/b"), "not below");
	OK(!system("rm -r a link etc dangling") && !rmdir(top), "nothing else was made");
	return t_done();
}
