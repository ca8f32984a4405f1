/* SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "jobname.h"
#include "path.h"
#include "store.h"

#define LINE_MAX_BYTES 8192

void
workspace_release(struct workspace *w)
{
	free(w->root);
	free(w->prefix);
	free(w->common);
	free(w->slug);
	*w = (struct workspace){ .repository = false };
}

/* The one line of a small file at dirfd (the file may be dirfd itself: name NULL). */
static int
one_line(int dirfd, const char *name, struct buf *out)
{
	if (store_read(dirfd, name, out, LINE_MAX_BYTES) < 0)
		return -1;
	while (out->len && (out->p[out->len - 1] == '\n' || out->p[out->len - 1] == '\r'))
		buf_setlen(out, out->len - 1);
	return 0;
}

/* Open a directory that a file names, relative to the one it lies in. */
static int
open_named(int dirfd, const char *to)
{
	return openat(dirfd, to, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* What git asks of a git directory: HEAD, objects, refs (the last two of the common one). */
static bool
is_common(int fd)
{
	struct stat st;

	return !fstatat(fd, "objects", &st, 0) && S_ISDIR(st.st_mode) &&
		!fstatat(fd, "refs", &st, 0) && S_ISDIR(st.st_mode);
}

/* The common directory of the working tree at dirfd, or -1 (ENOENT: none here). */
static int
open_common(int dirfd)
{
	CLEANUP(buf) struct buf line = BUF_INIT;
	CLEANUP(fd) int git = open_named(dirfd, ".git");
	CLEANUP(fd) int common = -1;
	struct stat st;

	if (git < 0) {
		/* A linked worktree or a submodule: "gitdir: PATH". */
		if (errno != ENOTDIR || one_line(dirfd, ".git", &line) < 0 ||
		    strncmp(line.p, "gitdir: ", 8))
			goto none;
		git = open_named(dirfd, line.p + 8);
	}
	if (git < 0 || fstatat(git, "HEAD", &st, AT_SYMLINK_NOFOLLOW) < 0)
		goto none;
	buf_reset(&line);
	if (!one_line(git, "commondir", &line))
		common = open_named(git, line.p);
	else
		common = steal_fd(&git);
	if (common >= 0 && is_common(common))
		return steal_fd(&common);
none:
	errno = ENOENT;
	return -1;
}

static int
found(const char *cwd, size_t root_len, int common, struct workspace *w)
{
	const char *rest = cwd + root_len;
	struct buf prefix = BUF_INIT;

	rest += strspn(rest, "/");
	if (*rest) {
		(void)buf_addstr(&prefix, rest);	/* sticky: buf_steal tells */
		(void)buf_addch(&prefix, '/');
	}
	w->prefix = buf_steal(&prefix);
	w->root = strndup(cwd, root_len ? root_len : 1);
	w->common = path_of_fd(common);
	if (!w->prefix || !w->root || !w->common)
		return -1;
	w->repository = true;
	w->path = w->common;
	return 0;
}

int
workspace_find(const char *cwd, struct workspace *w)
{
	CLEANUP(free) char *dir = strdup(cwd);
	size_t n = strlen(cwd);

	*w = (struct workspace){ .path = cwd };
	if (!dir)
		return -1;
	for (;;) {
		CLEANUP(fd) int fd = open(n ? dir : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		CLEANUP(fd) int common = fd < 0 ? -1 : open_common(fd);
		struct stat st;

		if (common >= 0 && found(cwd, n, common, w) < 0)
			goto fail;
		/* In a bare repository, or inside .git: there is no working tree around us. */
		if (common >= 0 || !n || (fd >= 0 && !fstatat(fd, "HEAD", &st, AT_SYMLINK_NOFOLLOW) &&
		    is_common(fd)))
			break;
		while (n && dir[n - 1] != '/')
			n--;
		n -= n > 0;		/* the slash itself */
		dir[n] = '\0';
	}
	w->slug = job_slug(w->path);
	if (w->slug)
		return 0;
fail:
	workspace_release(w);
	return -1;
}
