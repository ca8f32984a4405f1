/* SPDX-License-Identifier: MIT */
#include "faultcall.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

static const char *const names[] = {
#include "sysnames.h"		/* made by the Makefile from the system's header */
};

#define PATHS "open openat openat2 creat mkdir mkdirat mknod mknodat link linkat symlink " \
	"symlinkat rename renameat renameat2 "
#define NAMED PATHS "unlink unlinkat rmdir readlink readlinkat stat lstat newfstatat statx " \
	"access faccessat faccessat2 execve execveat chdir chmod fchmodat utimensat truncate "
#define MOVES "read pread64 readv preadv write pwrite64 writev pwritev copy_file_range sendfile " \
	"splice "

static const struct {
	int e;
	const char *name;
	const char *calls;	/* NULL: all but NEVER and NOMEM */
} errors[] = {
	{ ENOSPC, "ENOSPC", PATHS "write pwrite64 writev pwritev copy_file_range sendfile fallocate "
		"fsync fdatasync ftruncate truncate close setxattr fsetxattr memfd_create "
		"inotify_add_watch clone clone3 unshare" },
	{ EIO, "EIO", NAMED MOVES "fstat getdents64 fsync fdatasync ftruncate fallocate fchmod "
		"fchdir close lseek" },
	{ EMFILE, "EMFILE", "open openat openat2 creat pipe pipe2 dup dup2 dup3 socket socketpair "
		"accept accept4 eventfd eventfd2 inotify_init inotify_init1 signalfd signalfd4 "
		"epoll_create epoll_create1 memfd_create pidfd_open timerfd_create clone3 mmap" },
	{ ENOMEM, "ENOMEM", NULL },
	{ EINTR, "EINTR", MOVES "open openat openat2 creat poll ppoll select pselect6 epoll_wait "
		"epoll_pwait wait4 waitid nanosleep clock_nanosleep futex fcntl flock connect accept "
		"accept4 recvfrom recvmsg sendto sendmsg getrandom fallocate ftruncate truncate fsync "
		"fdatasync dup2 dup3 close" },
	{ EACCES, "EACCES", NAMED "fcntl mmap mprotect bind connect socket prctl inotify_add_watch "
		"mount" },
};
enum { NERROR = sizeof(errors) / sizeof(errors[0]) };

#define NEVER "exit exit_group rt_sigreturn restart_syscall sched_yield getpid gettid getppid " \
	"getuid geteuid getgid getegid getpgrp umask alarm set_tid_address set_robust_list rseq " \
	"arch_prctl gettimeofday time clock_gettime rt_sigaction rt_sigprocmask syscall"

/* These ask for no memory, or the caller could do nothing without them. */
#define NOMEM "wait4 waitid rt_sigtimedwait rt_sigpending rt_sigsuspend kill tkill tgkill " \
	"pidfd_send_signal setsid setpgid getpgid getsid dup dup2 dup3 lseek fcntl flock getrandom " \
	"timerfd_settime close close_range prlimit64 setrlimit getrlimit nanosleep clock_nanosleep " \
	"uname sysinfo sched_getaffinity getgroups setgroups getresuid getresgid prctl"

bool
call_listed(const char *list, const char *name)
{
	size_t len = strlen(name), n;

	for (const char *p = list; *p; p += n) {
		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		if (n == len && memcmp(p, name, n) == 0)
			return true;
	}
	return false;
}

const char *
call_name(long nr)
{
	if (nr < 0 || nr >= (long)(sizeof(names) / sizeof(names[0])) || !names[nr])
		return "syscall";
	return names[nr];
}

enum call_fail
call_fail(long nr)
{
	if (nr == SYS_close)
		return CALL_DONE;
	if (nr == SYS_brk)
		return CALL_BRK;
	return call_listed(NEVER, call_name(nr)) ? CALL_NEVER : CALL_SKIP;
}

int
call_errno(const char *name)
{
	for (int i = 0; i < NERROR; i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].e;
	return 0;
}

const char *
call_errname(int e)
{
	for (int i = 0; i < NERROR; i++)
		if (errors[i].e == e)
			return errors[i].name;
	return NULL;
}

bool
call_gives(long nr, int e)
{
	if (call_fail(nr) == CALL_NEVER)
		return false;
	for (int i = 0; i < NERROR; i++)
		if (errors[i].e == e)
			return errors[i].calls ? call_listed(errors[i].calls, call_name(nr)) :
			       !call_listed(NOMEM, call_name(nr));
	return false;
}

int
call_next(int e)
{
	for (int i = 0; i < NERROR; i++)
		if (e == 0 || (errors[i].e == e && ++i < NERROR))
			return errors[i].e;
	return 0;
}

int
call_count(long nr)
{
	switch (nr) {
	case SYS_read:
	case SYS_write:
	case SYS_pread64:
	case SYS_pwrite64:
		return 2;
	case SYS_sendfile:
		return 3;
	case SYS_copy_file_range:
	case SYS_splice:
		return 4;
	default:
		return -1;
	}
}
