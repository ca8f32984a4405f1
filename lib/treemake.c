/* SPDX-License-Identifier: MIT */
/*
 * treemake: everything is built in .tree/ of the job and renamed into place;
 * tree/ comes last, so tree/ with tree.json means it is whole.
 */
#include "treemake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agentgit.h"
#include "dircache.h"
#include "index.h"
#include "job.h"
#include "lock.h"
#include "path.h"
#include "share.h"
#include "snapshot.h"
#include "store.h"
#include "strv.h"
#include "treeinfo.h"

#define STAGE ".tree"
#define DIRTY_SHOWN 20
#define NOTED 10			/* submodules named */

struct making {
	struct job *j;
	struct git_repo repo;
	struct tree_info info;
	int stage;			/* STAGE, open */
	char *stage_path, *ctl, *work;
	struct buf *why;
};

int
tree_policy_parse(const char *name, enum tree_policy *out)
{
	static const char *const names[] = { "ask", "committed", "snapshot" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*out = (enum tree_policy)i;
			return 0;
		}
	errno = EINVAL;
	return -1;
}

static char *
join(const char *a, const char *b)
{
	struct buf s = BUF_INIT;

	(void)buf_addf(&s, "%s/%s", a, b);	/* sticky */
	return buf_steal(&s);
}

static int
refuse_dirty(const struct tree_dirty *d, struct buf *why)
{
	(void)buf_addf(why, "the workspace has %zu uncommitted change%s:", d->total,
		d->total == 1 ? "" : "s");
	for (size_t i = 0; i < d->nfiles; i++)
		(void)buf_addf(why, "%s %c %s", i ? "," : "", d->files[i].status, d->files[i].path);
	if (d->total > d->nfiles)
		(void)buf_addf(why, ", and %zu more", d->total - d->nfiles);
	(void)buf_addstr(why, "; commit them, or say dirty=snapshot to work on them or "
		"dirty=committed to leave them out");
	errno = EUCLEAN;
	return -1;
}

/* The commit to start from, and whether the workspace allows it. */
static int
resolve(struct making *m, enum tree_policy policy, const char *base, struct tree_dirty *dirty)
{
	struct tree_dirty own = { 0 }, *d = dirty ? dirty : &own;
	struct tree_info *i = &m->info;
	int rc = 0;

	if (m->repo.unborn) {
		(void)buf_addf(m->why, "the branch '%s' has no commit yet: make one first",
			m->repo.branch);
		errno = ENODATA;
		return -1;
	}
	if (git_resolve(&m->repo, base ? base : m->repo.head, i->commit, i->base, m->why) < 0) {
		errno = ENODATA;
		return -1;
	}
	memcpy(i->base_commit, i->commit, sizeof(i->commit));
	memcpy(i->format, m->repo.format, sizeof(i->format));
	i->root = strdup(m->repo.root);
	i->prefix = strdup(m->repo.prefix);
	i->common = strdup(m->repo.common);
	if (!i->root || !i->prefix || !i->common)
		return -1;
	if (policy == TREE_ASK) {
		rc = tree_dirty(&m->repo, DIRTY_SHOWN, d, m->why);
		if (rc == 0 && d->total)
			rc = refuse_dirty(d, m->why);
	}
	int e = errno;
	tree_dirty_release(&own);
	errno = e;
	return rc;
}

static int
checkout(struct making *m)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char workers[40];
	const char *config[] = { workers, NULL };
	const char *const args[] = { "read-tree", "-u", "--reset", m->info.base_commit, NULL };
	struct git g = { .git_dir = m->ctl, .work_tree = m->work, .config = config };

	(void)snprintf(workers, sizeof(workers), "checkout.workers=%ld", cpus > 0 ? cpus : 1);
	if (mkdirat(m->stage, JOB_TREE, 0700) < 0)
		return -1;
	int rc = git_run(&g, args, NULL, 0, NULL, 0, m->why);
	if (rc <= 0)
		return rc;
	if (m->repo.partial || m->repo.shallow)
		(void)buf_addstr(m->why, "; the repository is a partial clone: fetch it first");
	errno = ENODATA;
	return -1;
}

