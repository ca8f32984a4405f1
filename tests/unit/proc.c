/* SPDX-License-Identifier: MIT */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "lock.h"
#include "store.h"
#include "t.h"

static int
sh(const char *script, struct buf *out, struct buf *err, int64_t timeout, int *status)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct proc_spec s = { .argv = (char **)argv, .cwd_fd = -1 };

	return proc_run(&s, "in put", 6, out, 1 << 20, err, timeout, status);
}

static void
test_run(void)
{
	CLEANUP(buf) struct buf out = BUF_INIT, err = BUF_INIT;
	int st = -1;

	EQ(sh("cat; echo; echo oops >&2; exit 7", &out, &err, -1, &st), 0, "runs to its end");
	IS(out.p, "in put\n", "standard input reaches it");
	IS(err.p, "oops\n", "standard error is kept apart");
	EQ(WEXITSTATUS(st), 7, "exit status");
	buf_reset(&out);
	EQ(sh("yes | head -c 3000000", &out, NULL, -1, &st), -1, "too much output is an error");
	EQ(errno, EFBIG, "EFBIG");
	EQ(sh("sleep 100", NULL, NULL, 30, &st), -1, "time limit");
	EQ(errno, ETIMEDOUT, "ETIMEDOUT");
	EQ(WTERMSIG(st), SIGKILL, "killed");
	buf_reset(&out);
	EQ(sh("head -c 200000 /dev/zero | tr '\\0' e >&2; echo done", &out, &err, -1, &st), 0, "much stderr");
	IS(out.p, "done\n", "does not block it");
	EQ(err.len, 4096, "the first 4 kB of stderr are kept");
}

static void
test_errors(void)
{
	const char *none[] = { "no-such-program-here", NULL };
	const char *dir[] = { "/", NULL };
	const char *text[] = { "./text", NULL };
	const char *empty[] = { "", NULL };
	struct proc_spec s = { .argv = (char **)none, .cwd_fd = -1 };
	struct proc p;
	const char *stage = "";
	int fd = open("text", O_CREAT | O_WRONLY | O_CLOEXEC, 0700);

	(void)!write(fd, "exit 0\n", 7);
	close(fd);
	EQ(proc_start(&p, &s, &stage), -1, "no such program");
	EQ(errno, ENOENT, "ENOENT");
	IS(stage, "exec", "the stage is named");
	EQ(proc_exec_status(errno), 127, "127");
	s.argv = (char **)dir;
	EQ(proc_start(&p, &s, &stage), -1, "a directory");
	EQ(errno, EACCES, "EACCES");
	EQ(proc_exec_status(errno), 126, "126");
	s.argv = (char **)text;
	EQ(proc_start(&p, &s, &stage), -1, "a file that is no program");
	EQ(errno, ENOEXEC, "is not given to a shell");
	s.argv = (char **)empty;
	EQ(proc_start(&p, &s, &stage), -1, "an empty name");
	s.argv = (char **)none;
	s.cwd_fd = open("text", O_RDONLY | O_CLOEXEC);
	EQ(proc_start(&p, &s, &stage), -1, "cwd is a file");
	IS(stage, "cwd", "stage cwd");
	close(s.cwd_fd);
	EQ(waitpid(-1, NULL, WNOHANG), -1, "nothing is left to reap");
}

static void
test_fds(void)
{
	const char *argv[] = { "ls", "/proc/self/fd", NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct proc_spec s = { .argv = (char **)argv, .cwd_fd = -1 };
	int stray = open("/dev/null", O_RDONLY), st;
	int a[2], b[2];
	char got[8] = "";

	OK(stray > 2, "a stray descriptor without close-on-exec");
	EQ(proc_run(&s, NULL, 0, &out, 1000, NULL, -1, &st), 0, "list descriptors");
	IS(out.p, "0\n1\n2\n3\n", "only 0, 1, 2 and the one ls uses itself");
	close(stray);
	/* Crossed: each one's number is the other's target. */
	EQ(pipe(a) + pipe(b), 0, "two pipes");
	const char *swap[] = { "sh", "-c", "eval \"printf A >&$A; printf B >&$B\"", NULL };
	char ea[16], eb[16], path[] = "PATH=/usr/bin:/bin", *envp[] = { ea, eb, path, NULL };
	struct proc_fd fds[] = { { a[1], b[1] }, { b[1], a[1] } };
	struct proc p;

	(void)snprintf(ea, sizeof ea, "A=%d", a[1]);
	(void)snprintf(eb, sizeof eb, "B=%d", b[1]);
	s = (struct proc_spec){ .argv = (char **)swap, .envp = envp, .cwd_fd = -1, .fds = fds, .nfds = 2 };
	EQ(proc_start(&p, &s, NULL), 0, "start with crossed descriptors");
	EQ(proc_wait(&p, &st), 0, "reap");
	close(a[1]);
	close(b[1]);
	EQ(read(a[0], got, 1), 1, "one byte");
	IS(got, "B", "came through the other");
	close(a[0]);
	close(b[0]);
	/* The directory's own number is a target. */
	const char *test[] = { "test", "-d", "self", NULL };
	int cwd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct proc_fd onto = { STDERR_FILENO, cwd };

	s = (struct proc_spec){ .argv = (char **)test, .cwd_fd = cwd, .fds = &onto, .nfds = 1 };
	EQ(proc_start(&p, &s, NULL), 0, "start with a descriptor onto cwd's");
	EQ(proc_wait(&p, &st), 0, "reap");
	EQ(st, 0, "it is in cwd");
	close(cwd);
}

static void
test_signals(void)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	sigset_t set, old;
	int st;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	EQ(sh("grep -E '^Sig(Blk|Ign)' /proc/self/status", &out, NULL, -1, &st), 0, "look at signals");
	IS(out.p, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", "mask and dispositions are fresh");
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGHUP, SIG_DFL);
	for (int c = 0; c < 256; c++) {
		char script[32];

		(void)snprintf(script, sizeof script, "exit %d", c);
		if (sh(script, NULL, NULL, -1, &st) < 0 || proc_exit_status(st) != (c > 128 ? 128 : c)) {
			EQ(c, -1, "exit status");
			return;
		}
	}
	OK(1, "256 exit codes");
	EQ(sh("kill -9 $$", NULL, NULL, -1, &st), 0, "killed by a signal");
	EQ(proc_exit_status(st), 137, "128+9");
}

