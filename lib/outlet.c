/* SPDX-License-Identifier: MIT */
#include "outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

#define SMALL 4096		/* PIPE_BUF: what a writable pipe takes whole */
#define FORGET (64u << 10)	/* written bytes worth closing the gap */
#define KEPT (1u << 20)		/* memory kept for the next burst */

void
outlet_open(struct outlet *o, int fd)
{
	char path[32];
	struct stat st;

	*o = (struct outlet){ .fd = fd, .own = -1 };
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (!fstat(fd, &st) && S_ISFIFO(st.st_mode))
		o->own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

void
outlet_close(struct outlet *o)
{
	cleanup_fd(&o->own);
	o->own = -1;
}

static ssize_t
write_some(const struct outlet *o, const char *p, size_t len)
{
	struct pollfd fd = { .fd = o->fd, .events = POLLOUT };

	if (o->own >= 0)
		return write(o->own, p, len);
	if (poll(&fd, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(o->fd, p, len < SMALL ? len : SMALL);
}

/* A buffer that is filled as fast as it is emptied would grow for ever. */
static void
forget_written(struct outlet *o, struct buf *b)
{
	if (o->written < FORGET)
		return;
	buf_remove(b, 0, o->written);
	o->written = 0;
}

bool
outlet_write(struct outlet *o, struct buf *b)
{
	size_t before = o->written;
	bool moved;

	while (o->written < b->len && !o->gone) {
		ssize_t n = write_some(o, b->p + o->written, b->len - o->written);

		if (n > 0) {
			o->written += (size_t)n;
		} else if (errno == EAGAIN) {
			moved = o->written > before;
			forget_written(o, b);
			return moved;
		} else if (errno != EINTR) {
			o->gone = true;
		}
	}
	if (o->gone || !b->len)
		return false;
	o->written = 0;
	if (b->cap > KEPT)
		buf_release(b);
	buf_reset(b);
	return true;
}

size_t
outlet_left(const struct outlet *o, const struct buf *b)
{
	return b->len - o->written;
}
