/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "t.h"

static void
nothing(int sig)
{
	(void)sig;
}

static void
probing(int dir)
{
	int a = lock_open(dir, "lock");
	int b = openat(dir, "lock", O_RDONLY | O_CLOEXEC);
	int c = openat(dir, "lock", O_RDONLY | O_CLOEXEC);
	int d = lock_open(dir, "lock");

	OK(a >= 0 && b >= 0 && c >= 0 && d >= 0, "opened four times");
	EQ(lock_held(b), 0, "free");
	EQ(lock_try(a, true), 0, "taken");
	for (int i = 0; i < 3; i++)
		EQ(lock_held(b), 1, "held, however often one asks");
	EQ(lock_try(d, true), 1, "a second writer is refused");
	EQ(lock_try(c, false), 1, "a reader too");
	close(d);
	EQ(lock_held(b), 1, "an unrelated close drops nothing");
	EQ(lock_drop(a), 0, "dropped");
	EQ(lock_try(c, false), 0, "a waiter's read lock");
	EQ(lock_held(b), 0, "does not look like a living supervisor");
	EQ(lock_drop(c), 0, "dropped");
	EQ(lock_try(a, true), 0, "taken again");
	close(a);
	EQ(lock_held(b), 0, "the close frees it");
	close(b);
	close(c);
}

static void
waiting(int dir)
{
	struct sigaction sa = { .sa_handler = nothing };
	struct itimerval soon = { .it_value = { .tv_usec = 20000 }, .it_interval = { .tv_usec = 20000 } };
	struct itimerval off = { 0 };
	int a = lock_open(dir, "lock"), b = openat(dir, "lock", O_RDONLY | O_CLOEXEC);
	int pipefd[2], status;
	pid_t pid;

	EQ(lock_try(a, true), 0, "held by us");
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	OK(lock_wait(b, false) < 0 && errno == EINTR, "a timer ends the wait");
	setitimer(ITIMER_REAL, &off, NULL);
	EQ(lock_drop(a), 0, "dropped");

	/* The lock belongs to the open file: the child's share keeps it alive. */
	EQ(lock_try(a, true), 0, "taken");
	OK(!pipe(pipefd), "setup");
	pid = fork();
	if (!pid) {
		char c;

		close(pipefd[1]);
		_exit(read(pipefd[0], &c, 1) != 0);
	}
	close(pipefd[0]);
	close(a);
	EQ(lock_held(b), 1, "held by the child that inherited it");
	close(pipefd[1]);
	EQ(lock_wait(b, false), 0, "its death lets the waiter go on");
	OK(waitpid(pid, &status, 0) == pid && status == 0, "the child ended");
	close(b);
}

int
main(void)
{
	char top[] = "/tmp/jobdir-lock-XXXXXX";
	int dir;

	if (!mkdtemp(top) || chdir(top) < 0)
		return 99;
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	probing(dir);
	waiting(dir);
	EQ(lock_works(dir), 1, "locks work here");
	unlink("lock");
	EQ(rmdir(top), 0, "the probe left nothing behind");
	return t_done();
}
