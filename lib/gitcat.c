/* SPDX-License-Identifier: MIT */
/* gitcat: a conversation with `cat-file --batch`: a name, then a header line and the bytes. */
#include "gitcat.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "num.h"
#include "store.h"

int
git_cat_open(struct git_cat *c, const struct git *g)
{
	static const char *const args[] = { "cat-file", "--batch", NULL };
	CLEANUP(fd) int child_in = -1;
	CLEANUP(fd) int child_out = -1;
	int to[2], from[2];

	*c = (struct git_cat){ .in = -1, .out = -1 };
	buf_init(&c->ahead);
	if (pipe2(to, O_CLOEXEC) < 0)
		return -1;
	child_in = to[0];
	c->in = to[1];
	if (pipe2(from, O_CLOEXEC) < 0)
		goto fail;
	c->out = from[0];
	child_out = from[1];
	if (git_start(&c->proc, g, args, child_in, child_out) == 0)
		return 0;
fail:;
	int e = errno;
	cleanup_fd(&c->in);
	cleanup_fd(&c->out);
	c->in = c->out = -1;
	errno = e;
	return -1;
}

void
git_cat_close(struct git_cat *c)
{
	int status;

	if (c->in < 0)
		return;
	cleanup_fd(&c->in);
	cleanup_fd(&c->out);
	c->in = c->out = -1;
	(void)proc_wait(&c->proc, &status);	/* all answers were read; its exit says nothing new */
	buf_release(&c->ahead);
}

/* More bytes into c->ahead. */
static int
cat_more(struct git_cat *c)
{
	if (buf_grow(&c->ahead, 1 << 16) < 0)
		return -1;
	ssize_t n = store_read_some(c->out, c->ahead.p + c->ahead.len, 1 << 16);
	if (n <= 0) {
		errno = n ? errno : EPIPE;
		return -1;
	}
	c->ahead.len += (size_t)n;
	c->ahead.p[c->ahead.len] = '\0';
	return 0;
}

/* Move n bytes from the stream to out (NULL: drop them). */
static int
cat_take(struct git_cat *c, size_t n, struct buf *out)
{
	for (;;) {
		size_t k = c->ahead.len < n ? c->ahead.len : n;

		if (out && buf_add(out, c->ahead.p, k) < 0)
			return -1;
		buf_remove(&c->ahead, 0, k);
		n -= k;
		if (!n)
			return 0;
		if (cat_more(c) < 0)
			return -1;
	}
}

int
git_cat_read(struct git_cat *c, const char *name, char type[16], struct buf *out, size_t max)
{
	const char *nl;
	long long size;
	char kind[16];

	if (store_write_all(c->in, name, strlen(name)) < 0 || store_write_all(c->in, "\n", 1) < 0)
		return -1;
	while (!(nl = memchr(c->ahead.p, '\n', c->ahead.len)))
		if (cat_more(c) < 0)
			return -1;
	/* "OID TYPE SIZE", or "NAME missing": a name has no spaces here */
	CLEANUP(buf) struct buf head = BUF_INIT;
	if (cat_take(c, (size_t)(nl - c->ahead.p) + 1, &head) < 0)
		return -1;
	char *sp = strchr(head.p, ' '), *sp2 = sp ? strchr(sp + 1, ' ') : NULL;
	if (!sp2 || sp2 - sp > (int)sizeof(kind)) {
		errno = ENOENT;
		return -1;
	}
	*sp2 = '\0';
	memcpy(kind, sp + 1, strlen(sp + 1) + 1);
	head.p[head.len - 1] = '\0';
	int64_t n64;
	if (num_parse(sp2 + 1, 0, INT64_MAX, &n64) < 0) {
		errno = EPROTO;
		return -1;
	}
	size = n64;
	memcpy(type, kind, strlen(kind) + 1);
	bool fits = (size_t)size <= max;
	if (cat_take(c, (size_t)size, fits ? out : NULL) < 0 || cat_take(c, 1, NULL) < 0)
		return -1;
	errno = EFBIG;
	return fits ? 0 : -1;
}
