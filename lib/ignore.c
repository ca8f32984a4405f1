/* SPDX-License-Identifier: MIT */
/* ignore: git's own matcher, asked over a pipe; it answers each question at once. */
#include "ignore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index.h"
#include "path.h"
#include "store.h"

#define NAME ".gitignore"
#define RULES_MAX ((size_t)16 << 20)

void
ignore_init(struct ignore *ig, const struct git *g, const struct index *x, int scratch,
	const char *scratch_path)
{
	*ig = (struct ignore){ .g = g, .index = x, .scratch = scratch,
		.scratch_path = scratch_path, .work = -1, .in = -1, .out = -1 };
	buf_init(&ig->ahead);
}

static bool
is_rules(const struct index_entry *e)
{
	size_t n = sizeof(NAME) - 1;

	/* git does not follow a symlinked .gitignore either */
	return S_ISREG(e->mode) && e->len >= n && !strcmp(e->path + e->len - n, NAME) &&
		(e->len == n || e->path[e->len - n - 1] == '/');
}

/* Put one .gitignore of the base where check-ignore will read it. */
static int
put_rules(struct ignore *ig, struct git_cat *cat, const struct index_entry *e)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	char oid[GIT_OID_MAX + 1], type[16];
	const char *base;

	index_oid(ig->index, e, oid);
	if (git_cat_read(cat, oid, type, &text, RULES_MAX) < 0)
		return -1;
	CLEANUP(fd) int dir = path_open_parent(ig->work, e->path, true, &base);
	if (dir < 0)
		return -1;
	return store_replace(dir, base, text.p, text.len, STORE_NOSYNC);
}

static int
put_all(struct ignore *ig)
{
	struct git_cat cat = { .in = -1 };
	int rc = 0;

	for (size_t i = 0; i < ig->index->n && rc == 0; i++) {
		if (!is_rules(&ig->index->e[i]))
			continue;
		if (cat.in < 0) {
			ig->work = store_mkdir(ig->scratch, "ignore");
			if (ig->work < 0 || git_cat_open(&cat, ig->g) < 0)
				return -1;
		}
		rc = put_rules(ig, &cat, &ig->index->e[i]);
	}
	int e = errno;
	ig->none = cat.in < 0;
	git_cat_close(&cat);
	errno = e;
	return rc;
}

static int
start(struct ignore *ig)
{
	/* -v -n: an answer for every path, also for one that no rule matches */
	static const char *const args[] = {
		"check-ignore", "-z", "--stdin", "--no-index", "-v", "-n", NULL,
	};
	CLEANUP(buf) struct buf work = BUF_INIT;
	CLEANUP(fd) int in = -1;
	CLEANUP(fd) int ask = -1;
	CLEANUP(fd) int out = -1;
	int to[2], from[2];

	ig->started = true;
	ig->none = true;
	if (put_all(ig) < 0)
		return -1;
	if (ig->none)
		return 0;
	if (buf_addf(&work, "%s/ignore", ig->scratch_path) < 0 || pipe2(to, O_CLOEXEC) < 0)
		return -1;
	in = to[0];
	ask = to[1];
	if (pipe2(from, O_CLOEXEC) < 0)
		return -1;
	ig->out = from[0];
	out = from[1];
	struct git g = { .git_dir = ig->g->git_dir, .work_tree = work.p, .magic = true };
	if (git_start(&ig->proc, &g, args, in, out) < 0)
		return -1;
	ig->in = steal_fd(&ask);	/* says that there is a process */
	return 0;
}

/* The next of the four fields of an answer; a copy of its first character in *first. */
static int
field(struct ignore *ig, char *first)
{
	for (;;) {
		char *nul = memchr(ig->ahead.p, '\0', ig->ahead.len);
		if (nul) {
			*first = *ig->ahead.p;
			buf_remove(&ig->ahead, 0, (size_t)(nul - ig->ahead.p) + 1);
			return 0;
		}
		if (buf_grow(&ig->ahead, 8192) < 0)
			return -1;
		ssize_t n = store_read_some(ig->out, ig->ahead.p + ig->ahead.len, 8192);
		if (n <= 0) {
			errno = n ? errno : EPIPE;
			return -1;
		}
		ig->ahead.len += (size_t)n;
		ig->ahead.p[ig->ahead.len] = '\0';
	}
}

int
ignore_match(struct ignore *ig, const char *path, bool dir)
{
	char source, line, pattern, name;

	if (!ig->started && start(ig) < 0)
		return -1;
	if (ig->none)
		return 0;
	if (ig->in < 0) {
		errno = EPIPE;
		return -1;
	}
	if (dir) {
		/* rules like "build/" match directories: let there be one */
		const char *base;
		CLEANUP(fd) int parent = path_open_parent(ig->work, path, true, &base);
		/* ENOTDIR: below what is a .gitignore in the base, and a directory here */
		if (parent < 0 ? errno != ENOTDIR : mkdirat(parent, base, 0700) < 0 && errno != EEXIST)
			return -1;
	}
	/* "./": a name may start with ":", which would be pathspec magic */
	if (store_write_all(ig->in, "./", 2) < 0 ||
		store_write_all(ig->in, path, strlen(path) + 1) < 0 || field(ig, &source) < 0 ||
		field(ig, &line) < 0 || field(ig, &pattern) < 0 || field(ig, &name) < 0)
		return -1;
	return source && pattern != '!';
}

void
ignore_close(struct ignore *ig)
{
	int status;

	if (ig->in >= 0) {
		cleanup_fd(&ig->in);
		(void)proc_wait(&ig->proc, &status);	/* exit 1: nothing was ignored */
	}
	cleanup_fd(&ig->out);
	cleanup_fd(&ig->work);
	buf_release(&ig->ahead);
	ig->in = ig->out = ig->work = -1;
}
