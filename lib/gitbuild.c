/* SPDX-License-Identifier: MIT */
/* gitbuild: one `git fast-import`, fed while the caller reads. */
#include "gitbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store.h"

#define FLUSH_AT ((size_t)1 << 17)

static int
fail(struct git_build *b, int error)
{
	if (!b->error)
		b->error = error;
	errno = b->error;
	return -1;
}

int
git_build_open(struct git_build *b, const struct git *g, const char *base_commit)
{
	/*
	 * No unpack-objects afterwards: the pack as it is will do. What must last
	 * is packed again and synced by the caller.
	 */
	static const char *const args[] = {
		"-c", "fastimport.unpackLimit=0", "-c", "core.fsync=none",
		"-c", "pack.compression=1", "fast-import", "--quiet", "--done", "--force",
		"--depth=0", NULL,
	};
	CLEANUP(fd) int in = -1;
	CLEANUP(fd) int out = -1;
	int to[2], from[2];

	*b = (struct git_build){ .in = -1, .out = -1 };
	buf_init(&b->pending);
	buf_init(&b->deletes);
	buf_init(&b->sets);
	if (pipe2(to, O_CLOEXEC) < 0)
		return -1;
	in = to[0];
	b->in = to[1];
	if (pipe2(from, O_CLOEXEC) < 0) {
		git_build_abort(b);
		return -1;
	}
	b->out = from[0];
	out = from[1];
	(void)fcntl(b->in, F_SETPIPE_SZ, 1 << 20);	/* only faster */
	if (git_start(&b->proc, g, args, in, out) < 0) {
		git_build_abort(b);
		return -1;
	}
	b->open = true;
	if (base_commit)
		(void)buf_addf(&b->deletes, "from %s\n", base_commit);
	return 0;
}

static int
flush(struct git_build *b)
{
	if (b->error)
		return fail(b, b->error);
	if (!buf_ok(&b->pending) || !buf_ok(&b->deletes) || !buf_ok(&b->sets))
		return fail(b, ENOMEM);
	if (store_write_all(b->in, b->pending.p, b->pending.len) < 0)
		return fail(b, errno);
	buf_reset(&b->pending);
	return 0;
}

long
git_build_blob(struct git_build *b, const void *p, size_t len)
{
	b->marks++;
	(void)buf_addf(&b->pending, "blob\nmark :%ld\ndata %zu\n", b->marks, len);
	(void)buf_add(&b->pending, p, len);
	(void)buf_addch(&b->pending, '\n');
	if (b->error || ((b->pending.len > FLUSH_AT || b->pending.failed) && flush(b) < 0))
		return fail(b, b->error);
	return b->marks;
}

long
git_build_blob_fd(struct git_build *b, int fd, uint64_t size)
{
	CLEANUP(free) char *chunk = malloc(FLUSH_AT);

	if (!chunk)
		return fail(b, ENOMEM);
	b->marks++;
	(void)buf_addf(&b->pending, "blob\nmark :%ld\ndata %llu\n", b->marks,
		(unsigned long long)size);
	if (flush(b) < 0)
		return -1;
	while (size) {
		size_t want = size < FLUSH_AT ? (size_t)size : FLUSH_AT;
		ssize_t n = store_read_some(fd, chunk, want);
		if (n <= 0)
			return fail(b, n ? errno : EAGAIN);
		if (store_write_all(b->in, chunk, (size_t)n) < 0)
			return fail(b, errno);
		size -= (uint64_t)n;
	}
	(void)buf_addch(&b->pending, '\n');
	return b->marks;
}

/* A path as fast-import reads it: always quoted. */
static void
add_path(struct buf *out, const char *path)
{
	(void)buf_addch(out, '"');
	for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
		if (*p == '"' || *p == '\\')
			(void)buf_addf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			(void)buf_addf(out, "\\%03o", *p);
		else
			(void)buf_addch(out, (char)*p);
	}
	(void)buf_addstr(out, "\"\n");
}

int
git_build_set(struct git_build *b, const char *path, unsigned mode, long mark)
{
	(void)buf_addf(&b->sets, "M %06o :%ld ", mode, mark);
	add_path(&b->sets, path);
	return b->sets.failed ? fail(b, ENOMEM) : 0;
}

int
git_build_delete(struct git_build *b, const char *path)
{
	(void)buf_addstr(&b->deletes, "D ");
	add_path(&b->deletes, path);
	return b->deletes.failed ? fail(b, ENOMEM) : 0;
}

void
git_build_abort(struct git_build *b)
{
	int e = errno, status;

	if (b->in >= 0)
		(void)close(b->in);	/* EOF before "done": fast-import gives up */
	if (b->out >= 0)
		(void)close(b->out);
	if (b->open)
		(void)proc_wait(&b->proc, &status);
	b->in = b->out = -1;
	b->open = false;
	buf_release(&b->pending);
	buf_release(&b->deletes);
	buf_release(&b->sets);
	errno = e;
}

/* "OID\n" and "040000 tree OID\t\n". */
static int
take_answers(struct buf *out, char *commit, char *tree)
{
	char *nl = strchr(out->p, '\n'), *t, *tab;

	if (!nl)
		return -1;
	*nl = '\0';
	t = nl + 1;
	if (strncmp(t, "040000 tree ", 12) != 0 || !(tab = strchr(t, '\t')))
		return -1;
	*tab = '\0';
	t += 12;
	if (!git_oid_valid(out->p) || !git_oid_valid(t))
		return -1;
	memcpy(commit, out->p, strlen(out->p) + 1);
	memcpy(tree, t, strlen(t) + 1);
	return 0;
}

int
git_build_finish(struct git_build *b, const char *message, char commit[GIT_OID_MAX + 1],
	char tree[GIT_OID_MAX + 1], struct buf *why)
{
	CLEANUP(buf) struct buf out = BUF_INIT;
	long mark = ++b->marks;
	int status = -1;

	/* A fixed author and time: the same tree on the same base is the same commit. */
	(void)buf_addf(&b->pending, "commit refs/jobdir/built\nmark :%ld\n"
		"committer jobdir <jobdir@localhost> 0 +0000\ndata %zu\n%s\n", mark,
		strlen(message), message);
	(void)buf_add(&b->pending, b->deletes.p, b->deletes.len);
	(void)buf_add(&b->pending, b->sets.p, b->sets.len);
	(void)buf_addf(&b->pending, "\nget-mark :%ld\nls :%ld \"\"\ndone\n", mark, mark);
	if (flush(b) == 0) {
		cleanup_fd(&b->in);
		b->in = -1;
		if (buf_read(&out, b->out, 4096) < 0)
			(void)fail(b, errno);
		b->open = false;
		if (proc_wait(&b->proc, &status) < 0)
			(void)fail(b, errno);
		else if (status != 0 || take_answers(&out, commit, tree) < 0)
			(void)fail(b, EBADMSG);
	}
	int e = b->error;
	git_build_abort(b);
	if (!e)
		return 0;
	if (why)
		(void)buf_addf(why, "git fast-import failed: %s", strerror(e));
	errno = e;
	return -1;
}
