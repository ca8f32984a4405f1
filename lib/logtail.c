/* SPDX-License-Identifier: MIT */
#include "logtail.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "num.h"

#define BLOCK 65536

/* Exactly len bytes at pos, or fewer at the end of the file. */
static ssize_t
read_at(int fd, char *p, size_t len, off_t pos)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, p + got, len - got, pos + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/*
 * The offset just after the newline that ends the line before, going back from
 * end over n newlines; 0 at the beginning of the file; *cut: within a line
 * that is too long.
 */
static off_t
back(int fd, off_t end, uint64_t n, bool *cut)
{
	char block[BLOCK];
	off_t line = end;		/* where the line that is looked at ends */

	while (end > 0) {
		size_t len = end > BLOCK ? BLOCK : (size_t)end;
		ssize_t got = read_at(fd, block, len, end - (off_t)len);
		char *nl;

		if (got < 0)
			return -1;
		if ((size_t)got < len)
			return 0;	/* it shrank: begin anew */
		end -= got;
		while ((nl = memrchr(block, '\n', len))) {
			if (!n--)
				return end + (nl - block) + 1;
			len = (size_t)(nl - block);
			line = end + (nl - block);
		}
		if (line - end > LOGTAIL_LINE) {
			*cut = true;
			return line - LOGTAIL_LINE;
		}
	}
	return 0;
}

int
logtail_start(struct logtail *t, int fd, uint64_t n, bool whole)
{
	struct stat st;
	char last = '\n';
	off_t end;

	if (fstat(fd, &st) < 0)
		return -1;
	end = st.st_size;
	*t = (struct logtail){ .fd = fd };
	if (end && read_at(fd, &last, 1, end - 1) < 0)
		return -1;
	/* Without a newline at its end the last line is one more, or none yet. */
	if (last != '\n' && whole && n)
		n--;
	else if (last != '\n' && !whole)
		end = back(fd, end, 0, &t->cut);
	else if (last != '\n' && whole)
		n = UINT64_MAX;		/* no lines at all: from the very end */
	t->pos = n == UINT64_MAX || t->cut || end < 0 ? end : back(fd, end, n, &t->cut);
	t->seen = t->pos;
	return t->pos < 0 ? -1 : 0;
}

/* Just after the last newline in [from, end), or from if there is none. */
static off_t
last_line_end(int fd, off_t from, off_t end)
{
	char block[BLOCK];

	while (end > from) {
		size_t len = end - from > BLOCK ? BLOCK : (size_t)(end - from);
		ssize_t got = read_at(fd, block, len, end - (off_t)len);
		char *nl = got < 0 ? NULL : memrchr(block, '\n', (size_t)got);

		if (got < 0)
			return -1;
		if (nl)
			return end - (off_t)len + (nl - block) + 1;
		end -= (off_t)len;
	}
	return from;
}

/* So many of the bytes that no character is cut behind them. */
static ssize_t
whole_characters(const char *p, ssize_t n)
{
	ssize_t at = n - 1;

	while (at > n - 4 && ((unsigned char)p[at] & 0xc0) == 0x80)
		at--;
	return (unsigned char)p[at] >= 0xc0 && !num_utf8(p + at, (size_t)(n - at)) ? at : n;
}

off_t
logtail_next(struct logtail *t, bool whole, int (*fn)(char *p, size_t len, void *arg), void *arg)
{
	char block[BLOCK];
	off_t end, start = t->pos;
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return -1;
	if (st.st_size < t->pos)
		t->pos = t->seen = start = st.st_size;	/* truncated by somebody: go on from there */
	end = st.st_size;
	if (!whole) {
		off_t from = t->seen > t->pos ? t->seen : t->pos;

		end = last_line_end(t->fd, from, st.st_size);
		if (end < 0)
			return -1;
		t->seen = st.st_size;
		if (end == from)
			return 0;
	}
	while (t->pos < end) {
		size_t len = end - t->pos > BLOCK ? BLOCK : (size_t)(end - t->pos);
		ssize_t got = read_at(t->fd, block, len, t->pos);

		/* The reader of a block sees whole characters. */
		if (got > 4 && t->pos + got < end)
			got = whole_characters(block, got);
		if (got < 0 || (got && fn(block, (size_t)got, arg) < 0))
			return -1;
		if (!got)
			break;
		t->pos += got;
	}
	return t->pos - start;
}
