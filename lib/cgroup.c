/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "store.h"

#define PROC_TEXT_MAX (4u << 20)
#define LEFT_MS 2000			/* a killed process takes a moment to go */

void
cgroup_init(struct cgroup *g)
{
	*g = (struct cgroup){ .parent = -1, .dir = -1, .procs = -1, .path = BUF_INIT };
}

int
cgroup_name(char name[CGROUP_NAME], const char *id, int jobfd)
{
	struct stat st;

	if (fstat(jobfd, &st) < 0)
		return -1;
	(void)snprintf(name, CGROUP_NAME, "jobdir-%.40s-%llx-%llx", id,		/* fits */
		(unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return 0;
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
make(struct cgroup *g, const struct cgroup_plan *plan)
{
	CLEANUP(buf) struct buf own = BUF_INIT, mounts = BUF_INIT;
	const char *slash;
	struct stat st;

	if (read_proc("/proc/self/cgroup", &own) < 0 || read_proc("/proc/self/mountinfo", &mounts) < 0 ||
	    cgroup_locate(own.p, mounts.p, &g->path) < 0)
		return -1;
	slash = g->path.p[g->path.len - 1] == '/' ? "" : "/";
	g->parent = open(g->path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->parent < 0 || buf_addf(&g->path, "%s%s", slash, g->name) < 0)
		return -1;
	if (plan->note)
		plan->note(plan->arg, g->path.p);
	if (mkdirat(g->parent, g->name, 0755) < 0)
		return -1;
	g->dir = store_opendir(g->parent, g->name);
	if (g->dir < 0 || fstatat(g->dir, "cgroup.kill", &st, 0) < 0)
		return -1;
	g->procs = openat(g->dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	return g->procs < 0 ? -1 : 0;
}

int
cgroup_make(struct cgroup *g, const struct cgroup_plan *plan, struct buf *why)
{
	int e;

	cgroup_init(g);
	(void)snprintf(g->name, sizeof g->name, "%s", plan->name);	/* as long as they are */
	if (!make(g, plan))
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
	buf_release(&g->path);
}

/* Wait, for a bounded time, until nobody is in it. cgroup.events tells changes by POLLPRI. */
static void
wait_empty(int dir)
{
	int64_t until = clock_boot_ms() + LEFT_MS, now;
	CLEANUP(fd) int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256];

	while (fd >= 0 && (now = clock_boot_ms()) < until) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		ssize_t n = pread(fd, text, sizeof text - 1, 0);

		text[n < 0 ? 0 : n] = '\0';
		if (n < 0 || strstr(text, "populated 0"))
			return;
		(void)poll(&p, 1, (int)(until - now));	/* then it is looked at again */
	}
}

int
cgroup_end_left(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	struct cgroup g;
	struct statfs fs;
	int n = -1;

	cgroup_init(&g);
	if (*path != '/' || !slash[1] || strcmp(slash + 1, name) ||
	    buf_add(&g.path, path, (size_t)(slash + 1 - path)) < 0) {
		errno = EINVAL;
		goto out;
	}
	(void)snprintf(g.name, sizeof g.name, "%s", name);	/* as long as they are */
	g.parent = open(g.path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	g.dir = g.parent < 0 ? -1 : store_opendir(g.parent, g.name);
	if (g.dir < 0 || fstatfs(g.dir, &fs) < 0)
		goto out;
	if (fs.f_type != CGROUP2_SUPER_MAGIC) {
		errno = EINVAL;
		goto out;
	}
	n = cgroup_kill(&g);
	if (n >= 0)
		wait_empty(g.dir);
out:
	cgroup_release(&g);
	return n;
}
