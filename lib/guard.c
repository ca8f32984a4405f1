/* SPDX-License-Identifier: MIT */
/*
 * guard: where requests may work. A directory is opened first and judged by
 * where its descriptor is, so that no symlink and no rename between the
 * question and the use can change the answer.
 */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "config.h"
#include "num.h"
#include "path.h"

#define ROOTS "CODEX_CLAUDE_ALLOW_ROOTS"

/* Never worked in themselves, whatever is allowed; below them only if allowed. */
static const char *const dangerous[] = {
	"/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt", "/proc", "/root", "/sbin",
	"/sys", "/tmp", "/usr", "/var",
};

static const char *const default_roots[] = { "projects", "work", "codex-claude" };

/* Is it the same directory, under whatever name? */
static bool
same_dir(int fd, const char *path)
{
	int other CLEANUP(fd) = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat a, b;

	return other >= 0 && fstat(fd, &a) == 0 && fstat(other, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A dangerous directory by itself: its name, or NULL. */
static const char *
dangerous_dir(int fd)
{
	const char *home = getenv("HOME");

	for (size_t i = 0; i < sizeof dangerous / sizeof *dangerous; i++)
		if (same_dir(fd, dangerous[i]))
			return dangerous[i];
	return home && *home == '/' && same_dir(fd, home) ? "the home directory" : NULL;
}

/* Where a directory really is; malloc'd, NULL if it is not there. */
static char *
place_of(const char *path)
{
	int fd CLEANUP(fd) = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : path_of_fd(fd);
}

/* One allow root: does path lie below it? Its name goes to the list for people. */
static bool
below_root(const char *path, const char *root, struct buf *list)
{
	char *place CLEANUP(free) = NULL;

	(void)buf_addf(list, "%s%s", list->len ? ", " : "", root);
	if (*root != '/')
		return false;	/* relative to what? */
	place = place_of(root);
	return place && path_below(path, place);
}

static int
add_home(struct buf *b, const char *rest, size_t len)
{
	const char *home = getenv("HOME");

	if (!home || *home != '/')
		return 1;
	return buf_addf(b, "%s/%.*s", home, (int)len, rest) < 0 ? -1 : 0;
}

/* 1 allowed, 0 not, -1+errno; list gets the roots. */
static int
allowed(const char *path, struct buf *list)
{
	const char *roots = getenv(ROOTS);
	struct buf root CLEANUP(buf) = BUF_INIT;
	int found = 0;

	for (size_t i = 0; (!roots || !*roots) && i < sizeof default_roots / sizeof *default_roots; i++) {
		buf_reset(&root);
		if (add_home(&root, default_roots[i], strlen(default_roots[i])) == 0)
			found |= below_root(path, root.p, list);
	}
	while (roots && *roots) {
		size_t n = strcspn(roots, ":,");

		buf_reset(&root);
		if (n > 1 && roots[0] == '~' && roots[1] == '/')
			(void)add_home(&root, roots + 2, n - 2);
		else
			(void)buf_add(&root, roots, n);
		if (root.len)
			found |= below_root(path, root.p, list);
		roots += n + (roots[n] != '\0');
	}
	if (!buf_ok(&root) || !buf_ok(list)) {
		errno = ENOMEM;
		return -1;
	}
	return found;
}

/* Open and locate; refuse what is dangerous by itself. An O_PATH descriptor. */
static int
open_cwd(const char *cwd, char **path, struct buf *why)
{
	int fd CLEANUP(fd) = -1;
	const char *danger;

	*path = NULL;
	if (!*cwd) {
		(void)buf_addstr(why, "cwd is empty: name the directory to work in");
		errno = EINVAL;
		return -1;
	}
	fd = open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int e = errno;

		(void)buf_addf(why, "cannot work in '%s': %s", cwd, strerror(e));
		errno = e;
		return -1;
	}
	danger = dangerous_dir(fd);
	if (danger) {
		(void)buf_addf(why, "'%s' is %s, which is never worked in: name a directory below it",
		    cwd, danger);
		errno = EPERM;
		return -1;
	}
	*path = path_of_fd(fd);
	if (!*path)
		return -1;
	if (!num_is_utf8(*path, strlen(*path))) {
		(void)buf_addf(why, "the path '%s' is not UTF-8, and records of jobs are: rename the "
		    "directory", *path);
		free(*path);
		*path = NULL;
		errno = EINVAL;
		return -1;
	}
	return steal_fd(&fd);
}

/* The descriptor to work with, of the very directory that was judged. */
static int
usable(int fd, char **path, struct buf *why)
{
	int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0) {
		int e = errno;

		(void)buf_addf(why, "cannot read '%s': %s", *path, strerror(e));
		free(*path);
		*path = NULL;
		errno = e;
	}
	return dir;
}

