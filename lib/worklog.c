/* SPDX-License-Identifier: MIT */
#include "worklog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "buf.h"
#include "jobname.h"
#include "jsonw.h"
#include "page.h"
#include "path.h"

/* Where the last n lines of p begin. */
static size_t
last_lines(const char *p, size_t len, int64_t n)
{
	size_t i = len;

	if (i && p[i - 1] == '\n')
		i--;
	while (i > 0)
		if (p[--i] == '\n' && --n == 0)
			return i + 1;
	return 0;
}

/* Where the first n lines of p end. */
static size_t
first_lines(const char *p, size_t len, int64_t n)
{
	const char *nl = p;

	while (n-- > 0) {
		nl = memchr(nl, '\n', len - (size_t)(nl - p));
		if (!nl)
			return len;
		nl++;
	}
	return (size_t)(nl - p);
}

/* Not inside a character, and best at the end of a line. */
static size_t
whole(const char *p, size_t len)
{
	const char *nl = memrchr(p, '\n', len);
	size_t n = len;

	if (nl)
		return (size_t)(nl - p) + 1;
	while (n && ((unsigned char)p[n - 1] & 0xc0) == 0x80)
		n--;
	return n > 1 ? n - 1 : len;
}

int
worklog(struct jsonw *w, int jobfd, int64_t offset, int64_t lines)
{
	CLEANUP(fd) int fd = path_open(jobfd, JOB_LOG, O_RDONLY | O_NONBLOCK, 0);
	CLEANUP(buf) struct buf out = BUF_INIT;
	char page[PAGE_BYTES];
	struct stat st = { 0 };
	size_t from = 0, len = 0;
	int64_t at;
	ssize_t n;

	if ((fd < 0 && errno != ENOENT) || (fd >= 0 && fstat(fd, &st) < 0))
		return -1;
	if (offset > st.st_size) {
		errno = EINVAL;
		return -1;
	}
	at = offset >= 0 ? offset : st.st_size > PAGE_BYTES ? st.st_size - PAGE_BYTES : 0;
	n = fd < 0 ? 0 : pread(fd, page, sizeof page, (off_t)at);
	if (n < 0)
		return -1;
	len = (size_t)n;
	if (offset < 0) {
		from = last_lines(page, len, lines);
		if (!from && at) {	/* a page of fewer lines than asked: begin with a whole one */
			const char *nl = memchr(page, '\n', len);

			from = nl && nl + 1 < page + len ? (size_t)(nl + 1 - page) : 0;
		}
	} else {
		len = first_lines(page, len, lines);
		if (len == sizeof page && at + (int64_t)len < st.st_size)
			len = whole(page, len);
	}
	answer_foreign(&out, page + from, len - from, PAGE_BYTES, NULL);
	answer_agent_words(w, "text");
	jsonw_key(w, "text");
	jsonw_str(w, out.p, out.len);
	jsonw_mint(w, "offset", at + (int64_t)from);
	jsonw_mint(w, "total", st.st_size);
	jsonw_key(w, "next_offset");
	if (at + (int64_t)len < st.st_size)
		jsonw_int(w, at + (int64_t)len);
	else
		jsonw_null(w);
	return 0;
}
