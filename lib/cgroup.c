/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "store.h"

#define PROC_TEXT_MAX (4u << 20)

void
cgroup_init(struct cgroup *g)
{
	*g = (struct cgroup){ .parent = -1, .dir = -1, .procs = -1 };
}

/* Our path in the v2 hierarchy: the line "0::PATH", without its newline. */
static const char *
own_path(const char *cgroups, size_t *len)
{
	for (const char *p = cgroups; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncmp(p, "0::/", 4))
			continue;
		*len = strcspn(p + 3, "\n");
		return p + 3;
	}
	return NULL;
}

/* Field n (from 0) of a line; its length in *len. NULL: there are not so many. */
static const char *
field(const char *line, size_t n, size_t *len)
{
	while (n--) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return NULL;
		line++;
	}
	*len = strcspn(line, " \n");
	return *len ? line : NULL;
}

/* Is this mountinfo line one of file system cgroup2? The type follows " - ". */
static bool
is_cgroup2(const char *line)
{
	size_t n = strcspn(line, "\n");
	const char *dash = memmem(line, n, " - ", 3);

	return dash && !strncmp(dash + 3, "cgroup2 ", 8);
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void
add_decoded(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\\' && i + 3 < n) {
			int c = (p[i + 1] - '0') * 64 + (p[i + 2] - '0') * 8 + p[i + 3] - '0';

			(void)buf_addch(out, (char)c);
			i += 3;
		} else {
			(void)buf_addch(out, p[i]);	/* sticky */
		}
	}
}

int
cgroup_locate(const char *cgroups, const char *mounts, struct buf *out)
{
	size_t own_len, root_len = 0, at_len = 0;
	const char *own = own_path(cgroups, &own_len);

	for (const char *p = mounts; own && *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const char *root = field(p, 3, &root_len), *at = field(p, 4, &at_len);

		if (!root || !at || !is_cgroup2(p))
			continue;
		if (root_len == 1)
			root_len = 0;	/* "/": everything is below it */
		if (own_len < root_len || memcmp(own, root, root_len) ||
		    (own_len > root_len && own[root_len] != '/'))
			continue;	/* mounted is a part that we are not in */
		add_decoded(out, at, at_len);
		return buf_add(out, own + root_len, own_len - root_len);
	}
	errno = ENOENT;
	return -1;
}

static int
read_proc(const char *name, struct buf *out)
{
	CLEANUP(fd) int fd = open(name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : buf_read(out, fd, PROC_TEXT_MAX);
}

static int
make(struct cgroup *g)
{
	CLEANUP(buf) struct buf own = BUF_INIT, mounts = BUF_INIT, path = BUF_INIT;
	struct stat st;

	if (read_proc("/proc/self/cgroup", &own) < 0 || read_proc("/proc/self/mountinfo", &mounts) < 0 ||
	    cgroup_locate(own.p, mounts.p, &path) < 0)
		return -1;
	g->parent = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->parent < 0 || mkdirat(g->parent, g->name, 0755) < 0)
		return -1;
	g->dir = store_opendir(g->parent, g->name);
	if (g->dir < 0 || fstatat(g->dir, "cgroup.kill", &st, 0) < 0)
		return -1;
	g->procs = openat(g->dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	return g->procs < 0 ? -1 : 0;
}

int
cgroup_make(struct cgroup *g, const char *id, struct buf *why)
{
	int e;

	cgroup_init(g);
	(void)snprintf(g->name, sizeof g->name, "jobdir-%.40s", id);	/* fits */
	if (!make(g))
		return 0;
	e = errno;
	cgroup_release(g);
	(void)buf_addf(why, "no cgroup of version 2 can be made: %s", strerror(e));
	errno = e;
	return -1;
}

int
cgroup_enter(const struct cgroup *g)
{
	return write(g->procs, "0", 1) == 1 ? 0 : -1;
}

int
cgroup_kill(const struct cgroup *g)
{
	CLEANUP(buf) struct buf procs = BUF_INIT;
	CLEANUP(fd) int list = openat(g->dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	CLEANUP(fd) int fd = openat(g->dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	int n = 0;

	if (list < 0 || fd < 0 || buf_read(&procs, list, PROC_TEXT_MAX) < 0 ||
	    store_write_all(fd, "1", 1) < 0)
		return -1;
	for (size_t i = 0; i < procs.len; i++)
		n += procs.p[i] == '\n';
	return n;
}

void
cgroup_release(struct cgroup *g)
{
	cleanup_fd(&g->procs);
	if (g->dir >= 0)
		(void)unlinkat(g->parent, g->name, AT_REMOVEDIR);	/* not empty: it stays */
	cleanup_fd(&g->dir);
	cleanup_fd(&g->parent);
}
