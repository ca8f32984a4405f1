/* SPDX-License-Identifier: MIT */
#include "sensitive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "path.h"

struct pattern {
	char *name;
	bool any_depth, directory;
};

struct search {
	struct pattern *patterns;
	size_t npatterns;
	char **todo;			/* directories to visit, relative; "" is the top */
	size_t n, room;
	int (*found)(void *arg, const char *path);
	void *arg;
};

static int
parse(struct pattern *p, char *text)
{
	char *s = text;
	size_t n;

	if (!strncmp(s, "./", 2))
		s += 2;
	p->any_depth = !strncmp(s, "**/", 3);
	if (p->any_depth)
		s += 3;
	n = strlen(s);
	p->directory = n > 3 && !strcmp(s + n - 3, "/**");
	if (p->directory)
		s[n - 3] = '\0';
	if (!*s || strchr(s, '/')) {
		errno = EINVAL;
		return -1;
	}
	memmove(text, s, strlen(s) + 1);
	return 0;
}

static int
load(struct search *s, const struct json *profiles, const char *level, struct buf *why)
{
	int list = json_get(profiles, json_get(profiles, 0, "sensitive"), level);

	if (json_type(profiles, list) != JSON_T_ARRAY || !strcmp(level, "rules")) {
		(void)buf_addf(why, "no sensitive-file policy '%s'", level);
		errno = EINVAL;
		return -1;
	}
	s->patterns = calloc(json_len(profiles, list) + 1, sizeof *s->patterns);
	if (!s->patterns)
		return -1;
	for (int e = json_first(profiles, list); e >= 0; e = json_next(profiles, e)) {
		struct pattern *p = &s->patterns[s->npatterns];

		p->name = json_cstr(profiles, e);
		if (!p->name)
			return -1;
		s->npatterns++;
		if (parse(p, p->name) < 0) {
			(void)buf_addf(why, "a pattern of the sensitive-file policy '%s' is not understood",
				level);
			return -1;
		}
	}
	return 0;
}

static bool
matches(const struct search *s, const char *name, bool top, bool directory)
{
	for (size_t i = 0; i < s->npatterns; i++) {
		const struct pattern *p = &s->patterns[i];

		if ((top || p->any_depth) && (directory || !p->directory) && !fnmatch(p->name, name, 0))
			return true;
	}
	return false;
}

static int
push(struct search *s, char *path)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		char **v = realloc(s->todo, room * sizeof *v);

		if (!v) {
			free(path);
			return -1;
		}
		s->todo = v;
		s->room = room;
	}
	s->todo[s->n++] = path;
	return 0;
}

static bool
is_directory(int dirfd, const struct dirent *d)
{
	CLEANUP(fd) int fd = -1;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	fd = openat(dirfd, d->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0;
}

static int
entry(struct search *s, const char *dir, int dirfd, const struct dirent *d)
{
	struct buf path CLEANUP(buf) = BUF_INIT;
	bool directory;
	char *p;

	if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") || !strcmp(d->d_name, ".git") ||
	    d->d_type == DT_LNK)
		return 0;
	directory = is_directory(dirfd, d);
	if (!directory && !matches(s, d->d_name, !*dir, false))
		return 0;
	if (buf_addf(&path, "%s%s%s", dir, *dir ? "/" : "", d->d_name) < 0)
		return -1;
	if (matches(s, d->d_name, !*dir, directory))
		return s->found(s->arg, path.p);
	p = buf_steal(&path);
	return p ? push(s, p) : -1;
}

static int
visit(struct search *s, int top, const char *dir)
{
	int fd = *dir ? path_open(top, dir, O_RDONLY | O_DIRECTORY, 0) :
		openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(dir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		cleanup_fd(&fd);
		/* Gone, or closed to us; and a path that is too long for us is too long for all. */
		return errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
			errno == ENAMETOOLONG ? 0 : -1;
	}
	while ((errno = 0, e = readdir(d)))
		if (entry(s, dir, dirfd(d), e) < 0)
			return -1;
	return errno ? -1 : 0;
}

static int
search(struct search *s, int dirfd)
{
	char *top = strdup("");
	int got = top ? push(s, top) : -1;

	while (!got && s->n) {
		char *dir = s->todo[--s->n];

		got = visit(s, dirfd, dir);
		free(dir);
	}
	return got;
}

int
sensitive_find(const struct json *profiles, const char *level, int dirfd,
	int (*found)(void *arg, const char *path), void *arg, struct buf *why)
{
	struct search s = { .found = found, .arg = arg };
	int got = load(&s, profiles, level ? level : "default", why);
	int e;

	if (!got && s.npatterns)
		got = search(&s, dirfd);
	e = errno;
	while (s.n)
		free(s.todo[--s.n]);
	free(s.todo);
	for (size_t i = 0; i < s.npatterns; i++)
		free(s.patterns[i].name);
	free(s.patterns);
	errno = e;
	return got;
}