/* Submodules and .gitignore'd dependencies: what is not there is said. */
static int
say_absent(struct making *m)
{
	CLEANUP(fd) int ctl = store_opendir(m->stage, JOB_CTL_GIT);
	CLEANUP(buf) struct buf note = BUF_INIT;
	struct index x;
	size_t n = 0;
	int rc = 0;

	if (ctl < 0 || index_open(&x, ctl, "index", !strcmp(m->info.format, "sha256")) < 0)
		return -1;
	for (size_t k = 0; k < x.n && rc == 0; k++) {
		if (x.e[k].mode != GIT_MODE_GITLINK || ++n > NOTED)
			continue;
		buf_reset(&note);
		(void)buf_addf(&note, "the submodule '%s' is left alone: empty in the tree", x.e[k].path);
		rc = buf_ok(&note) ? tree_info_add(&m->info.notes, &m->info.nnotes, note.p) : -1;
	}
	index_close(&x);
	if (n > NOTED && rc == 0) {
		buf_reset(&note);
		(void)buf_addf(&note, "and %zu more submodules", n - NOTED);
		rc = buf_ok(&note) ? tree_info_add(&m->info.notes, &m->info.nnotes, note.p) : -1;
	}
	return rc;
}

/* Empty directories in the tree: to bind dependencies on, and where the agent starts. */
static int
make_dirs(struct making *m, int tree)
{
	CLEANUP(buf) struct buf inside = BUF_INIT;
	const char *last;

	/* the prefix may have become empty in a snapshot, or not be tracked at all */
	if (*m->info.prefix) {
		if (buf_addf(&inside, "%sx", m->info.prefix) < 0)
			return -1;
		CLEANUP(fd) int dir = path_open_parent(tree, inside.p, true, &last);
		if (dir < 0)
			return -1;
	}
	for (size_t k = 0; k < m->info.nshares; k++) {
		const char *base;
		CLEANUP(fd) int dir = path_open_parent(tree, m->info.shares[k], true, &base);
		if (dir < 0 || (mkdirat(dir, base, 0755) < 0 && errno != EEXIST))
			return -1;
	}
	return 0;
}

/* params.share as a vector, or NULL when it was not given; borrowed strings are malloc'd. */
static int
share_names(const struct job *j, char ***names)
{
	int array = json_path(&j->doc, 0, "params.share");
	size_t n = 0;

	*names = NULL;
	if (json_type(&j->doc, array) != JSON_T_ARRAY)
		return 0;
	if (!(*names = calloc(json_len(&j->doc, array) + 1, sizeof(**names))))
		return -1;
	for (int e = json_first(&j->doc, array); e >= 0; e = json_next(&j->doc, e))
		if (((*names)[n] = json_cstr(&j->doc, e)))
			n++;
	return 0;
}

/*
 * The index must be younger than every file it knows, or the last ones
 * written would have to be read again at every diff (racy). Nobody has touched
 * them yet, so this hides nothing.
 */
static int
age_index(struct making *m, int tree)
{
	CLEANUP(fd) int ctl = store_opendir(m->stage, JOB_CTL_GIT);
	char **own = NULL;		/* what make_dirs() added */
	size_t nown = 0;
	struct index x;
	int rc = 0;

	if (ctl < 0 || index_open(&x, ctl, "index", !strcmp(m->info.format, "sha256")) < 0)
		return -1;
	for (size_t i = 0; i < m->info.nshares && rc == 0; i++)
		rc = tree_info_add(&own, &nown, m->info.shares[i]);
	if (*m->info.prefix && rc == 0)
		rc = tree_info_add(&own, &nown, m->info.prefix);
	if (rc == 0)
		rc = dircache_write(ctl, tree, &x, own, nown);
	index_close(&x);
	for (size_t i = 0; i < nown; i++)
		free(own[i]);
	free(own);
	return rc < 0 ? -1 : utimensat(ctl, "index", NULL, AT_SYMLINK_NOFOLLOW);
}

