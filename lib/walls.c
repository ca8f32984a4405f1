/* SPDX-License-Identifier: MIT */
#include "walls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "cachemount.h"
#include "num.h"
#include "ownnet.h"
#include "policy.h"
#include "path.h"
#include "store.h"

#define SHM "/dev/shm"
#define PTS "/dev/pts"
#define PTMX "/dev/ptmx"
#define MASK_FILE SHM "/.mask-file"	/* gone before the program starts */
#define MASK_DIR SHM "/.mask-dir"

/* ---- namespaces ---- */

static int
write_file(const char *name, const char *text)
{
	CLEANUP(fd) int fd = open(name, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : store_write_all(fd, text, strlen(text));
}

static int
map_user(uid_t uid, gid_t gid)
{
	char text[64];

	/* Of a process that is not dumpable (a child of supervise's, to try it) /proc/self is root's. */
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return -1;
	(void)snprintf(text, sizeof text, "%u %u 1\n", uid, uid);	/* fits */
	if (write_file("/proc/self/uid_map", text) < 0 ||
	    write_file("/proc/self/setgroups", "deny") < 0)
		return -1;
	(void)snprintf(text, sizeof text, "%u %u 1\n", gid, gid);	/* fits */
	return write_file("/proc/self/gid_map", text);
}

/*
 * With the capability (real root) no user namespace is needed: it would lose other uids'
 * files. 1: not to be had here, and nothing has changed.
 */
static int
part(bool net)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	/* System V memory and message queues of the user's have no path: they stay outside too. */
	const int what = CLONE_NEWNS | CLONE_NEWIPC | (net ? CLONE_NEWNET : 0);

	if (unshare(what) < 0) {
		if (unshare(CLONE_NEWUSER | what) < 0)
			return 1;
		if (map_user(uid, gid) < 0)
			return -1;
	}
	if (net && ownnet_raise() < 0)
		return -1;
	/* Some systems give the namespace, and no capability in it. */
	return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? 1 : 0;
}

static int
set_read_only(int fd, const char *path)
{
	struct mount_attr a = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID };

	return mount_setattr(fd, path, (unsigned)(*path ? 0 : AT_EMPTY_PATH) | AT_RECURSIVE, &a,
		sizeof a);
}

