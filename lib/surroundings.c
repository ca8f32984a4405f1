/* SPDX-License-Identifier: MIT */
/* surroundings: look around a path. */
#include "surroundings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fold.h"
#include "git.h"
#include "path.h"

#define ASK_GIT_MAX 256			/* files in the way that git is asked about */

/* The names of one directory in order of their folded forms; kept while asked about. */
struct names {
	char *dir;			/* its path, "" for the top; NULL: none read */
	struct buf list;		/* "FOLDED" NUL "NAME" NUL … */
	const char **v;			/* into list, in order */
	size_t n;
};

static int
by_form(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Point at every pair, in order. */
static int
names_order(struct names *n)
{
	size_t count = 0;

	for (size_t i = 0; i < n->list.len; i++)
		count += !n->list.p[i];
	free(n->v);
	n->n = 0;
	n->v = calloc(count / 2 + 1, sizeof(*n->v));
	if (!n->v)
		return -1;
	for (const char *p = n->list.p, *end = p + n->list.len; p < end;
	    p += strlen(p) + 1, p += strlen(p) + 1)
		n->v[n->n++] = p;
	qsort(n->v, n->n, sizeof(*n->v), by_form);
	return 0;
}

static int
names_read(struct names *n, int dirfd, const char *dir, size_t len)
{
	struct dirent *de;
	DIR *d;
	int fd;

	if (n->dir && !strncmp(n->dir, dir, len) && !n->dir[len])
		return 0;
	free(n->dir);
	buf_reset(&n->list);
	n->dir = strndup(dir, len);
	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((errno = 0, de = readdir(d))) {
		(void)fold_name(&n->list, de->d_name, strlen(de->d_name));	/* sticky */
		buf_addch(&n->list, '\0');
		buf_add(&n->list, de->d_name, strlen(de->d_name) + 1);
	}
	int e = errno;

	closedir(d);
	errno = e;
	return e || !n->dir || !buf_ok(&n->list) ? -1 : names_order(n);
}

/* Would the first new component of this addition fall together with a sibling? */
static int
find_sibling(int ws, struct plan_entry *e, struct names *names)
{
	CLEANUP(free) char *p = strdup(e->path);
	CLEANUP(buf) struct buf form = BUF_INIT;
	CLEANUP(fd) int dir = -1;
	const char *base = NULL;
	size_t at = 0;
	char *slash;

	if (!p)
		return -1;
	while ((dir = path_open_parent(ws, p, false, &base)) < 0) {
		slash = strrchr(p, '/');
		if (!slash || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP))
			return -1;
		*slash = '\0';
	}
	size_t up = (size_t)(base - p);

	if (names_read(names, dir, p, up ? up - 1 : 0) < 0)
		return -1;
	if (fold_name(&form, base, strlen(base)) < 0)
		return -1;
	for (size_t lo = 0, hi = names->n; lo < hi; ) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(names->v[mid], form.p) < 0)
			lo = mid + 1;
		else
			hi = mid;
		at = lo;
	}
	for (; at < names->n && !strcmp(names->v[at], form.p); at++) {
		const char *s = names->v[at] + form.len + 1;

		if (!strcmp(s, base))
			continue;
		e->sibling = malloc(up + strlen(s) + 1);
		if (!e->sibling)
			return -1;
		memcpy(e->sibling, p, up);
		memcpy(e->sibling + up, s, strlen(s) + 1);
		break;
	}
	return 0;
}

/* Does a directory hold nothing but files that the plan deletes, and at least one? */
static int
empties(const struct plan *p, int dirfd, struct buf *path)
{
	CLEANUP(dir) DIR *d = NULL;
	size_t len = path->len;
	bool any = false;
	struct dirent *de;
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((de = readdir(d))) {
		const struct plan_entry *e;
		CLEANUP(fd) int sub = -1;
		int rc;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		buf_setlen(path, len);
		if (buf_addf(path, "/%s", de->d_name) < 0)
			return -1;
		any = true;
		e = plan_find(p, path->p, path->len);
		if (e && e->op == PLAN_DELETE)
			continue;
		sub = openat(fd, de->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub < 0)
			return 0;
		rc = empties(p, sub, path);
		if (rc <= 0)
			return rc;
	}
	buf_setlen(path, len);
	return any;
}

static int
check_dir(int ws, const struct plan *p, struct plan_entry *e)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(fd) int dir = path_open(ws, e->path, O_RDONLY | O_DIRECTORY, 0);
	int rc;

	if (dir < 0 || buf_addstr(&path, e->path) < 0)
		return -1;
	rc = empties(p, dir, &path);
	e->dir_empties = rc > 0;
	return rc < 0 ? -1 : 0;
}

