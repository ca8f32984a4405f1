/* SPDX-License-Identifier: MIT */
#include "difftree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "num.h"
#include "room.h"
#include "sha256.h"
#include "store.h"

#define PLAIN "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", \
	"--ignore-submodules=none"

struct raw {
	unsigned old_mode, new_mode;
	const char *old, *new, *path;
	char status;
};

/* ":OLDMODE NEWMODE OLD NEW S" NUL path NUL. The end, or NULL. */
static char *
read_raw(char *p, const char *end, size_t hex, struct raw *r)
{
	size_t meta = 1 + 6 + 1 + 6 + 1 + hex + 1 + hex + 2;

	if (strlen(p) != meta || p + meta + 1 >= end)
		return NULL;
	r->old_mode = (unsigned)strtoul(p + 1, NULL, 8);
	r->new_mode = (unsigned)strtoul(p + 8, NULL, 8);
	r->old = p + 15;
	r->new = r->old + hex + 1;
	r->status = p[meta - 1];
	p[15 + hex] = p[15 + hex + 1 + hex] = '\0';
	r->path = p + meta + 1;
	return p + meta + 1 + strlen(r->path) + 1;
}

static int
add_file(struct change *c, const struct raw *r)
{
	struct change_file *list = room_for(c->files, c->nfiles, sizeof(*list));
	if (!list)
		return -1;
	c->files = list;
	struct change_file *f = &list[c->nfiles];
	*f = (struct change_file){ .status = r->status, .old_mode = r->old_mode,
		.new_mode = r->new_mode, .path = strdup(r->path) };
	if (!f->path)
		return -1;
	if (!git_oid_zero(r->old))
		memcpy(f->old, r->old, strlen(r->old) + 1);
	if (!git_oid_zero(r->new))
		memcpy(f->new, r->new, strlen(r->new) + 1);
	f->marks = change_path_marks(f->path);
	c->nfiles++;
	return 0;
}

/* "ADDED TAB DELETED TAB path" NUL; "-" for both when binary. */
static char *
read_numstat(char *p, struct change *c, size_t *next)
{
	char *tab = strchr(p, '\t'), *tab2 = tab ? strchr(tab + 1, '\t') : NULL;

	if (!tab2)
		return NULL;
	*tab = *tab2 = '\0';
	const char *path = tab2 + 1;
	/* files come in the same order; trees have no line here */
	while (*next < c->nfiles && strcmp(c->files[*next].path, path) != 0)
		++*next;
	if (*next == c->nfiles)
		return NULL;
	struct change_file *f = &c->files[(*next)++];
	f->binary = *p == '-';
	if (!f->binary && (num_parse(p, 0, INT64_MAX, &f->added) < 0 ||
		num_parse(tab + 1, 0, INT64_MAX, &f->deleted) < 0))
		return NULL;
	c->added += f->added;
	c->deleted += f->deleted;
	return tab2 + 1 + strlen(path) + 1;
}

int
difftree_parse(struct buf *out, struct change *c, struct buf *oids)
{
	char *p = out->p, *end = out->p + out->len;
	size_t hex = strlen(c->base), next = 0;
	struct raw r;

	while (p && p < end && *p == ':') {
		if (!(p = read_raw(p, end, hex, &r)))
			break;
		if (!git_oid_zero(r.old))
			(void)buf_addf(oids, "%s\n", r.old);	/* sticky */
		if (!git_oid_zero(r.new))
			(void)buf_addf(oids, "%s\n", r.new);
		bool tree = r.old_mode == GIT_MODE_TREE || r.new_mode == GIT_MODE_TREE;
		/* a file that became a directory, or the other way round, is two lines: D and A */
		if (!tree && add_file(c, &r) < 0)
			return -1;
	}
	while (p && p < end)
		p = read_numstat(p, c, &next);
	if (!p || !buf_ok(oids)) {
		errno = p ? ENOMEM : EBADMSG;
		return -1;
	}
	return 0;
}

int
difftree_new(const struct git *g, const char *old, const char *new, struct buf *oids,
	struct buf *why)
{
	const char *const args[] = { "diff-tree", "-r", "-t", "-z", "--raw", "--no-renames",
		"--no-abbrev", PLAIN, old, new, NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	int rc = git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, why);
	char *p = out.p, *end = out.p + out.len;
	struct raw r;

