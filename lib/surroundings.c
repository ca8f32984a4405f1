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
#include "git.h"
#include "num.h"
#include "path.h"

#define ASK_GIT_MAX 256			/* files in the way that git is asked about */

/* Small letters of Latin-1 and what they decompose to: base letter, combining mark. */
static const struct { unsigned short whole, letter, mark; } marks[] = {
	{ 0xe0, 'a', 0x300 }, { 0xe1, 'a', 0x301 }, { 0xe2, 'a', 0x302 }, { 0xe3, 'a', 0x303 },
	{ 0xe4, 'a', 0x308 }, { 0xe5, 'a', 0x30a }, { 0xe7, 'c', 0x327 }, { 0xe8, 'e', 0x300 },
	{ 0xe9, 'e', 0x301 }, { 0xea, 'e', 0x302 }, { 0xeb, 'e', 0x308 }, { 0xec, 'i', 0x300 },
	{ 0xed, 'i', 0x301 }, { 0xee, 'i', 0x302 }, { 0xef, 'i', 0x308 }, { 0xf1, 'n', 0x303 },
	{ 0xf2, 'o', 0x300 }, { 0xf3, 'o', 0x301 }, { 0xf4, 'o', 0x302 }, { 0xf5, 'o', 0x303 },
	{ 0xf6, 'o', 0x308 }, { 0xf9, 'u', 0x300 }, { 0xfa, 'u', 0x301 }, { 0xfb, 'u', 0x302 },
	{ 0xfc, 'u', 0x308 }, { 0xfd, 'y', 0x301 }, { 0xff, 'y', 0x308 },
};

/* The letters of a name, one by one, folded and decomposed. */
struct folder {
	const unsigned char *p;
	size_t len;
	unsigned pending;		/* a combining mark to come */
};

static unsigned
decode(struct folder *f)
{
	size_t n = num_utf8((const char *)f->p, f->len);
	unsigned c = f->p[0];

	if (n == 2)
		c = (c & 0x1fu) << 6 | (f->p[1] & 0x3fu);
	else if (n == 3)
		c = (c & 0x0fu) << 12 | (f->p[1] & 0x3fu) << 6 | (f->p[2] & 0x3fu);
	else if (n == 4)
		c = (c & 7u) << 18 | (f->p[1] & 0x3fu) << 12 | (f->p[2] & 0x3fu) << 6 |
			(f->p[3] & 0x3fu);
	else if (!n)
		c |= 0x80000000u;	/* no UTF-8: a byte that equals only itself */
	f->p += n ? n : 1;
	f->len -= n ? n : 1;
	return c;
}

static unsigned
small(unsigned c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	return c;
}

static unsigned
next_letter(struct folder *f)
{
	unsigned c = f->pending;

	f->pending = 0;
	if (c || !f->len)
		return c;
	c = small(decode(f));
	for (size_t i = 0; c >= 0xe0 && c <= 0xff && i < sizeof(marks) / sizeof(*marks); i++) {
		if (marks[i].whole == c) {
			f->pending = marks[i].mark;
			return marks[i].letter;
		}
	}
	return c;
}

bool
surroundings_same_name(const char *a, size_t alen, const char *b, size_t blen)
{
	struct folder x = { (const unsigned char *)a, alen, 0 };
	struct folder y = { (const unsigned char *)b, blen, 0 };
	unsigned c;

	do {
		c = next_letter(&x);
		if (c != next_letter(&y))
			return false;
	} while (c);
	return true;
}

/* The names of one directory; kept while the entries asked about are in it. */
struct names {
	char *dir;			/* its path, "" for the top; NULL: none read */
	struct buf list;		/* NUL-separated */
};

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
	while ((errno = 0, de = readdir(d)))
		buf_add(&n->list, de->d_name, strlen(de->d_name) + 1);
	int e = errno;

	closedir(d);
	errno = e;
	return e || !n->dir || !buf_ok(&n->list) ? -1 : 0;
}

/* Would the first new component of this addition fall together with a sibling? */
static int
find_sibling(int ws, struct plan_entry *e, struct names *names)
{
	CLEANUP(free) char *p = strdup(e->path);
	CLEANUP(fd) int dir = -1;
	const char *base = NULL;
	char *slash;

	if (!p)
		return -1;
	while ((dir = path_open_parent(ws, p, false, &base)) < 0) {
		slash = strrchr(p, '/');
		if (!slash || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP))
			return -1;
		*slash = '\0';
	}
	size_t up = (size_t)(base - p), blen = strlen(base);

	if (names_read(names, dir, p, up ? up - 1 : 0) < 0)
		return -1;
	for (size_t i = 0, n; i < names->list.len; i += n + 1) {
		const char *s = names->list.p + i;

		n = strlen(s);
		if (!strcmp(s, base) || !surroundings_same_name(s, n, base, blen))
			continue;
		e->sibling = malloc(up + n + 1);
		if (!e->sibling)
			return -1;
		memcpy(e->sibling, p, up);
		memcpy(e->sibling + up, s, n + 1);
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

/* Which of the files in the way does git track, or ignore? For words only. */
static int
ask_git(const struct git *g, struct plan *p)
{
	const char *args[ASK_GIT_MAX + 4] = { "ls-files", "-z", "--" };
	static const char *const ignore[] = { "check-ignore", "-z", "--stdin", NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	CLEANUP(buf) struct buf in = BUF_INIT;
	size_t n = 3, tracked;

	for (size_t i = 0; i < p->n && n < ASK_GIT_MAX + 3; i++) {
		if (p->e[i].op == PLAN_CONFLICT && p->e[i].why == PLAN_UNTRACKED) {
			args[n++] = p->e[i].path;
			buf_addf(&in, "./%s", p->e[i].path);
			buf_addch(&in, '\0');
		}
	}
	if (n == 3 || !buf_ok(&in))
		return n == 3 ? 0 : -1;
	if (git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, NULL) < 0)
		return -1;
	tracked = out.len;
	/* check-ignore takes no literal pathspecs; "./" in front leaves no magic. */
	struct git plain = *g;

	plain.magic = true;
	if (git_run(&plain, ignore, in.p, in.len, &out, GIT_OUT_MAX, NULL) < 0)
		return -1;
	for (size_t i = 0; i < out.len; i += strlen(out.p + i) + 1) {
		const char *path = out.p + i + (i >= tracked ? 2 : 0);
		struct plan_entry *e = plan_find(p, path, strlen(path));

		if (!e)
			continue;
		e->tracked |= i < tracked;
		e->ignored |= i >= tracked;
	}
	return 0;
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
	buf_release(&names.list);
	if (rc || !git_dir)
		return rc;
	if (fstatat(ws, ".gitmodules", &st, AT_SYMLINK_NOFOLLOW) == 0 && mark_gitlinks(&g, p) < 0)
		return -1;
	return ask_git(&g, p);
}
