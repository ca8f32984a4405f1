/* SPDX-License-Identifier: MIT */
/* err: every case runs in a child whose standard error is a packet socket. */
#include "err.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "t.h"

static char *args[] = { (char *)"jobdir-x", NULL };
static char got[16384];	/* what the child wrote, packets joined by '|' */
static int status;

/* A packet per write(2): so that "one write per message" can be seen. */
static void
child(void (*fn)(void))
{
	int fd[2];
	size_t n = 0;
	ssize_t r;
	pid_t pid;

	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0 || (pid = fork()) < 0)
		exit(111);
	if (pid == 0) {
		if (dup2(fd[1], 2) < 0)
			_exit(111);
		close(fd[0]);
		close(fd[1]);
		fn();
		_exit(0);
	}
	close(fd[1]);
	while ((r = read(fd[0], got + n, sizeof got - 2 - n)) > 0) {
		n += (size_t)r;
		got[n++] = '|';
	}
	got[n] = '\0';
	close(fd[0]);
	if (waitpid(pid, &status, 0) != pid)
		exit(111);
}

static int
code(void)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
start(void)
{
	err_init(1, args, "jobdir-x");
}

static void
two_messages(void)
{
	start();
	errno = ENOENT;
	warn("cannot open '%s'", "x/end.json");
	if (errno != ENOENT)
		_exit(9);
	warnx("%d things", 3);
}

static void
forged(void)
{
	start();
	warnx("no job '%s'", "a\njobdir-x: all is well\x1b[2J\x7f\xc2\x9b\xc3\xa9");
}

static void
endless(void)
{
	static char big[10000];

	start();
	memset(big, 'y', sizeof big - 1);
	warnx("%s", big);
	errno = ENOENT;
	warn("%s", big);
}

static void
dying(void)
{
	start();
	die(EXIT_POLICY, "refused");
}

static void
dying_sys(void)
{
	start();
	errno = ENOSPC;
	die_sys("cannot write 'x'");
}

static void
contextual(void)
{
	start();
	err_context("jobdir-supervise %s", "job-1");
	warnx("lost");
	warnx("%s", err_name());
}

static void
no_arguments(void)
{
	char *none[] = { NULL };

	err_init(0, none, "jobdir-x");
}

static void
no_zeroth_argument(void)
{
	char *none[] = { NULL };

	err_init(1, none, "jobdir-x");
}

/* All three closed: what is opened next must not land on them. */
static void
closed_fds(void)
{
	struct stat st, null;
	int fd;

	close(0);
	close(1);
	close(2);
	start();
	fd = open("/", O_RDONLY | O_CLOEXEC);
	if (fd < 3 || stat("/dev/null", &null) < 0)
		_exit(1);
	for (int i = 0; i < 3; i++)
		if (fstat(i, &st) < 0 || st.st_rdev != null.st_rdev ||
		    (fcntl(i, F_GETFD) & FD_CLOEXEC))
			_exit(2);
	_exit(42);
}

static void
open_fds_kept(void)
{
	struct stat before[3], after;

	for (int i = 0; i < 3; i++)
		(void)fstat(i, &before[i]);
	start();
	for (int i = 0; i < 3; i++)
		if (fstat(i, &after) < 0 || after.st_ino != before[i].st_ino)
			_exit(1);
	_exit(42);
}

static void
signals_and_umask(void)
{
	struct sigaction a, b;

	umask(0);
	start();
	if (sigaction(SIGPIPE, NULL, &a) < 0 || sigaction(SIGXFSZ, NULL, &b) < 0)
		_exit(1);
	_exit(a.sa_handler == SIG_IGN && b.sa_handler == SIG_IGN && umask(0) == 0 ? 42 : 2);
}

static void
full_disk(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	start();
	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(1);
	printf("lost\n");
	err_close_stdout();
}

/* The buffer overflowed on the way: fclose() itself has nothing left to lose. */
static void
full_disk_earlier(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	start();
	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(1);
	printf("lost\n");
	fflush(stdout);
	err_close_stdout();
}

static void
all_printed(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	start();
	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(1);
	printf("fine\n");
	err_close_stdout();
	_exit(42);
}

int
main(void)
{
	child(two_messages);
	IS(got, "jobdir-x: cannot open 'x/end.json': No such file or directory\n|"
		"jobdir-x: 3 things\n|", "a message is one line and one write");
	EQ(code(), 0, "errno survives a message");
	child(forged);
	IS(got, "jobdir-x: no job 'a?jobdir-x: all is well?[2J???\xc3\xa9'\n|",
		"control bytes cannot forge a line or reach the terminal");
	child(endless);
	EQ(strlen(got), 2 * 4097, "long lines are cut at 4,096 bytes");
	OK(got[4095] == '\n' && got[4096] == '|', "a cut line still ends");
	child(dying);
	EQ(code(), EXIT_POLICY, "die exits with its code");
	IS(got, "jobdir-x: refused\n|", "die speaks");
	child(dying_sys);
	EQ(code(), EXIT_TEMP, "die_sys exits 111");
	IS(got, "jobdir-x: cannot write 'x': No space left on device\n|", "die_sys says why");
	child(contextual);
	IS(got, "jobdir-supervise job-1: lost\n|jobdir-supervise job-1: jobdir-x\n|",
		"the context widens the name, err_name() stays");
	child(no_arguments);
	EQ(code(), EXIT_USAGE, "argc 0 is refused");
	IS(got, "jobdir-x: started without an argument vector\n|", "and says so");
	child(no_zeroth_argument);
	EQ(code(), EXIT_USAGE, "argv[0] NULL is refused");
	child(closed_fds);
	EQ(code(), 42, "missing standard descriptors become /dev/null");
	child(open_fds_kept);
	EQ(code(), 42, "open standard descriptors are left alone");
	child(signals_and_umask);
	EQ(code(), 42, "SIGPIPE and SIGXFSZ are ignored, the umask is left alone");
	child(full_disk);
	EQ(code(), EXIT_TEMP, "a full disk at the end is an error");
	IS(got, "jobdir-x: cannot write to standard output: No space left on device\n|",
		"and says which");
	child(full_disk_earlier);
	EQ(code(), EXIT_TEMP, "a full disk on the way is an error");
	child(all_printed);
	EQ(code(), 42, "all printed: no exit");
	return t_done();
}
