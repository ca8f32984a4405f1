/* SPDX-License-Identifier: MIT */
/*
 * The child shares our memory until it execs (as vfork does, but on a stack of
 * its own), so a failure is simply stored where the parent reads it, and the
 * cost does not grow with our size. All signals are blocked meanwhile: no
 * handler may run on the shared memory.
 */
#include "procstart.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "store.h"

#define CHILD_STACK (64 << 10)
#define FD_LIMIT 65536			/* where close_range() is missing */

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* AddressSanitizer would remember the child's frames on a stack that is used again. */
#define IN_CHILD __attribute__((no_sanitize_address))

/* Linux 5.11 has CLOSE_RANGE_CLOEXEC, 5.9 close_range(). */
IN_CHILD static void
mark_range(unsigned from, unsigned to, bool close_now)
{
	if (from > to || !syscall(SYS_close_range, from, to, close_now ? 0 : CLOSE_RANGE_CLOEXEC))
		return;
	for (unsigned fd = from; fd <= to && fd < FD_LIMIT; fd++) {
		if (close_now)
			(void)close((int)fd);	/* mostly not open at all */
		else
			(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	}
}

void
proc_keep_fds(const int *keep, size_t n)
{
	unsigned from = 3;

	/* The gaps between the kept ones, in ascending order. */
	for (;;) {
		unsigned next = UINT_MAX;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == UINT_MAX)
			break;
		if (next > from)
			mark_range(from, next - 1, true);
		from = next + 1;
	}
	mark_range(from, UINT_MAX, true);
}

/* What was ignored would stay ignored in whatever is executed. */
IN_CHILD static void
reset_signals(void)
{
	/* The kernel's own structure, zeroed: SIG_DFL. libc's call leaves two signals out. */
	static const char dfl[64];
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		if (s != SIGKILL && s != SIGSTOP)
			(void)syscall(SYS_rt_sigaction, s, dfl, NULL, (NSIG - 1) / 8);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);	/* cannot fail */
}

IN_CHILD static int
place_fds(const struct proc_spec *spec)
{
	int moved[PROC_FDS_MAX];
	bool named[3] = { false, false, false };
	int high = 3;

	for (size_t i = 0; i < spec->nfds; i++)
		if (spec->fds[i].to >= high)
			high = spec->fds[i].to + 1;
	/* Out of the way first: one's target may be another's source. */
	for (size_t i = 0; i < spec->nfds; i++) {
		moved[i] = fcntl(spec->fds[i].from, F_DUPFD_CLOEXEC, high);
		if (moved[i] < 0)
			return -1;
	}
	mark_range(3, UINT_MAX, false);
	for (size_t i = 0; i < spec->nfds; i++) {
		if (dup2(moved[i], spec->fds[i].to) < 0)
			return -1;
		if (spec->fds[i].to < 3)
			named[spec->fds[i].to] = true;
	}
	for (int fd = 0; fd < 3; fd++) {
		int null;

		if (named[fd])
			continue;
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0 || (null != fd && dup2(null, fd) < 0) ||
		    (null == fd && fcntl(fd, F_SETFD, 0) < 0))
			return -1;
	}
	return 0;
}

const char *
proc_path(const struct proc_spec *spec)
{
	for (char *const *e = spec->envp; e && *e; e++)
		if (!strncmp(*e, "PATH=", 5))
			return *e + 5;
	return getenv("PATH");
}

/* execvpe() without its shell for files that are no programs. Only returns in failure. */
IN_CHILD static void
exec_search(const char *path, char *const *argv, char *const *envp)
{
	const char *file = argv[0];
	size_t len = strlen(file);
	char full[PATH_MAX];
	bool denied = false;

	if (strchr(file, '/') || !len) {
		execve(file, argv, envp);
		return;
	}
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(path, ":");

		if (n + len + 2 <= sizeof full) {
			memcpy(full, path, n);
			full[n] = '/';
			memcpy(full + n + !!n, file, len + 1);	/* an empty element: here */
			execve(full, argv, envp);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
				return;
		}
		if (!path[n])
			break;
		path += n + 1;
	}
	errno = denied ? EACCES : ENOENT;
}

IN_CHILD int
proc_become(const struct proc_spec *spec, const char *path, const char **stage)
{
	/* Before the descriptors are placed: one of them may be given cwd's number. */
	*stage = "cwd";
	if (spec->cwd_fd >= 0 && fchdir(spec->cwd_fd) < 0)
		return -1;
	*stage = "descriptors";
	if (place_fds(spec) < 0)
		return -1;
	if (spec->setsid)
		(void)setsid();		/* fails only for who leads a group already */
	if (spec->own_umask)
		(void)umask(spec->umask);
	reset_signals();
	*stage = "exec";
	exec_search(path, spec->argv, spec->envp ? spec->envp : environ);
	return -1;
}

