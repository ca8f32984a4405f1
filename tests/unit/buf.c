/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include "t.h"

static void
growing(void)
{
	struct buf b = BUF_INIT;

	OK(buf_ok(&b) && b.len == 0 && b.p[0] == '\0', "an empty buffer is an empty string");
	EQ(buf_add(&b, NULL, 0), 0, "adding nothing");
	EQ(buf_add(&b, "a\0b", 3), 0, "adding bytes with a NUL");
	OK(b.len == 3 && !memcmp(b.p, "a\0b", 4), "bytes are kept and terminated");
	buf_reset(&b);
	IS(b.p, "", "reset empties");
	OK(b.cap > 0, "reset keeps the memory");
	EQ(buf_addstr(&b, "str"), 0, "addstr");
	EQ(buf_addch(&b, '-'), 0, "addch");
	EQ(buf_addf(&b, "%d%s", 42, "x"), 0, "addf");
	IS(b.p, "str-42x", "all of it, in order");
	for (int i = 0; i < 100000; i++)
		(void)buf_addch(&b, 'z');
	OK(buf_ok(&b) && b.len == 100007 && b.p[100006] == 'z' && b.p[100007] == '\0',
		"many small additions");
	buf_release(&b);
	OK(b.len == 0 && b.cap == 0 && b.p == buf_empty, "released is as initialised");
	buf_release(&b);
	OK(buf_ok(&b), "released twice");
	EQ(buf_empty[0], '\0', "nobody wrote to the shared empty string");
}

static void
formatting(void)
{
	struct buf b = BUF_INIT;
	char big[1000];

	memset(big, 'q', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	/* Around every border of the first guess at the room. */
	for (int n = 0; n < 300; n++) {
		buf_release(&b);
		(void)buf_addf(&b, "%.*s", n, big);
		if (b.len != (size_t)n || strlen(b.p) != b.len)
			break;
		if (n == 299)
			OK(1, "addf at every length to 299");
	}
	EQ(b.len, 299, "addf ended with the longest");
	EQ(buf_addf(&b, "%s%s", big, "."), 0, "addf longer than the room");
	OK(b.len == 299 + 1000 && b.p[b.len - 1] == '.', "and complete");
	buf_release(&b);
}

static void
cutting(void)
{
	struct buf b = BUF_INIT;

	buf_setlen(&b, 0);
	buf_remove(&b, 0, 5);
	IS(b.p, "", "cutting an empty buffer");
	(void)buf_addstr(&b, "0123456789");
	buf_remove(&b, 2, 3);
	IS(b.p, "0156789", "remove closes the gap");
	buf_remove(&b, 5, 100);
	IS(b.p, "01567", "remove past the end stops there");
	buf_remove(&b, 9, 1);
	IS(b.p, "01567", "remove behind the end does nothing");
	buf_setlen(&b, 2);
	IS(b.p, "01", "setlen cuts");
	buf_setlen(&b, 7);
	EQ(b.len, 2, "setlen never lengthens");
	buf_release(&b);
}

static void
failing(void)
{
	struct buf b = BUF_INIT;
	char *s;

	(void)buf_addstr(&b, "kept");
	errno = 0;
	EQ(buf_grow(&b, SIZE_MAX), -1, "size overflow");
	EQ(errno, ENOMEM, "is ENOMEM");
	OK(!buf_ok(&b), "is remembered");
	errno = 0;
	EQ(buf_addch(&b, 'x'), -1, "a failed buffer takes no more");
	EQ(errno, ENOMEM, "and says why");
	EQ(buf_addf(&b, "x"), -1, "nor formatted");
	IS(b.p, "kept", "but keeps what it had");
	s = buf_steal(&b);
	OK(!s && b.p == buf_empty && buf_ok(&b), "stealing a failed buffer gives NULL, empties it");
	EQ(buf_grow(&b, (size_t)PTRDIFF_MAX), -1, "PTRDIFF_MAX is too much");
	buf_reset(&b);
	EQ(buf_addch(&b, 'y'), 0, "reset clears the failure");
	s = buf_steal(&b);
	IS(s, "y", "steal hands the string over");
	free(s);
	s = buf_steal(&b);
	IS(s, "", "stealing an empty buffer gives memory of one's own");
	OK(s != buf_empty, "not the shared string");
	free(s);
}

static int
pipe_of(const char *p, size_t n)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0 || write(fd[1], p, n) != (ssize_t)n)
		exit(111);
	close(fd[1]);
	return fd[0];
}

static void
reading(void)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	CLEANUP(fd) int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int fd = pipe_of("hello", 5);

	(void)buf_addstr(&b, ">");
	EQ(buf_read(&b, fd, 5), 0, "exactly max bytes");
	IS(b.p, ">hello", "appended");
	EQ(buf_read(&b, fd, 0), 0, "at EOF, nothing allowed, nothing there");
	close(fd);
	fd = pipe_of("hello", 5);
	buf_reset(&b);
	errno = 0;
	EQ(buf_read(&b, fd, 4), -1, "one byte too many");
	EQ(errno, EFBIG, "is EFBIG");
	IS(b.p, "hell", "what was allowed is there");
	close(fd);
	buf_reset(&b);
	EQ(buf_read(&b, zero, 300000), -1, "an endless file");
	OK(errno == EFBIG && b.len == 300000, "stops at max");
	buf_reset(&b);
	errno = 0;
	EQ(buf_read(&b, -1, 10), -1, "a bad descriptor");
	EQ(errno, EBADF, "is EBADF");
	OK(buf_ok(&b), "a read error is not a failed buffer");
}

static int
scope(int *fd_out)
{
	CLEANUP(fd) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CLEANUP(fd) int none = -1;
	CLEANUP(free) char *mem = malloc(10);
	CLEANUP(buf) struct buf b = BUF_INIT;
	CLEANUP(dir) DIR *dir = opendir("/");
	CLEANUP(file) FILE *file = fopen("/dev/null", "re");

	(void)buf_addstr(&b, "x");
	*fd_out = fd;
	errno = EXDEV;
	return none + !(fd >= 0 && mem && dir && file);
}

static void
cleaning(void)
{
	int fd, other = open("/dev/null", O_RDONLY | O_CLOEXEC), first;
	char *s = strdup("x"), *t;

	EQ(scope(&fd), -1, "a scope with one of everything");
	EQ(errno, EXDEV, "leaving it preserves errno");
	EQ(fcntl(fd, F_GETFD), -1, "its descriptor is closed");
	first = other;
	fd = steal_fd(&other);
	OK(fd == first && other == -1, "steal_fd");
	close(fd);
	t = steal_ptr(&s);
	OK(t && !s && !strcmp(t, "x"), "steal_ptr");
	free(t);
}

int
main(void)
{
	growing();
	formatting();
	cutting();
	failing();
	reading();
	cleaning();
	return t_done();
}
