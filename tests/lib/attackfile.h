/* SPDX-License-Identifier: MIT */
/* attackfile.h: attacks on files. Part of attack.c. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <dirent.h>
#include <unistd.h>

#define APPEND (O_WRONLY | O_APPEND)
#define MAKE (O_WRONLY | O_CREAT)

/* A copy: below() has one buffer. */
static const char *
outside(void)
{
	return below("outside", "file");
}

static int a_read(void) { return opens(outside(), O_RDONLY); }
static int a_write(void) { return opens(outside(), APPEND); }
static int a_create(void) { return opens(below("outside", "new"), MAKE); }
static int a_truncate(void) { return truncate(outside(), 0); }
static int a_unlink(void) { return unlink(outside()); }
static int a_mkdir(void) { return mkdir(below("outside", "newdir"), 0700); }
static int a_symlink(void) { return symlink("/etc/passwd", below("outside", "newlink")); }
static int a_chmod(void) { return chmod(outside(), 0777); }
static int a_utime(void) { return utimensat(AT_FDCWD, outside(), NULL, 0); }
static int a_chown(void) { return chown(outside(), getuid(), getgid()); }
static int a_setxattr(void) { return setxattr(outside(), "user.x", "1", 1, 0); }
static int a_list_home(void) { return opens(target("home"), O_RDONLY | O_DIRECTORY); }
static int a_read_ssh(void) { return opens(below("home", ".ssh/id_rsa"), O_RDONLY); }
static int a_read_login(void) { return opens(below("home", ".claude/.credentials.json"), O_RDONLY); }
static int a_shadow(void) { return opens("/etc/shadow", O_RDONLY); }
static int a_read_other(void) { return opens(below("otherjob", "prompt.md"), O_RDONLY); }
static int a_list_jobs(void) { return opens(target("state"), O_RDONLY | O_DIRECTORY); }
static int a_write_other(void) { return opens(below("otherjob", "cancel"), MAKE); }
static int a_read_ctl(void) { return opens(below("job", "ctl.git/HEAD"), O_RDONLY); }
static int a_write_ctl(void) { return opens(below("job", "ctl.git/objects/x"), MAKE); }
static int a_end(void) { return opens(below("job", "end.json"), MAKE); }
static int a_request(void) { return opens(below("job", "job.json"), O_RDWR); }
static int a_log(void) { return opens(below("job", "log"), APPEND); }
static int a_inbox(void) { return mkdir(below("job", "inbox"), 0700); }
static int a_lock(void) { return opens(below("job", "lock"), O_RDWR); }
static int a_git_config(void) { return opens(below("workspace", ".git/config"), APPEND); }
static int a_git_hook(void) { return opens(below("workspace", ".git/hooks/post-checkout"), MAKE); }
static int a_git_object(void) { return opens(below("workspace", ".git/objects/aa"), MAKE); }
static int a_git_head(void) { return opens(below("workspace", ".git/HEAD"), APPEND); }
static int a_workspace(void) { return opens(below("workspace", "a.txt"), APPEND); }
static int a_cgroup(void) { return opens("/sys/fs/cgroup/cgroup.procs", O_WRONLY); }
static int a_proc_sys(void) { return opens("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int a_kmsg(void) { return opens("/dev/kmsg", O_RDWR); }
static int a_shm(void) { return opens(target("shm"), O_RDWR); }
static int a_host_tmp(void) { return opens(target("hosttmp"), O_RDWR); }
static int a_terminal(void) { return opens(target("pty"), O_RDWR); }
static int a_mknod(void) { return mknod(own("node"), S_IFBLK | 0600, 8 << 8); }
static int a_settings(void)
{
	return opens(below("home", ".claude/settings.json"), APPEND) &&
		opens(below("home", ".gitconfig"), APPEND) && opens(below("home", ".bashrc"), MAKE) &&
		opens(below("home", ".codex/config.toml"), MAKE) ? -1 : 0;
}

static int
a_rename_out(void)
{
	char from[PATH_MAX];

	(void)snprintf(from, sizeof from, "%s", own("moved"));
	return opens(from, MAKE) ? -1 : rename(from, below("outside", "moved"));
}

static int
a_replace_tree(void)
{
	char from[PATH_MAX];

	(void)snprintf(from, sizeof from, "%s", below("job", "tmp"));
	return rename(from, below("job", "tmp2"));
}

static int
a_symlink_through(void)
{
	return symlink(outside(), own("link")) ? 0 : opens(own("link"), APPEND);
}

static int
a_hard_link(void)
{
	return link(outside(), own("hard"));
}

static int
a_hard_link_in_tree(void)
{
	char from[PATH_MAX];

	(void)snprintf(from, sizeof from, "%s", below("workspace", "a.txt"));
	return link(from, own("hard2"));
}

static int
a_proc_root(void)
{
	char path[2 * PATH_MAX];

	(void)snprintf(path, sizeof path, "/proc/self/root%s", outside());
	return opens(path, APPEND);
}

/* What is open for reading only, through its own name in /proc. */
static int
a_dev_fd(void)
{
	int fd = open(!strcmp(target("mode"), "write") ? "/etc/passwd" : below("workspace", "a.txt"),
		O_RDONLY | O_CLOEXEC);
	char path[64];

	if (fd < 0)
		return -1;
	(void)snprintf(path, sizeof path, "/dev/fd/%d", fd);
	return opens(path, APPEND);
}

/* Whatever was open before we began. */
static int
a_inherited(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	int found = -1;

	while (d && (e = readdir(d))) {
		int fd = atoi(e->d_name);
		char to[64] = "";

		if (*e->d_name == '.' || fd == dirfd(d) || (fcntl(fd, F_GETFD) & FD_CLOEXEC))
			continue;
		(void)!readlinkat(dirfd(d), e->d_name, to, sizeof to - 1);
		if (fd > 2 || *to == '/')	/* 0 to 2 are pipes, or /dev/null */
			found = strcmp(to, "/dev/null") ? 0 : found;
	}
	errno = EBADF;
	return found;
}

/* The file of the agent's own tree that the sensitive-file policy hides. */
static int
a_masked(void)
{
	return opens(below("masked", ".env"), O_RDONLY);
}

static int
a_unmask(void)
{
	char from[PATH_MAX];

	(void)snprintf(from, sizeof from, "%s", below("masked", ".env"));
	return chmod(from, 0600) && unlink(from) && rename(from, below("masked", "env2")) &&
		link(from, below("masked", "env3")) ? -1 : 0;
}

static int
a_shared(void)
{
	return opens(below("masked", "node_modules/dep/index.js"), APPEND) &&
		opens(below("masked", "node_modules/new"), MAKE) ? -1 : 0;
}

/* A descriptor that was opened for reading is enough for these. */
static int
a_flags(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), flags = 0;

	return fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ? -1 : ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int
a_fchmod(void)
{
	int fd = open(!strcmp(target("mode"), "write") ? below("agent", "targets") :
		below("workspace", "a.txt"), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : fchmod(fd, 0640);
}

static int
a_stat(void)
{
	struct stat st;

	return stat(outside(), &st);
}

static int
a_readlink(void)
{
	char to[64];

	return readlink(below("outside", "link"), to, sizeof to) < 0 ? -1 : 0;
}

static int
a_watch(void)
{
	return inotify_add_watch(inotify_init1(IN_CLOEXEC), target("outside"), IN_CREATE) < 0 ? -1 : 0;
}

static int
a_handle(void)
{
	struct { struct file_handle h; char space[128]; } f = { .h.handle_bytes = 128 };
	int id;

	return name_to_handle_at(AT_FDCWD, "/", &f.h, &id, 0) < 0 ? -1 : 0;
}

static int
a_fill(void)
{
	static const char piece[1 << 20];
	int fd = open(own("filled"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 || write(fd, piece, sizeof piece) != sizeof piece ? -1 : unlink(own("filled"));
}

const struct attack file_attacks[] = {
	{ "read-outside", a_read }, { "write-outside", a_write }, { "create-outside", a_create },
	{ "truncate-outside", a_truncate }, { "unlink-outside", a_unlink },
	{ "mkdir-outside", a_mkdir }, { "symlink-outside", a_symlink },
	{ "rename-outside", a_rename_out }, { "chmod-outside", a_chmod },
	{ "utime-outside", a_utime }, { "chown-outside", a_chown },
	{ "setxattr-outside", a_setxattr }, { "flags-of-readable", a_flags },
	{ "fchmod-readable", a_fchmod }, { "list-home", a_list_home }, { "read-ssh-key", a_read_ssh },
	{ "read-login", a_read_login }, { "read-shadow", a_shadow },
	{ "write-user-settings", a_settings }, { "write-git-config", a_git_config },
	{ "write-git-hook", a_git_hook }, { "write-git-object", a_git_object },
	{ "write-git-head", a_git_head }, { "write-workspace", a_workspace },
	{ "read-other-job", a_read_other }, { "write-other-job", a_write_other },
	{ "list-jobs", a_list_jobs }, { "read-control-repository", a_read_ctl },
	{ "write-control-repository", a_write_ctl }, { "write-end-record", a_end },
	{ "write-request", a_request }, { "write-log", a_log }, { "write-inbox", a_inbox },
	{ "take-job-lock", a_lock }, { "replace-own-directory", a_replace_tree },
	{ "write-by-symlink", a_symlink_through }, { "hard-link-outside", a_hard_link },
	{ "hard-link-workspace", a_hard_link_in_tree }, { "write-by-proc-root", a_proc_root },
	{ "write-by-dev-fd", a_dev_fd }, { "inherited-descriptor", a_inherited },
	{ "read-masked", a_masked }, { "undo-mask", a_unmask }, { "write-shared-directory", a_shared },
	{ "join-cgroup", a_cgroup }, { "write-proc-sys", a_proc_sys }, { "kernel-log", a_kmsg },
	{ "read-shm", a_shm }, { "read-host-tmp", a_host_tmp }, { "open-terminal", a_terminal },
	{ "make-device", a_mknod }, { "file-handle", a_handle }, { "stat-outside", a_stat },
	{ "readlink-outside", a_readlink }, { "watch-outside", a_watch }, { "fill-disk", a_fill },
	{ NULL, NULL },
};
