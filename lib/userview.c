/* SPDX-License-Identifier: MIT */
#include "userview.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "strv.h"

#define SMALL ((size_t)1 << 20)

static char *
join(const char *a, const char *b)
{
	struct buf s = BUF_INIT;

	(void)buf_addstr(&s, a);	/* sticky */
	(void)buf_addstr(&s, b);
	return buf_steal(&s);
}

/*
 * Copy a file with its times: git decides by the index's own time which of
 * its entries may have changed unseen. Absent: nothing.
 */
static int
copy_file(const char *from, int dir, const char *name)
{
	CLEANUP(fd) int in = open(from, O_RDONLY | O_CLOEXEC);
	CLEANUP(fd) int out = -1;
	struct stat st;

	if (in < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (fstat(in, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	out = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out < 0)
		return -1;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		left -= n;
	}
	struct timespec t[2] = { st.st_atim, st.st_mtim };
	return futimens(out, t);
}

/* A split index keeps most of itself in sharedindex.OID beside it. */
static int
copy_shared(const char *git_dir, int dir)
{
	CLEANUP(dir) DIR *dp = opendir(git_dir);
	struct dirent *d;
	int rc = 0;

	while (dp && rc == 0 && (d = readdir(dp))) {
		if (strncmp(d->d_name, "sharedindex.", 12) != 0)
			continue;
		CLEANUP(buf) struct buf path = BUF_INIT;
		if (buf_addf(&path, "%s/%s", git_dir, d->d_name) < 0)
			return -1;
		rc = copy_file(path.p, dir, d->d_name);
	}
	return rc;
}

static int
copy_all(const struct git_repo *r, int dir)
{
	CLEANUP(free) char *index = join(r->git_dir, "/index");
	CLEANUP(free) char *exclude = join(r->common, "/info/exclude");
	CLEANUP(free) char *attributes = join(r->common, "/info/attributes");
	CLEANUP(fd) int git = store_opendir(dir, "git");
	CLEANUP(fd) int info = git < 0 ? -1 : store_opendir(git, "info");

	if (!index || !exclude || !attributes || info < 0)
		return -1;
	/* here the person's own line-end rules count, so ours go */
	if (unlinkat(info, "attributes", 0) < 0)
		return -1;
	return copy_file(index, dir, "index") < 0 || copy_shared(r->git_dir, git) < 0 ||
		copy_file(exclude, info, "exclude") < 0 ||
		copy_file(attributes, info, "attributes") < 0 ? -1 : 0;
}

static int
add_setting(struct userview *v, size_t *n, const char *key, const char *value)
{
	struct buf s = BUF_INIT;
	char **p = realloc(v->config, (*n + 2) * sizeof(*p));

	if (!p)
		return -1;
	v->config = p;
	p[*n] = p[*n + 1] = NULL;
	if (buf_addf(&s, "%s=%s", key, value) < 0)
		return -1;
	p[(*n)++] = buf_steal(&s);
	return p[*n - 1] ? 0 : -1;
}

/* "~/x" as git expands it in core.excludesFile. */
static int
add_excludes(struct userview *v, size_t *n, const char *path)
{
	const char *home = getenv("HOME");
	CLEANUP(buf) struct buf full = BUF_INIT;

	if (!strncmp(path, "~/", 2) && home)
		(void)buf_addf(&full, "%s/%s", home, path + 2);
	else
		(void)buf_addstr(&full, path);
	return buf_ok(&full) ? add_setting(v, n, "core.excludesFile", full.p) : -1;
}

static int
default_excludes(struct userview *v, size_t *n)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	CLEANUP(buf) struct buf path = BUF_INIT;

	if (xdg && *xdg)
		(void)buf_addf(&path, "%s/git/ignore", xdg);
	else if (home && *home)
		(void)buf_addf(&path, "%s/.config/git/ignore", home);
	else
		return 0;
	return buf_ok(&path) ? add_setting(v, n, "core.excludesFile", path.p) : -1;
}

/* Read the settings; `config` runs nothing. */
static int
settings(struct userview *v, const struct git_repo *r, struct buf *why)
{
	static const char *const args[] = {
		"config", "-z", "--get-regexp", "^core\\.(filemode|symlinks|trustctime|checkstat"
		"|autocrlf|eol|ignorecase|precomposeunicode|excludesfile)$", NULL,
	};
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct git g = { .git_dir = r->git_dir, .user_config = true };
	int rc = git_run(&g, args, NULL, 0, &out, SMALL, why);
	size_t n = 0;

	if (rc < 0)
		return -1;
	if (default_excludes(v, &n) < 0)
		return -1;
	/* "key\nvalue\0"; a key without '=' is true */
	for (char *p = out.p, *end = out.p + out.len; p < end; p += strlen(p) + 1) {
		size_t klen = strcspn(p, "\n");
		CLEANUP(free) char *key = strndup(p, klen);
		const char *value = p[klen] ? p + klen + 1 : "true";
		if (!key)
			return -1;
		if ((strcmp(key, "core.excludesfile") ? add_setting(v, &n, key, value)
			: add_excludes(v, &n, value)) < 0)
			return -1;
	}
	return 0;
}

int
userview_open(struct userview *v, const struct git_repo *r, struct buf *why)
{
	const char *tmp = getenv("TMPDIR");
	struct buf name = BUF_INIT;

	*v = (struct userview){ 0 };
	if (buf_addf(&name, "%s/jobdir-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp") < 0 ||
		!(v->dir = buf_steal(&name)))
		return -1;
	if (!mkdtemp(v->dir)) {
		if (why)
			(void)buf_addf(why, "cannot make '%s'", v->dir);
		free(v->dir);
		v->dir = NULL;
		return -1;
	}
	CLEANUP(fd) int dir = open(v->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	v->git_dir = join(v->dir, "/git");
	v->index = join(v->dir, "/index");
	if (dir < 0 || !v->git_dir || !v->index ||
		git_make(dir, "git", r->format, NULL, r->objects) < 0 || copy_all(r, dir) < 0 ||
		settings(v, r, why) < 0) {
		int e = errno;
		if (why && !why->len)
			(void)buf_addf(why, "cannot look at the workspace: %s", strerror(e));
		userview_close(v);
		errno = e;
		return -1;
	}
	v->g = (struct git){ .git_dir = v->git_dir, .work_tree = r->root, .index = v->index,
		.config = (const char *const *)v->config };
	return 0;
}

void
userview_close(struct userview *v)
{
	int e = errno;

	if (v->dir) {
		char *slash = strrchr(v->dir, '/');
		*slash = '\0';
		CLEANUP(fd) int parent = open(*v->dir ? v->dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		*slash = '/';
		if (parent >= 0)
			(void)store_remove(parent, slash + 1);	/* what stays is only in TMPDIR */
	}
	free(v->dir);
	free(v->git_dir);
	free(v->index);
	strv_free(v->config);
	*v = (struct userview){ 0 };
	errno = e;
}
