/* SPDX-License-Identifier: MIT */
/*
 * lesskernel [--abi=N] [--no-ns] [--no-mount] [--no-net] prog [arg ...]: run prog as on a
 * kernel that has less, by a call filter: Landlock of version N (0: none), no namespaces,
 * no mounts (a container), no sockets to connect with (a sandbox). A filter cannot lie about a
 * version, so it asks us.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NR offsetof(struct seccomp_data, nr)
#define ARG0 offsetof(struct seccomp_data, args[0])
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC)
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define RET(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define FAIL(e) RET(SECCOMP_RET_ERRNO | (e))
/* If the call is this one, the next instruction decides. */
#define IS(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1)

static struct sock_filter code[64];
static unsigned short len;

static void
add(struct sock_filter f)
{
	code[len++] = f;
}

static void
add_call(unsigned nr, unsigned what)
{
	add((struct sock_filter)IS(nr));
	add((struct sock_filter)RET(what));
}

/* Refused when the flags of the first argument are among these. */
static void
add_flags(unsigned nr, unsigned flags)
{
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 4));
	add((struct sock_filter)LOAD(ARG0));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1));
	add((struct sock_filter)FAIL(EPERM));
	add((struct sock_filter)RET(SECCOMP_RET_ALLOW));
}

/* The version that is asked for is ours; everything else is the kernel's. */
static void
serve(int fd, int abi)
{
	struct seccomp_notif n;
	struct pollfd p = { fd, POLLIN, 0 };

	for (;;) {
		struct seccomp_notif_resp r = { 0 };

		if (poll(&p, 1, -1) < 0 || (p.revents & POLLHUP))
			return;			/* nobody is left */
		memset(&n, 0, sizeof n);
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
			continue;
		r.id = n.id;
		if (n.data.args[2] == 1)
			r.val = abi;
		else
			r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
}

static int
enter(int abi)
{
	struct sock_fprog prog = { len, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		abi > 0 ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &prog);
}

int
main(int argc, char *argv[])
{
	int abi = -1, i = 1, pipes[2], go[2], fd = -1, st;
	pid_t pid;

	add((struct sock_filter)LOAD(NR));
	for (; i < argc && !strncmp(argv[i], "--", 2); i++)
		if (!strncmp(argv[i], "--abi=", 6)) {
			abi = atoi(argv[i] + 6);
			add_call(444, abi ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | ENOSYS);
		} else if (!strcmp(argv[i], "--no-ns")) {
			add_flags(SYS_unshare, NAMESPACES);
			add_flags(SYS_clone, NAMESPACES);
			add_call(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
		} else if (!strcmp(argv[i], "--no-mount")) {
			add_call(SYS_mount, SECCOMP_RET_ERRNO | EPERM);
		} else if (!strcmp(argv[i], "--no-net")) {
			add_call(SYS_connect, SECCOMP_RET_ERRNO | EPERM);
		} else {
			return 100;
		}
	add((struct sock_filter)RET(SECCOMP_RET_ALLOW));
	if (i == argc || pipe2(pipes, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return 100;
	if (!pid) {
		fd = enter(abi);
		if (fd < 0 || write(pipes[1], &fd, sizeof fd) != sizeof fd)
			_exit(111);
		/* Until the parent has it. */
		if (abi > 0 && read(go[0], &st, 1) != 1)
			_exit(111);
		execvp(argv[i], argv + i);
		_exit(127);
	}
	if (read(pipes[0], &fd, sizeof fd) != sizeof fd)
		return 111;
	if (abi > 0) {
		int got = (int)syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, pid, 0), fd, 0);

		if (got < 0 || write(go[1], "g", 1) != 1)
			return 111;
		if (!fork()) {
			(void)close(0);
			(void)close(1);
			(void)close(2);
			(void)close(pipes[0]);
			(void)close(pipes[1]);
			(void)close(fd);
			serve(got, abi);
			_exit(0);
		}
	}
	return waitpid(pid, &st, 0) < 0 ? 111 : WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}