static int
fill(struct making *m, enum tree_policy policy)
{
	struct git g = { .git_dir = m->ctl };
	char **names;

	if (git_make(m->stage, JOB_CTL_GIT, m->info.format, m->info.commit, m->repo.objects) < 0)
		return -1;
	if (policy == TREE_SNAPSHOT && snapshot_make(&g, &m->repo, &m->info, m->why) < 0)
		return -1;
	if (checkout(m) < 0 || say_absent(m) < 0)
		return -1;
	int rc = share_names(m->j, &names);
	if (rc == 0)
		rc = share_find(&m->repo, names, &m->info, m->why);
	strv_free(names);
	if (rc < 0)
		return -1;
	CLEANUP(fd) int tree = store_opendir(m->stage, JOB_TREE);
	CLEANUP(free) char *agent = join(m->j->path, JOB_AGENT_GIT);
	if (tree < 0 || !agent || make_dirs(m, tree) < 0)
		return -1;
	if (agent_git_make(m->stage, &m->info, m->repo.objects, m->repo.common) < 0 ||
		agent_git_point(tree, agent) < 0)
		return -1;
	return age_index(m, tree);
}

static int
publish(struct making *m)
{
	static const char *const names[] = { JOB_CTL_GIT, JOB_AGENT_GIT, JOB_TREE };

	if (tree_info_write(m->j->fd, &m->info) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (renameat(m->stage, names[i], m->j->fd, names[i]) < 0)
			return -1;
	return unlinkat(m->j->fd, STAGE, AT_REMOVEDIR);
}

/* Is it there already? 1; 0 after removing what a killed attempt left. */
static int
already(int jobfd)
{
	static const char *const debris[] = {
		STAGE, JOB_CTL_GIT, JOB_AGENT_GIT, JOB_TREE, JOB_TREE_INFO,
	};
	struct stat st;

	if (fstatat(jobfd, JOB_TREE, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
		fstatat(jobfd, JOB_TREE_INFO, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	for (size_t i = 0; i < sizeof(debris) / sizeof(debris[0]); i++)
		if (store_remove(jobfd, debris[i]) < 0)
			return -1;
	return 0;
}

static int
make_locked(struct making *m, enum tree_policy policy, const char *base, struct tree_dirty *dirty)
{
	CLEANUP(free) char *root = job_workspace_root(m->j);
	int rc = already(m->j->fd);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (!root) {
		(void)buf_addstr(m->why, "the job's directory is in no git repository");
		errno = ENOTSUP;
		return -1;
	}
	CLEANUP(free) char *prefix = job_workspace_prefix(m->j);
	CLEANUP(free) char *cwd = prefix && *prefix ? join(root, prefix) : strdup(root);
	if (!cwd || git_discover(cwd, &m->repo, m->why) < 0)
		return -1;
	if (resolve(m, policy, base, dirty) < 0)
		return -1;
	m->stage = store_mkdir(m->j->fd, STAGE);
	m->stage_path = join(m->j->path, STAGE);
	m->ctl = m->stage_path ? join(m->stage_path, JOB_CTL_GIT) : NULL;
	m->work = m->stage_path ? join(m->stage_path, JOB_TREE) : NULL;
	if (m->stage < 0 || !m->ctl || !m->work)
		return -1;
	if (fill(m, policy) == 0 && publish(m) == 0)
		return 0;
	int e = errno;
	(void)store_remove(m->j->fd, STAGE);	/* the next attempt tries again */
	errno = e;
	return -1;
}

int
tree_make(struct job *j, enum tree_policy policy, const char *base, struct tree_dirty *dirty,
	struct buf *why)
{
	CLEANUP(fd) int lock = lock_open(j->fd, JOB_TREE_LOCK);
	struct making m = { .j = j, .stage = -1, .why = why };

	if (lock < 0)
		return -1;
	int rc = lock_try(lock, true);
	if (rc) {
		errno = rc > 0 ? EBUSY : errno;
		(void)buf_addstr(why, "somebody else is using the job's tree");
		return -1;
	}
	rc = make_locked(&m, policy, base, dirty);
	int e = errno;
	if (rc < 0 && !why->len)
		(void)buf_addf(why, "cannot make the tree: %s", strerror(e));
	cleanup_fd(&m.stage);
	git_repo_release(&m.repo);
	tree_info_release(&m.info);
	free(m.stage_path);
	free(m.ctl);
	free(m.work);
	errno = e;
	return rc;
}