/* Is a parent of this path the checkout of another repository? */
static bool
in_checkout(int ws, const char *path)
{
	CLEANUP(free) char *p = strdup(path);
	struct stat st;

	for (char *s = p; s && (s = strchr(s, '/')); *s++ = '/') {
		CLEANUP(fd) int dir = -1;

		*s = '\0';
		dir = path_open(ws, p, O_PATH | O_DIRECTORY, 0);
		if (dir < 0)
			break;
		if (fstatat(dir, ".git", &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

/* Submodules that are not checked out are known to the index only. */
static int
mark_gitlinks(const struct git *g, struct plan *p)
{
	static const char *const args[] = { "ls-files", "-s", "-z", NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, NULL) != 0)
		return 0;		/* no readable index: nothing is known */
	for (size_t i = 0; i < out.len; i += strlen(out.p + i) + 1) {
		const char *tab = strchr(out.p + i, '\t');

		if (strncmp(out.p + i, "160000 ", 7) || !tab)
			continue;
		size_t n = strlen(tab + 1);

		for (size_t k = 0; k < p->n; k++)
			if (!strncmp(p->e[k].path, tab + 1, n) &&
			    (!p->e[k].path[n] || p->e[k].path[n] == '/'))
				p->e[k].submodule = true;
	}
	return 0;
}

static bool
in_the_way(const struct plan_entry *e)
{
	return e->op == PLAN_CONFLICT && e->why == PLAN_UNTRACKED;
}

/* Gone here, or only not checked out? Its absence alone does not tell. */
static bool
gone(const struct plan_entry *e)
{
	return (e->op == PLAN_CONFLICT && e->why == PLAN_DELETED) || (e->op == PLAN_ALREADY &&
		e->base.kind != PLAN_ABSENT && e->now.kind == PLAN_ABSENT);
}

/* "TAG path" NUL … of the index, for these paths or for all of it. */
static int
ask_index(const struct git *g, struct plan *p, const char *const *args)
{
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, NULL) < 0)
		return -1;
	for (size_t i = 0; i < out.len; i += strlen(out.p + i) + 1) {
		const char *tag = out.p + i;
		struct plan_entry *e = tag[0] && tag[1] == ' '
			? plan_find(p, tag + 2, strlen(tag + 2)) : NULL;

		if (!e)
			continue;
		e->tracked |= in_the_way(e);
		e->sparse |= tag[0] == 'S' && gone(e);
	}
	return 0;
}

/* Which of the files in the way does git ignore? */
static int
ask_ignored(const struct git *g, struct plan *p, const struct buf *in)
{
	static const char *const ignore[] = { "check-ignore", "-z", "--stdin", NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	/* check-ignore takes no literal pathspecs; "./" in front leaves no magic. */
	struct git plain = *g;

	plain.magic = true;
	if (git_run(&plain, ignore, in->p, in->len, &out, GIT_OUT_MAX, NULL) < 0)
		return -1;
	for (size_t i = 0; i < out.len; i += strlen(out.p + i) + 1) {
		struct plan_entry *e = plan_find(p, out.p + i + 2, strlen(out.p + i + 2));

		if (e)
			e->ignored = true;
	}
	return 0;
}

/* What git knows of the files in the way (for words only), and of those that are not here. */
static int
ask_git(const struct git *g, struct plan *p)
{
	const char *args[ASK_GIT_MAX + 5] = { "ls-files", "-t", "-z", "--" };
	CLEANUP(buf) struct buf in = BUF_INIT;
	size_t n = 0, ways = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *e = &p->e[i];

		if (!in_the_way(e) && !gone(e))
			continue;
		if (n < ASK_GIT_MAX)
			args[4 + n] = e->path;
		n++;
		if (in_the_way(e) && ways++ < ASK_GIT_MAX) {
			buf_addf(&in, "./%s", e->path);
			buf_addch(&in, '\0');
		}
	}
	if (n > ASK_GIT_MAX)
		args[4] = NULL;		/* one look at everything is cheaper than many */
	if (!buf_ok(&in) || (n && ask_index(g, p, args) < 0))
		return -1;
	return in.len ? ask_ignored(g, p, &in) : 0;
}

int
surroundings(int ws, const char *git_dir, const char *ws_path, struct plan *p)
{
	struct git g = { .git_dir = git_dir, .work_tree = ws_path, .cwd_fd = ws, .cwd = true };
	struct names names = { .list = BUF_INIT };
	struct stat st;
	int rc = 0;

	for (size_t i = 0; i < p->n && !rc; i++) {
		struct plan_entry *e = &p->e[i];

		if (e->op == PLAN_LEFT || e->why == PLAN_BAD_PATH)
			continue;
		e->submodule |= in_checkout(ws, e->path);
		if (e->op == PLAN_ADD)
			rc = find_sibling(ws, e, &names);
		else if (e->why == PLAN_IS_DIR)
			rc = check_dir(ws, p, e);
	}
	free(names.dir);
	free(names.v);
	buf_release(&names.list);
	if (rc || !git_dir)
		return rc;
	if (fstatat(ws, ".gitmodules", &st, AT_SYMLINK_NOFOLLOW) == 0 && mark_gitlinks(&g, p) < 0)
		return -1;
	return ask_git(&g, p);
}
