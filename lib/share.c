/* SPDX-License-Identifier: MIT */
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"
#include "path.h"
#include "treeinfo.h"
#include "userview.h"

/* What package managers of many kinds fill, and a project needs to build or test. */
static const char *const known[] = {
	"node_modules", ".venv", "venv", ".tox", "target", "vendor", "bower_components",
	".bundle", "Pods", ".gradle", ".cargo", "_build", "deps", "elm-stuff", ".yarn", ".pnpm-store",
};

struct list {
	char **v;
	size_t n;
};

static int
add(struct list *l, const char *prefix, const char *name)
{
	CLEANUP(buf) struct buf path = BUF_INIT;

	if (buf_addf(&path, "%s%s", prefix, name) < 0)
		return -1;
	while (path.len && path.p[path.len - 1] == '/')
		buf_setlen(&path, path.len - 1);
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], path.p))
			return 0;
	return path_is_clean(path.p, path.len) ? tree_info_add(&l->v, &l->n, path.p) : 0;
}

/* $JOBDIR_SHARE: names between colons. 1 if it is set. */
static int
from_env(struct list *l)
{
	const char *env = getenv("JOBDIR_SHARE");

	if (!env)
		return 0;
	for (const char *p = env; *p;) {
		size_t n = strcspn(p, ":");
		CLEANUP(free) char *name = strndup(p, n);
		if (!name || (n && add(l, "", name) < 0))
			return -1;
		p += n + (p[n] == ':');
	}
	return 1;
}

/* The names asked for; else the known ones, at the top and at the prefix. */
static int
candidates(struct list *l, char *const *names, const char *prefix)
{
	if (names) {
		for (; *names; names++)
			if (add(l, "", *names) < 0)
				return -1;
		return 0;
	}
	int rc = from_env(l);
	if (rc)
		return rc < 0 ? -1 : 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (add(l, "", known[i]) < 0 || (*prefix && add(l, prefix, known[i]) < 0))
			return -1;
	return 0;
}

/* Only what is there, as a directory and not a link, stays. */
static int
keep_present(struct list *l, const char *root)
{
	CLEANUP(fd) int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = 0;

	if (top < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		CLEANUP(fd) int fd = path_open(top, l->v[i], O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		if (fd >= 0)
			l->v[n++] = l->v[i];
		else
			free(l->v[i]);
	}
	l->n = n;
	return 0;
}

static int
take_ignored(const struct list *l, const struct git_repo *r, struct tree_info *i, struct buf *why)
{
	static const char *const args[] = { "check-ignore", "-z", "--stdin", NULL };
	CLEANUP(buf) struct buf in = BUF_INIT;
	CLEANUP(buf) struct buf out = BUF_INIT;
	CLEANUP(buf) struct buf note = BUF_INIT;
	struct userview v;

	for (size_t k = 0; k < l->n; k++) {
		(void)buf_addf(&in, "./%s", l->v[k]);
		(void)buf_addch(&in, '\0');
	}
	if (!buf_ok(&in) || userview_open(&v, r, why) < 0)
		return -1;
	v.g.magic = true;
	/* exit 1: none is ignored; 128: one lies in a submodule, which is left alone */
	int rc = git_run(&v.g, args, in.p, in.len, &out, (size_t)1 << 20, NULL), e = errno;
	userview_close(&v);
	errno = e;
	if (rc < 0)
		return -1;
	for (char *p = out.p, *end = out.p + out.len; p < end; p += strlen(p) + 1) {
		p += 2;			/* the "./" */
		buf_reset(&note);
		(void)buf_addf(&note, "'%s' is ignored by git: not in the tree, shared read-only from the "
			"workspace where mounts are possible", p);
		if (!buf_ok(&note) || tree_info_add(&i->shares, &i->nshares, p) < 0 ||
			tree_info_add(&i->notes, &i->nnotes, note.p) < 0)
			return -1;
	}
	return 0;
}

int
share_find(const struct git_repo *r, char *const *names, struct tree_info *i, struct buf *why)
{
	struct list l = { 0 };
	int rc = candidates(&l, names, r->prefix);

	if (rc == 0)
		rc = keep_present(&l, r->root);
	if (rc == 0 && l.n)
		rc = take_ignored(&l, r, i, why);
	int e = errno;
	for (size_t k = 0; k < l.n; k++)
		free(l.v[k]);
	free(l.v);
	errno = e;
	return rc;
}

int
tree_share_list(const struct job *j, struct tree_share **list, size_t *n, struct buf *why)
{
	struct tree_info i;

	*list = NULL;
	*n = 0;
	if (tree_info_read(j->fd, &i, why) < 0)
		return -1;
	struct tree_share *l = calloc(i.nshares + 1, sizeof(*l));
	for (size_t k = 0; l && k < i.nshares; k++) {
		struct buf from = BUF_INIT, to = BUF_INIT;
		(void)buf_addf(&from, "%s/%s", i.root, i.shares[k]);
		(void)buf_addf(&to, "%s/" JOB_TREE "/%s", j->path, i.shares[k]);
		l[k] = (struct tree_share){ buf_steal(&from), buf_steal(&to) };
		*n = k + 1;
		if (!l[k].source || !l[k].target) {
			tree_share_free(l, *n);
			l = NULL;
		}
	}
	tree_info_release(&i);
	if (!l) {
		*n = 0;
		errno = ENOMEM;
		return -1;
	}
	*list = l;
	return 0;
}

void
tree_share_free(struct tree_share *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].source);
		free(list[i].target);
	}
	free(list);
}
