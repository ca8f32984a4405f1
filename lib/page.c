/* SPDX-License-Identifier: MIT */
#include "page.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "answer.h"
#include "buf.h"
#include "change.h"
#include "jsonw.h"
#include "num.h"
#include "path.h"

/* Where a piece of at most max bytes ends: not inside a character, best after a newline. */
static size_t
cut(const char *p, size_t len, size_t max)
{
	size_t n = len < max ? len : max;
	const char *nl;

	if (n == len)
		return n;
	nl = memrchr(p, '\n', n);
	if (nl && (size_t)(nl - p) > n / 2)
		return (size_t)(nl - p) + 1;
	while (n > max - 4 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
put_numbers(struct jsonw *w, int64_t offset, int64_t total, int64_t next)
{
	jsonw_mint(w, "offset", offset);
	jsonw_mint(w, "total", total);
	jsonw_key(w, "next_offset");
	if (next < total)
		jsonw_int(w, next);
	else
		jsonw_null(w);
}

/* p: the bytes from offset on, len of them at hand. */
static void
put_piece(struct jsonw *w, const char *p, size_t len, int64_t offset, int64_t total, bool quoted)
{
	struct buf out CLEANUP(buf) = BUF_INIT;
	size_t n = cut(p, len, PAGE_BYTES);

	if (quoted)
		answer_quoted(&out, p, n, SIZE_MAX);
	else
		answer_foreign(&out, p, n, SIZE_MAX, NULL);
	jsonw_key(w, "text");
	jsonw_str(w, out.p, out.len);
	put_numbers(w, offset, total, offset + (int64_t)n);
}

int
page_text(struct jsonw *w, const char *p, size_t len, int64_t offset)
{
	if (offset < 0 || offset > (int64_t)len) {
		errno = EINVAL;
		return -1;
	}
	put_piece(w, p + offset, len - (size_t)offset, offset, (int64_t)len, false);
	return 0;
}

int
page_file(struct jsonw *w, int dirfd, const char *name, int64_t offset, bool quoted)
{
	int fd CLEANUP(fd) = path_open(dirfd, name, O_RDONLY | O_NONBLOCK, 0);
	char piece[PAGE_BYTES + 4];
	struct stat sb = { 0 };
	ssize_t n = 0;

	if (fd < 0 && errno != ENOENT)
		return -1;
	if (fd >= 0 && fstat(fd, &sb) < 0)
		return -1;
	if (offset < 0 || offset > (int64_t)sb.st_size) {
		errno = EINVAL;
		return -1;
	}
	if (fd >= 0)
		n = pread(fd, piece, sizeof piece, (off_t)offset);
	if (n < 0)
		return -1;
	if (n < (ssize_t)sizeof piece)		/* its end, also of a file cut short meanwhile */
		sb.st_size = (off_t)offset + n;
	put_piece(w, piece, (size_t)n, offset, (int64_t)sb.st_size, quoted);
	return 0;
}

int
page_tail(struct buf *out, int fd, size_t max, bool told)
{
	char *piece CLEANUP(free) = malloc(max);
	const char *p, *nl;
	struct stat sb;
	ssize_t n;
	off_t from;

	if (!piece || fstat(fd, &sb) < 0 || !S_ISREG(sb.st_mode))
		return -1;
	from = sb.st_size > (off_t)max ? sb.st_size - (off_t)max : 0;
	n = pread(fd, piece, max, from);
	if (n <= 0)
		return (int)n;
	/* not from the middle of a line, unless there is only one */
	nl = from ? memchr(piece, '\n', (size_t)n - 1) : NULL;
	p = nl ? nl + 1 : piece;
	if (from && told)
		(void)buf_addf(out, "[… %lld bytes before]\n", (long long)(from + (p - piece)));
	answer_foreign(out, p, (size_t)(piece + n - p), max, NULL);
	return buf_ok(out) ? 0 : -1;
}

int
page_files(struct jsonw *w, const struct change *c, int64_t offset)
{
	struct buf *out = w->out;
	size_t start = out->len, i;

	if (offset < 0 || offset > (int64_t)c->nfiles) {
		errno = EINVAL;
		return -1;
	}
	jsonw_key(w, "files");
	jsonw_array(w);
	for (i = (size_t)offset; i < c->nfiles && out->len - start < PAGE_BYTES; i++) {
		const struct change_file *f = &c->files[i];

		jsonw_object(w);
		answer_path(w, "path", f->path);
		jsonw_key(w, "status");
		jsonw_str(w, &f->status, 1);
		jsonw_mbool(w, "binary", f->binary);
		jsonw_mint(w, "added", f->added);
		jsonw_mint(w, "deleted", f->deleted);
		jsonw_key(w, "marks");
		change_write_marks(w, f->marks);
		jsonw_end(w);
	}
	jsonw_end(w);
	put_numbers(w, offset, (int64_t)c->nfiles, (int64_t)i);
	return 0;
}