struct start {
	const struct proc_spec *spec;
	const char *path;
	pid_t parent;
	char *stack;
	const char *stage;
	int err;
};

IN_CHILD static int
become(void *arg)
{
	struct start *s = arg;

	(void)proc_become(s->spec, s->path, &s->stage);	/* returns only in failure */
	s->err = errno;
	_exit(127);
}

IN_CHILD static int
child(void *arg)
{
	struct start *s = arg;

	if (s->spec->deathsig && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != s->parent)) {
		s->stage = "fork";
		s->err = ESRCH;
		_exit(127);
	}
	if (!s->spec->detach)
		return become(s);
	/* The lower half of the stack is the grandchild's; it is nobody's session leader. */
	(void)setsid();		/* a fresh child leads no group yet: cannot fail */
	if (clone(become, s->stack + CHILD_STACK / 2, CLONE_VM | CLONE_VFORK | SIGCHLD, s) < 0)
		s->err = errno;
	_exit(0);
}

/* The stack is only in use while we are suspended; it grows down. */
static int
start_child(struct proc *p, struct start *s)
{
	sigset_t all, old;

	s->stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (s->stack == MAP_FAILED)
		return -1;
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);	/* cannot fail */
	p->pid = clone(child, s->stack + CHILD_STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
		s, &p->pidfd);
	if (p->pid < 0)
		s->err = errno;
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)munmap(s->stack, CHILD_STACK);
	return p->pid < 0 ? -1 : 0;
}

int
proc_start(struct proc *p, const struct proc_spec *spec, const char **stage)
{
	struct start s = { .spec = spec, .path = proc_path(spec), .parent = getpid(), .stage = "fork" };

	*p = (struct proc){ .pid = -1, .pidfd = -1 };
	if (spec->nfds > PROC_FDS_MAX || !spec->argv || !spec->argv[0]) {
		errno = EINVAL;
		return -1;
	}
	if (start_child(p, &s) < 0) {
		s.err = errno;
	} else if (s.err || spec->detach) {
		(void)proc_wait(p, NULL);	/* it told us how it went already */
		p->pid = -1;
	}
	if (stage)
		*stage = s.stage;
	errno = s.err;
	return s.err ? -1 : 0;
}

int
proc_wait(struct proc *p, int *status)
{
	pid_t got;

	do
		got = waitpid(p->pid, status, __WALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	cleanup_fd(&p->pidfd);
	return 0;
}

int
proc_kill(const struct proc *p, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, p->pidfd, sig, NULL, 0);
}

int
proc_fork(struct proc *p, int flags)
{
	pid_t parent = getpid();
	/* Like fork(); but exit signal 0 hides a child from a plain waitpid(). */
	unsigned long how = CLONE_PIDFD | (flags & PROC_FORK_ASIDE ? 0 : SIGCHLD) |
		(flags & PROC_FORK_PIDNS ? CLONE_NEWPID | CLONE_NEWNS : 0) |
		(flags & PROC_FORK_USERNS ? CLONE_NEWUSER : 0);

	*p = (struct proc){ .pid = -1, .pidfd = -1 };
	p->pid = (pid_t)syscall(SYS_clone, how, NULL, &p->pidfd, NULL, NULL);
	if (p->pid)
		return p->pid < 0 ? -1 : 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    (!(flags & PROC_FORK_PIDNS) && getppid() != parent))
		_exit(127);
	reset_signals();
	return 1;
}

int
proc_exit_status(int status)
{
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) > 128 ? 128 : WEXITSTATUS(status);
}

int
proc_exec_status(int err)
{
	return err == ENOENT ? 127 : 126;
}

int
proc_signalfd(const int *signals)
{
	sigset_t all, some;

	sigemptyset(&some);
	for (; *signals; signals++)
		sigaddset(&some, *signals);
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		return -1;
	return signalfd(-1, &some, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
proc_daemonise_self(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	reset_signals();
	if (null >= 0)
		(void)dup2(null, 0);	/* a failure leaves the old one */
	if (null > 0)
		(void)close(null);
	(void)prctl(PR_SET_DUMPABLE, 0);	/* cannot fail for 0 */
}

int
proc_memfd(const char *name, const void *p, size_t len)
{
	CLEANUP(fd) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)		/* before Linux 6.3 */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || store_write_all(fd, p, len) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	return steal_fd(&fd);
}
