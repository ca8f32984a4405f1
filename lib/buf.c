/* SPDX-License-Identifier: MIT */
/* buf: growing bytes. */
#include "buf.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_CHUNK (64u << 10)

char buf_empty[1];

void
buf_init(struct buf *b)
{
	*b = (struct buf)BUF_INIT;
}

void
buf_release(struct buf *b)
{
	if (b->cap)
		free(b->p);
	buf_init(b);
}

void
buf_reset(struct buf *b)
{
	buf_setlen(b, 0);
	b->failed = false;
}

bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}

static int
fail(struct buf *b)
{
	b->failed = true;
	errno = ENOMEM;
	return -1;
}

int
buf_grow(struct buf *b, size_t extra)
{
	size_t need, cap;
	char *p;

	if (b->failed || __builtin_add_overflow(b->len, extra, &need) || need >= PTRDIFF_MAX)
		return fail(b);
	need++;
	if (need <= b->cap)
		return 0;
	cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;
	if (cap < need || cap > PTRDIFF_MAX)
		cap = need;
	p = realloc(b->cap ? b->p : NULL, cap);
	if (!p)
		return fail(b);
	if (!b->cap)
		p[0] = '\0';
	b->p = p;
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t len)
{
	if (buf_grow(b, len) < 0)
		return -1;
	if (len)	/* p may be NULL then */
		memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
	return 0;
}

int
buf_addstr(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addch(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return r;
}

int
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int n;

	if (buf_grow(b, 127) < 0)
		return -1;
	room = b->cap - b->len;
	va_copy(again, ap);
	n = vsnprintf(b->p + b->len, room, fmt, ap);
	if (n >= 0 && (size_t)n >= room && buf_grow(b, (size_t)n) == 0)
		n = vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	if (n < 0 || b->failed) {
		b->p[b->len] = '\0';
		return fail(b);
	}
	b->len += (size_t)n;
	return 0;
}

void
buf_setlen(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->p[len] = '\0';
}

void
buf_remove(struct buf *b, size_t pos, size_t n)
{
	if (pos >= b->len)
		return;
	if (n > b->len - pos)
		n = b->len - pos;
	memmove(b->p + pos, b->p + pos + n, b->len - pos - n + 1);
	b->len -= n;
}

char *
buf_steal(struct buf *b)
{
	char *p = NULL;

	/* Never hand out buf_empty, nor text with a hole in it. */
	if (buf_ok(b) && buf_grow(b, 0) == 0) {
		p = b->p;
		buf_init(b);
		return p;
	}
	buf_release(b);
	errno = ENOMEM;
	return NULL;
}

int
buf_read(struct buf *b, int fd, size_t max)
{
	size_t left = max;

	for (;;) {
		/* One byte more than allowed tells "exactly max" from "too much". */
		size_t want = left < READ_CHUNK ? left + 1 : READ_CHUNK;
		ssize_t n;

		if (buf_grow(b, want) < 0)
			return -1;
		n = read(fd, b->p + b->len, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			b->p[b->len] = '\0';
			return (int)n;
		}
		if ((size_t)n > left) {
			b->len += left;
			b->p[b->len] = '\0';
			errno = EFBIG;
			return -1;
		}
		left -= (size_t)n;
		b->len += (size_t)n;
		b->p[b->len] = '\0';
	}
}

void
cleanup_free(void *p)
{
	int saved = errno;
	void *mem;

	memcpy(&mem, p, sizeof mem);	/* p is a T **, whatever T */
	free(mem);
	errno = saved;
}

void
cleanup_buf(struct buf *b)
{
	int saved = errno;

	buf_release(b);
	errno = saved;
}

void
cleanup_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);	/* who needs the result closes it himself */
	*fd = -1;
	errno = saved;
}

void
cleanup_dir(void *dirp)
{
	int saved = errno;
	DIR *dir;

	memcpy(&dir, dirp, sizeof dir);
	if (dir)
		(void)closedir(dir);	/* as cleanup_fd */
	errno = saved;
}

void
cleanup_file(void *filep)
{
	int saved = errno;
	FILE *file;

	memcpy(&file, filep, sizeof file);
	if (file)
		(void)fclose(file);	/* as cleanup_fd */
	errno = saved;
}

int
steal_fd(int *fd)
{
	int had = *fd;

	*fd = -1;
	return had;
}

void *
steal_ptr(void *pp)
{
	void *had, *none = NULL;

	memcpy(&had, pp, sizeof had);
	memcpy(pp, &none, sizeof none);
	return had;
}