int
guard_cwd(const char *cwd, char **path, struct buf *why)
{
	int fd CLEANUP(fd) = open_cwd(cwd, path, why);
	struct buf list CLEANUP(buf) = BUF_INIT;
	int ok;

	if (fd < 0)
		return -1;
	ok = allowed(*path, &list);
	if (ok > 0)
		return usable(fd, path, why);
	if (!ok) {
		(void)buf_addf(why, "'%s' is outside the allow roots (%s): work below one of them, or add "
		    "the directory to " ROOTS " in the environment of the server (jobdir setup --print "
		    "shows where)", *path, list.len ? list.p : "none");
		errno = EPERM;
	}
	free(*path);
	*path = NULL;
	return -1;
}

int
guard_cwd_person(const char *cwd, char **path, struct buf *why)
{
	int fd CLEANUP(fd) = open_cwd(cwd, path, why);

	return fd < 0 ? -1 : usable(fd, path, why);
}

/* ---- the worker's root ---- */

char *
guard_sandbox_root(struct buf *why)
{
	const char *root = config_text("SANDBOX_ROOT", NULL);
	char *place = root && *root == '/' ? place_of(root) : NULL;

	if (place && strcmp(place, "/"))
		return place;
	if (!root)
		(void)buf_addstr(why, "SANDBOX_ROOT is not set: it names the directory below which the "
			"worker's tools may work (environment of the server, or ~/.config/jobdir/env)");
	else
		(void)buf_addf(why, "SANDBOX_ROOT '%s' is %s", root, place ? "the whole machine" :
			"not an absolute path of a directory that is there");
	free(place);
	errno = EPERM;
	return NULL;
}

int
guard_sandbox(const char *dir, char **path, struct buf *why)
{
	char *root CLEANUP(free) = guard_sandbox_root(why);
	int fd CLEANUP(fd) = -1;

	*path = NULL;
	if (!root)
		return -1;
	if (*dir != '/') {
		(void)buf_addf(why, "'%s' is not an absolute path", dir);
		errno = EINVAL;
		return -1;
	}
	fd = open_cwd(dir, path, why);
	if (fd < 0)
		return -1;
	if (path_below(*path, root))
		return usable(fd, path, why);
	(void)buf_addf(why, "'%s' is outside SANDBOX_ROOT '%s'", *path, root);
	free(*path);
	*path = NULL;
	errno = EPERM;
	return -1;
}

/* ---- files ---- */

/* No "." or "..", for what is not there and so cannot be asked. */
static bool
plain_rest(const char *p)
{
	while (*p) {
		size_t n = strcspn(p, "/");

		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n + strspn(p + n, "/");
	}
	return true;
}

/*
 * Open what exists of file: the whole, or its longest beginning. *rest points
 * into file at what does not exist ("" if all does). fd or -1.
 */
static int
open_existing(int cwd_fd, const char *file, const char **rest)
{
	size_t n = strlen(file);

	for (;;) {
		char *head CLEANUP(free) = n ? strndup(file, n) : strdup(".");
		struct stat st;
		int fd;

		if (!head)
			return -1;
		fd = openat(cwd_fd, head, O_PATH | O_CLOEXEC);
		if (fd >= 0) {
			*rest = file + n + strspn(file + n, "/");
			return fd;
		}
		if (errno != ENOENT)
			return -1;
		if (fstatat(cwd_fd, head, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			errno = ELOOP;	/* a symlink to nothing: who knows where it will lead */
			return -1;
		}
		while (n && file[n - 1] == '/')
			n--;
		while (n && file[n - 1] != '/')
			n--;
		while (n > 1 && file[n - 1] == '/')
			n--;
	}
}

int
guard_file(int cwd_fd, const char *cwd, const char *file, char **rel, struct buf *why)
{
	char *place CLEANUP(free) = NULL;
	struct buf out CLEANUP(buf) = BUF_INIT;
	const char *rest = "";
	int fd CLEANUP(fd) = -1;
	int e;

	*rel = NULL;
	if (!*file) {
		(void)buf_addstr(why, "a file name is empty");
		errno = EINVAL;
		return -1;
	}
	fd = open_existing(cwd_fd, file, &rest);
	e = errno;
	place = fd < 0 ? NULL : path_of_fd(fd);
	if (!place) {
		e = fd < 0 ? e : errno;
		(void)buf_addf(why, "cannot resolve '%s': %s", file, strerror(e));
		errno = e;
		return -1;
	}
	if (!path_below(place, cwd) || !plain_rest(rest)) {
		(void)buf_addf(why, "'%s' is outside the working directory '%s'", file, cwd);
		errno = EPERM;
		return -1;
	}
	(void)buf_addstr(&out, strlen(place) > strlen(cwd) ? place + strlen(cwd) + (cwd[1] != '\0') : "");
	if (*rest)
		(void)buf_addf(&out, "%s%s", out.len ? "/" : "", rest);
	while (out.len && out.p[out.len - 1] == '/')
		buf_setlen(&out, out.len - 1);
	if (!out.len)
		(void)buf_addch(&out, '.');
	*rel = buf_steal(&out);
	return *rel ? 0 : -1;
}