	while (!rc && p && p < end) {
		if (!(p = read_raw(p, end, strlen(new), &r)))
			break;
		if (!git_oid_zero(r.new) && r.new_mode != GIT_MODE_GITLINK)
			(void)buf_addf(oids, "%s\n", r.new);	/* sticky */
	}
	if (rc == 0 && p && buf_ok(oids))
		return 0;
	if (rc >= 0)
		errno = rc ? ENODATA : p ? ENOMEM : EBADMSG;
	return -1;
}

static int
renames(const struct git *g, struct change *c, struct buf *why)
{
	const char *const args[] = { "diff-tree", "-r", "-z", "-M", "--diff-filter=R",
		"--name-status", PLAIN, c->base, c->tree, NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	bool added = false, deleted = false;

	for (size_t i = 0; i < c->nfiles; i++) {
		added = added || c->files[i].status == 'A';
		deleted = deleted || c->files[i].status == 'D';
	}
	if (!added || !deleted)
		return 0;
	int rc = git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, why);
	if (rc) {
		errno = rc < 0 ? errno : EBADMSG;
		return -1;
	}
	for (char *p = out.p, *end = out.p + out.len; p < end;) {
		char *from = p + strlen(p) + 1;
		char *to = from < end ? from + strlen(from) + 1 : end;
		struct change_rename *list = to >= end ? NULL
			: realloc(c->renames, (c->nrenames + 1) * sizeof(*list));
		if (!list)
			return -1;
		c->renames = list;
		list[c->nrenames++] = (struct change_rename){ strdup(from), strdup(to), atoi(p + 1) };
		if (!list[c->nrenames - 1].from || !list[c->nrenames - 1].to)
			return -1;
		p = to + strlen(to) + 1;
	}
	return 0;
}

int
difftree_files(const struct git *g, struct change *c, struct buf *oids, struct buf *why)
{
	const char *const args[] = { "diff-tree", "-r", "-t", "-z", "--raw", "--numstat",
		"--no-renames", PLAIN, c->base, c->tree, NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (!strcmp(c->base, c->tree))
		return 0;
	int rc = git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, why);
	if (rc) {
		errno = rc < 0 ? errno : EBADMSG;
		return -1;
	}
	if (difftree_parse(&out, c, oids) < 0)
		return -1;
	return renames(g, c, why);
}

static int
stream(int from, struct change *c, int fd, int fd2)
{
	CLEANUP(free) char *chunk = malloc(1 << 16);
	unsigned char sum[SHA256_SIZE];
	struct sha256 h;
	ssize_t n = 0;

	sha256_init(&h);
	c->patch_bytes = 0;
	while (chunk && (n = from < 0 ? 0 : store_read_some(from, chunk, 1 << 16)) > 0) {
		sha256_update(&h, chunk, (size_t)n);
		c->patch_bytes += n;
		if (fd >= 0 && store_write_all(fd, chunk, (size_t)n) < 0)
			return -1;
		if (fd2 >= 0 && store_write_all(fd2, chunk, (size_t)n) < 0)
			return -1;
	}
	if (!chunk || n < 0)
		return -1;
	sha256_final(&h, sum);
	num_hex(c->patch_sha256, sum, sizeof(sum));
	return 0;
}

int
difftree_patch(const struct git *g, struct change *c, int fd, int fd2, struct buf *why)
{
	const char *const args[] = { "diff-tree", "-r", "-p", "--binary", "--no-renames",
		PLAIN, c->base, c->tree, NULL };
	struct proc proc;
	int pipefd[2], status = 0;

	if (!strcmp(c->base, c->tree))
		return stream(-1, c, fd, fd2);
	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return -1;
	CLEANUP(fd) int in = pipefd[0];
	CLEANUP(fd) int out = pipefd[1];
	if (git_start(&proc, g, args, -1, out) < 0)
		return -1;
	cleanup_fd(&out);
	int rc = stream(in, c, fd, fd2), e = errno;
	cleanup_fd(&in);		/* if we gave up, git meets a closed pipe */
	if (proc_wait(&proc, &status) < 0)
		return -1;
	if (rc == 0 && status != 0) {
		if (why)
			(void)buf_addstr(why, "git diff-tree failed");
		e = EBADMSG;
		rc = -1;
	}
	errno = e;
	return rc;
}