/* Terminals of its own: those of the user's could be read and typed into. 0 or -1. */
static int
own_terminals(void)
{
	CLEANUP(fd) int fd = -1;
	struct stat st;

	if (mount("devpts", PTS, "devpts", MS_NOSUID | MS_NOEXEC,
	    "newinstance,ptmxmode=0666,mode=0620") < 0)
		return errno == ENOENT ? 0 : -1;	/* a system without any */
	if (lstat(PTMX, &st) < 0 || !S_ISCHR(st.st_mode))
		return 0;			/* a link to the one in there */
	fd = open_tree(AT_FDCWD, PTS "/ptmx", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return fd < 0 ? -1 : move_mount(fd, "", AT_FDCWD, PTMX, MOVE_MOUNT_F_EMPTY_PATH);
}

/* ---- what is kept ---- */

struct kept {
	const char *path;
	int fd;				/* a clone of the mount as it was */
};

struct keeping {
	struct kept *v;
	size_t n;
	int tmp;			/* what becomes /tmp, or -1 */
};

static void
release(struct keeping *k)
{
	for (size_t i = 0; i < k->n; i++)
		cleanup_fd(&k->v[i].fd);
	cleanup_fd(&k->tmp);
	free(k->v);
}

static bool
hidden(const struct policy *p, const char *path)
{
	return (p->tmp && path_below(path, "/tmp")) || path_below(path, SHM);
}

static int
clone_of(const char *path)
{
	return open_tree(AT_FDCWD, path, AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static int
by_length(const void *a, const void *b)
{
	size_t la = strlen(((const struct kept *)a)->path), lb = strlen(((const struct kept *)b)->path);

	return la < lb ? -1 : la > lb;
}

/* Of a cache; where there is none to be had it stays read-only: -1. */
static int
private_view(const struct policy *p, const char *path)
{
	CLEANUP(buf) struct buf own = BUF_INIT;

	if (!p->cache_in || buf_addf(&own, "%s/%016llx", p->cache_in,
	    (unsigned long long)num_fnv1a(path, strlen(path))) < 0)
		return -1;
	return cachemount_open(path, own.p);
}

/* Writable places, and those that a mount of ours will cover; outer ones first. */
static int
keep(struct keeping *k, const struct policy *p)
{
	k->v = calloc(p->npaths + 1, sizeof *k->v);
	if (!k->v || (p->tmp && (k->tmp = clone_of(p->tmp)) < 0))
		return -1;
	for (size_t i = 0; i < p->npaths; i++) {
		const struct policy_path *c = &p->paths[i];
		bool writable = (c->rights & POLICY_WRITE) && !(c->rights & POLICY_DEVICE);
		int fd = (c->rights & POLICY_CACHE) ? private_view(p, c->path) : -1;

		if (fd >= 0) {
			k->v[k->n++] = (struct kept){ c->path, fd };
			continue;
		}
		/* /tmp itself is replaced, not kept. */
		if (!strcmp(c->path, "/tmp") || !strcmp(c->path, SHM) ||
		    (!writable && !hidden(p, c->path)))
			continue;
		fd = clone_of(c->path);
		if (fd < 0 && (c->rights & POLICY_MAYBE))
			continue;
		if (fd < 0 || (!writable && set_read_only(fd, "") < 0))
			return cleanup_fd(&fd), -1;
		k->v[k->n++] = (struct kept){ c->path, fd };
	}
	qsort(k->v, k->n, sizeof *k->v, by_length);
	return 0;
}

/* A place to mount on below a directory of ours: its parents, and it. path is below dir. */
static int
make_place(const char *dir, const char *path, bool is_dir)
{
	CLEANUP(fd) int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd) int parent = -1;
	CLEANUP(fd) int fd = -1;
	struct stat st;
	const char *base;

	if (top < 0)
		return -1;
	parent = path_open_parent(top, path + strlen(dir) + 1, true, &base);
	if (parent < 0)
		return -1;
	/* Of an outer mount that is back already, perhaps read-only. */
	if (!fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (is_dir)
		return mkdirat(parent, base, 0700) < 0 && errno != EEXIST ? -1 : 0;
	fd = openat(parent, base, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : 0;
}

static int
put_back(const struct policy *p, const struct kept *k)
{
	const char *dir = path_below(k->path, SHM) ? SHM : "/tmp";
	struct stat st;

	if (fstat(k->fd, &st) < 0)
		return -1;
	if (hidden(p, k->path) && make_place(dir, k->path, S_ISDIR(st.st_mode)) < 0)
		return -1;
	return move_mount(k->fd, "", AT_FDCWD, k->path, MOVE_MOUNT_F_EMPTY_PATH);
}

/* ---- masks ---- */

/* Nobody may open these, not even their owner. */
static int
make_masks(void)
{
	int fd = open(MASK_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)close(fd);		/* nothing was written */
	return mkdir(MASK_DIR, 0);
}

static int
mask(const char *path)
{
	CLEANUP(fd) int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd) int to = top < 0 ? -1 : path_open(top, path + 1, O_PATH, 0);
	CLEANUP(fd) int from = -1;
	struct stat st;

	if (to < 0)			/* gone, or a link: what it leads to is judged by itself */
		return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? 0 : -1;
	if (fstat(to, &st) < 0)
		return -1;
	from = clone_of(S_ISDIR(st.st_mode) ? MASK_DIR : MASK_FILE);
	if (from < 0 || set_read_only(from, "") < 0)
		return -1;
	return move_mount(from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int
mask_all(const struct policy *p)
{
	int got;

	if (!p->nmasks)
		return 0;
	got = make_masks();
	for (size_t i = 0; i < p->nmasks && !got; i++)
		got = mask(p->masks[i]);
	if (!got && (unlink(MASK_FILE) < 0 || rmdir(MASK_DIR) < 0))
		got = -1;
	return got;
}

/* ---- all together ---- */

static int
build(const struct policy *p, struct keeping *k, const char **stage)
{
	*stage = "clone";
	if (keep(k, p) < 0)
		return -1;
	*stage = "read-only";
	if (set_read_only(AT_FDCWD, "/") < 0)
		return -1;
	*stage = SHM;
	if (mount("shm", SHM, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=25%") < 0 &&
	    (errno != ENOENT || p->nmasks))
		return -1;
	*stage = PTS;
	if (own_terminals() < 0)
		return -1;
	*stage = "/tmp";
	if (k->tmp >= 0 && move_mount(k->tmp, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	for (size_t i = 0; i < k->n; i++) {
		*stage = k->v[i].path;
		if (put_back(p, &k->v[i]) < 0)
			return -1;
	}
	*stage = "masks";
	return mask_all(p);
}

int
walls_enter(const struct policy *policy, const char **stage)
{
	CLEANUP(free) char *cwd = getcwd(NULL, 0);
	struct keeping k = { .tmp = -1 };
	int got, e;

	*stage = "namespace";
	got = cwd ? part(policy->own_net) : -1;
	if (got)
		return got;
	got = build(policy, &k, stage);
	e = errno;
	release(&k);
	errno = e;
	if (got < 0)
		return -1;
	*stage = "working directory";
	return chdir(cwd);
}

bool
walls_available(void)
{
	int st = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(part(false) || set_read_only(AT_FDCWD, "/") < 0 || own_terminals() < 0);
	while (pid > 0 && waitpid(pid, &st, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(st) && !WEXITSTATUS(st);
}

int
walls_drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	/* Without CAP_SETPCAP there is nothing in the set that no-new-privs would let through. */
	for (int cap = 0; cap < 64 && !prctl(PR_CAPBSET_DROP, cap); cap++)
		;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);	/* before Linux 4.3: none */
	return (int)syscall(SYS_capset, &head, none);
}
