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
	buf_init(&c->asked);
	buf_init(&c->pending);
	if (pipe2(to, O_CLOEXEC) < 0)
		return -1;
	child_in = to[0];
	c->in = to[1];
	if (pipe2(from, O_CLOEXEC) < 0)
		goto fail;
	c->out = from[0];
	child_out = from[1];
	int size = fcntl(c->in, F_GETPIPE_SZ);
	c->room = size > 0 ? (size_t)size / 2 : 2048;
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
	buf_release(&c->asked);
	buf_release(&c->pending);
}

/* Refill when little is left, then to the brim: one write for many names. */
bool
git_cat_wants(const struct git_cat *c, bool started)
{
	size_t out = c->asked.len - c->next;

	return out < (started ? c->room - GIT_OID_MAX - 1 : c->room / 4);
}

void
git_cat_ask(struct git_cat *c, const char *name)
{
	(void)buf_add(&c->asked, name, strlen(name) + 1);	/* sticky; looked at by read */
	(void)buf_addf(&c->pending, "%s\n", name);
}

/* Send what is pending, or this one name. */
static int
cat_send(struct git_cat *c, const char *name)
{
	if (!buf_ok(&c->asked) || !buf_ok(&c->pending))
		return -1;
	if (c->next < c->asked.len) {
		if (strcmp(c->asked.p + c->next, name)) {
			errno = EPROTO;		/* another than was asked for: a mistake of ours */
			return -1;
		}
		c->next += strlen(name) + 1;
		if (c->next == c->asked.len)
			c->next = 0, buf_reset(&c->asked);
	} else {
		(void)buf_addf(&c->pending, "%s\n", name);
	}
	if (store_write_all(c->in, c->pending.p, c->pending.len) < 0)
		return -1;
	buf_reset(&c->pending);
	return 0;
}

/* More bytes into c->ahead. */
static int
cat_more(struct git_cat *c)
{
	buf_remove(&c->ahead, 0, c->used);
	c->used = 0;
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
		size_t left = c->ahead.len - c->used, k = left < n ? left : n;

		if (out && buf_add(out, c->ahead.p + c->used, k) < 0)
			return -1;
		c->used += k;
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

	if (cat_send(c, name) < 0)
		return -1;
	while (!(nl = memchr(c->ahead.p + c->used, '\n', c->ahead.len - c->used)))
		if (cat_more(c) < 0)
			return -1;
	/* "OID TYPE SIZE", or "NAME missing": a name has no spaces here */
	CLEANUP(buf) struct buf head = BUF_INIT;
	if (cat_take(c, (size_t)(nl - c->ahead.p) - c->used + 1, &head) < 0)
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
