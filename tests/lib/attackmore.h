/* SPDX-License-Identifier: MIT */
/* attackmore.h: attacks on processes, sockets and the kernel. Part of attack.c. */
#include "attack.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t
run_program(const char *path)
{
	char *argv[] = { (char *)(uintptr_t)path, (char[]){ "--euid" }, NULL }, *none[] = { NULL };
	pid_t pid = fork();

	if (!pid) {
		execve(path, argv, none);
		_exit(126);
	}
	return pid;
}

static int
wait_for_child(pid_t pid)
{
	int st = -1;

	errno = ECHILD;
	return pid > 0 && waitpid(pid, &st, 0) == pid && st == 0 ? 0 : -1;
}

/* ---- other processes ---- */

int
any_other(int (*try)(pid_t pid))
{
	DIR *d = opendir("/proc");
	pid_t self = getpid(), parent = getppid(), victim = atoi(target("victim"));
	struct dirent *e;
	int got = victim > 0 ? try(victim) : -1;

	/* The parent is the attack program itself, in the same walls. */
	while (got && d && (e = readdir(d)))
		if (isdigit((unsigned char)*e->d_name) && atoi(e->d_name) != self &&
		    atoi(e->d_name) != parent)
			got = try(atoi(e->d_name));
	return got;
}

static int
read_of(pid_t pid, const char *name, int flags)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return opens(path, flags);
}

static int t_signal(pid_t pid) { return kill(pid, SIGCONT); }
static int t_tgkill(pid_t pid) { return (int)syscall(SYS_tgkill, pid, pid, SIGCONT); }
static int t_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, pid, 0), SIGCONT, NULL, 0);
}
static int t_environ(pid_t pid) { return read_of(pid, "environ", O_RDONLY); }
static int t_mem(pid_t pid) { return read_of(pid, "mem", O_RDWR); }
static int t_root(pid_t pid) { return read_of(pid, "root/etc/hostname", O_RDONLY); }
static int t_cwd(pid_t pid) { return read_of(pid, "cwd/job.json", O_RDONLY); }
static int t_fd(pid_t pid) { return read_of(pid, "fd/2", O_RDWR) && read_of(pid, "fd/3", O_RDWR); }
static int t_ptrace(pid_t pid) { return (int)ptrace(PTRACE_SEIZE, pid, 0, 0); }
static int t_prlimit(pid_t pid)
{
	struct rlimit r;

	return prlimit(pid, RLIMIT_NOFILE, NULL, &r) || prlimit(pid, RLIMIT_NOFILE, &r, NULL) ? -1 : 0;
}
static int t_nice(pid_t pid) { return setpriority(PRIO_PROCESS, (id_t)pid, 19); }
static int t_getfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, pid, 0), 0, 0) < 0 ? -1 : 0;
}
static int t_vm(pid_t pid)
{
	char a[1];
	struct iovec v = { a, 1 };

	return process_vm_readv(pid, &v, 1, &v, 1, 0) < 0 ? -1 : 0;
}

static int p_signal(void) { return any_other(t_signal); }
static int p_tgkill(void) { return any_other(t_tgkill); }
static int p_pidfd(void) { return any_other(t_pidfd); }
static int p_environ(void) { return any_other(t_environ); }
static int p_mem(void) { return any_other(t_mem); }
static int p_root(void) { return any_other(t_root); }
static int p_cwd(void) { return any_other(t_cwd); }
static int p_fd(void) { return any_other(t_fd); }
static int p_ptrace(void) { return any_other(t_ptrace); }
static int p_prlimit(void) { return any_other(t_prlimit); }
static int p_nice(void) { return any_other(t_nice); }
static int p_getfd(void) { return any_other(t_getfd); }
static int p_vm(void) { return any_other(t_vm); }
static int p_cmdline(void) { return read_of(atoi(target("victim")), "cmdline", O_RDONLY); }

/* ---- sockets ---- */

static struct sockaddr_in
loop(const char *address, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(target(port))) };

	(void)inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

static int
connects(const char *address, const char *port)
{
	struct sockaddr_in a = loop(address, port);

	return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof a);
}

static int s_other_port(void) { return connects("127.0.0.1", "otherport"); }
static int s_other_address(void) { return connects("127.0.0.2", "doorport"); }