static bool
ready(struct proc *p, int ms)
{
	struct pollfd f = { .fd = p->pidfd, .events = POLLIN };

	return poll(&f, 1, ms) == 1;
}

static void
test_lock(void)
{
	int a = lock_open(AT_FDCWD, "l"), b = lock_open(AT_FDCWD, "l"), st;
	struct proc p;

	EQ(lock_try(a, true), 0, "somebody holds it");
	EQ(proc_lock_waiter(&p, b, true), 0, "a waiter");
	OK(!ready(&p, 30), "waits");
	EQ(lock_drop(a), 0, "dropped");
	OK(ready(&p, 5000), "the waiter ends");
	EQ(proc_wait(&p, &st), 0, "reap it, although waitpid(-1) does not see it");
	EQ(st, 0, "exit 0");
	EQ(lock_try(a, true), 1, "the lock is ours, on b");
	close(b);
	EQ(lock_try(a, true), 0, "and goes with b");
	close(a);
}

/* Each of these must be gone after proc_end_children(). */
static const char *const wild[] = {
	"sleep 1000",
	"trap '' TERM; while :; do sleep 1000; done",
	"setsid sleep 1000",
	"(setsid sh -c '(sleep 1000 &)' &)",
	"sh -c 'while :; do (sleep 1000 &); sleep 0.01; done' & sh -c 'sleep 1000' &",
	"f() { f | f & }; g() { i=0; while [ $i -lt 60 ]; do (sleep 1000 & exec sleep 1000) & i=$((i+1)); done; }; g",
	"cat >hop <<'X'\nexec setsid sh -c '. ./hop &'\nX\nsh ./hop",
};

static void
test_end(void)
{
	struct proc spare;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0, "subreaper");
	EQ(proc_end_children(SIGKILL, NULL, 0), 0, "nobody to end");
	if (proc_fork(&spare, PROC_FORK_ASIDE) == 1)
		for (;;)
			pause();
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		const char *argv[] = { "sh", "-c", wild[i], NULL };
		struct proc_fd fds[] = { { null, 1 }, { null, 2 } };
		struct proc_spec s = { .argv = (char **)argv, .cwd_fd = -1, .fds = fds, .nfds = 2 };
		struct proc p;

		EQ(proc_start(&p, &s, NULL), 0, wild[i]);
		(void)ready(&p, 60);
		OK(proc_end_children(SIGKILL, &spare.pid, 1) > 0, "somebody was ended");
		EQ(waitpid(-1, NULL, WNOHANG), -1, "nobody is left");
		EQ(errno, ECHILD, "says the kernel");
		close(p.pidfd);
	}
	OK(!ready(&spare, 0), "the one aside was spared");
	EQ(proc_kill(&spare, SIGTERM), 0, "ends by default on TERM");
	EQ(proc_wait(&spare, NULL), 0, "and can be reaped");
	close(null);
}

static void
test_memfd(void)
{
	int fd = proc_memfd("t", "abc", 3);
	char b[4] = "";

	OK(fd >= 0, "memfd");
	EQ(read(fd, b, 4), 3, "positioned at its start");
	IS(b, "abc", "content");
	EQ(write(fd, "x", 1), -1, "sealed");
	EQ(ftruncate(fd, 0), -1, "also against cutting");
	close(fd);
}

int
main(void)
{
	char dir[] = "/tmp/t-proc-XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	test_run();
	test_errors();
	test_fds();
	test_signals();
	test_lock();
	test_end();
	test_memfd();
	(void)!chdir("/");
	(void)store_remove(AT_FDCWD, dir);
	return t_done();
}