/* Data in the first packet: connects without connect(). */
static int
s_fast_open(void)
{
	struct sockaddr_in a = loop("127.0.0.1", "otherport");

	return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a,
		sizeof a) < 0 ? -1 : 0;
}

static int
s_dns(void)
{
	struct sockaddr_in a = loop("127.0.0.1", "otherport");

	return sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr *)&a, sizeof a) < 0 ?
		-1 : 0;
}

static int
unix_address(struct sockaddr_un *a, const char *name, bool abstract)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(a->sun_path + abstract, sizeof a->sun_path - 1, "%s", name);
	return (int)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name));
}

static int
unix_connect(const char *name, bool abstract)
{
	struct sockaddr_un a;
	int n = unix_address(&a, name, abstract);

	return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, (socklen_t)n);
}

static int s_docker(void) { return unix_connect(target("socket"), false); }
static int s_abstract(void) { return unix_connect(target("abstract"), true); }

/* One end of a pair of datagram sockets may send to any other. */
static int
pair_sends(int type)
{
	struct sockaddr_un a;
	int pair[2], n = unix_address(&a, target("datagram"), false);

	if (socketpair(AF_UNIX, type, 0, pair))
		return -1;
	return sendto(pair[0], "x", 1, 0, (struct sockaddr *)&a, (socklen_t)n) < 0 ? -1 : 0;
}

static int s_pair(void) { return pair_sends(SOCK_DGRAM); }
static int s_pair_raw(void) { return pair_sends(SOCK_RAW); }
static int s_raw(void) { return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 ? -1 : 0; }
static int s_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) < 0 ? -1 : 0; }
static int s_packet(void) { return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? -1 : 0; }
static int s_vsock(void) { return socket(AF_VSOCK, SOCK_STREAM, 0) < 0 ? -1 : 0; }
static int s_mptcp(void) { return socket(AF_INET, SOCK_STREAM, 262) < 0 ? -1 : 0; }

/* ---- the kernel ---- */

static int k_uring(void) { char p[256] = ""; return syscall(SYS_io_uring_setup, 1, p) < 0 ? -1 : 0; }
static int k_bpf(void) { char p[128] = ""; return syscall(SYS_bpf, 0, p, sizeof p) < 0 ? -1 : 0; }
static int k_keyctl(void) { return syscall(SYS_keyctl, 0, -3, 1) < 0 ? -1 : 0; }
static int k_perf(void) { char p[128] = ""; return syscall(SYS_perf_event_open, p, 0, -1, -1, 0) < 0 ? -1 : 0; }
static int k_userns(void) { return unshare(CLONE_NEWUSER); }
static int k_mountns(void) { return unshare(CLONE_NEWNS); }
static int k_mount(void) { return mount("none", own(""), "tmpfs", 0, NULL) ? -1 : umount(own("")); }
/* Nothing is mounted there: who may, is told EINVAL. */
static int k_umount(void) { return umount2(own(""), 0) && errno != EINVAL ? -1 : 0; }
static int k_remount(void)
{
	return mount(NULL, own(""), NULL, MS_REMOUNT | MS_BIND, NULL) && errno != EINVAL ? -1 : 0;
}
static int k_chroot(void) { return chroot("/"); }
static int k_syslog(void) { return syscall(SYS_syslog, 3, own(""), 1) < 0 ? -1 : 0; }
static int
k_hostname(void)
{
	char same[65];

	return gethostname(same, sizeof same) ? -1 : sethostname(same, strlen(same));
}
static int k_core(void) { return setrlimit(RLIMIT_CORE, &(struct rlimit){ 1 << 20, 1 << 20 }); }
static int
k_time(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME, &now) ? -1 : clock_settime(CLOCK_REALTIME, &now);
}

/* By its exit the program says that it got another uid: no status of a loader or a sanitizer. */
enum { GOT_UID = 77 };

static int
k_setuid(void)
{
	pid_t pid = run_program(below("agent", "suid"));
	int st = 0;

	errno = EPERM;
	return pid > 0 && waitpid(pid, &st, 0) == pid && WIFEXITED(st) && WEXITSTATUS(st) == GOT_UID ? 0 : -1;
}

static int
k_clone(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

/* What is typed into a terminal that way runs in whoever reads it. The upper half is ignored. */
static int
push(unsigned long request)
{
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL))
		return -1;
	return (int)syscall(SYS_ioctl, slave, request, "x");
}

static int k_tiocsti(void) { return push(TIOCSTI); }
static int k_tiocsti_high(void) { return push(TIOCSTI | 1UL << 32); }

static int
k_sysv(void)
{
	return shmat(shmget((key_t)atoi(target("sysvkey")), 0, 0), NULL, 0) == (void *)-1 ? -1 : 0;
}

static int
k_mqueue(void)
{
	return (int)syscall(SYS_mq_open, target("mqueue"), O_RDWR, 0, NULL) < 0 ? -1 : 0;
}

/* A program that is in no directory. */
static int
k_memfd(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 0), in = open("/bin/true", O_RDONLY);
	char *argv[] = { (char[]){ "true" }, NULL }, *none[] = { NULL }, piece[65536];
	ssize_t n;
	pid_t pid;

	while ((n = read(in, piece, sizeof piece)) > 0)
		if (write(fd, piece, (size_t)n) != n)
			return -1;
	pid = fork();
	if (!pid) {
		(void)fexecve(fd, argv, none);
		_exit(126);
	}
	return wait_for_child(pid);
}

/* A limit of 40, so that it ends; does it hold? */
static int
k_fork(void)
{
	struct rlimit few = { 40, 40 }, have;
	int e = 0;

	if (getrlimit(RLIMIT_NPROC, &have) || have.rlim_max == RLIM_INFINITY)
		return 0;
	(void)setpgid(0, 0);
	(void)signal(SIGTERM, SIG_IGN);
	if (setrlimit(RLIMIT_NPROC, &few))
		return -1;
	for (int n = 0; n < 80 && !e; n++) {
		pid_t pid = fork();

		if (!pid) {
			(void)signal(SIGTERM, SIG_DFL);
			(void)pause();
			_exit(0);
		}
		e = pid < 0 ? errno : 0;
	}
	(void)kill(0, SIGTERM);
	errno = e;
	return e ? -1 : 0;
}

const struct attack other_attacks[] = {
	{ "signal-others", p_signal }, { "signal-by-thread", p_tgkill },
	{ "signal-by-pidfd", p_pidfd }, { "read-environ-of-others", p_environ },
	{ "memory-of-others", p_mem }, { "root-of-others", p_root }, { "cwd-of-others", p_cwd },
	{ "descriptor-of-others", p_fd }, { "trace-others", p_ptrace }, { "take-descriptor", p_getfd },
	{ "read-memory-call", p_vm }, { "limit-others", p_prlimit }, { "renice-others", p_nice },
	{ "read-cmdline-of-host", p_cmdline }, { "connect-other-port", s_other_port },
	{ "door-port-of-other-address", s_other_address }, { "connect-by-fast-open", s_fast_open },
	{ "udp-dns", s_dns }, { "docker-socket", s_docker }, { "abstract-socket", s_abstract },
	{ "datagram-by-socket-pair", s_pair }, { "raw-by-socket-pair", s_pair_raw },
	{ "raw-socket", s_raw }, { "netlink-socket", s_netlink }, { "packet-socket", s_packet },
	{ "vsock", s_vsock }, { "mptcp-socket", s_mptcp }, { "io-uring", k_uring }, { "bpf", k_bpf },
	{ "keyctl", k_keyctl }, { "perf", k_perf }, { "user-namespace", k_userns },
	{ "mount-namespace", k_mountns }, { "namespace-by-clone", k_clone }, { "mount", k_mount },
	{ "umount", k_umount }, { "remount", k_remount }, { "chroot", k_chroot },
	{ "kernel-log-call", k_syslog }, { "hostname", k_hostname }, { "core-files", k_core },
	{ "set-clock", k_time }, { "setuid-program", k_setuid }, { "tiocsti", k_tiocsti },
	{ "tiocsti-high-bits", k_tiocsti_high }, { "sysv-memory", k_sysv }, { "message-queue", k_mqueue },
	{ "memfd-exec", k_memfd }, { "fork-for-ever", k_fork }, { NULL, NULL },
};
