/* SPDX-License-Identifier: MIT */
/* export: commits of ours over a tree that is sealed, then a branch. */
#include "export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "difftree.h"
#include "gitadopt.h"
#include "gitbranch.h"
#include "job.h"
#include "jsonw.h"
#include "landscope.h"
#include "lock.h"
#include "numbered.h"
#include "path.h"
#include "store.h"
#include "surveyseal.h"

#define SCRATCH "export"		/* in JOB/apply */
#define LOCK "export.lock"
#define NOTE "export.ref"		/* the branch that is being moved, and where to: a line each */
#define NOTE_MAX 8192
#define TRIES 3

struct work {
	struct land *l;
	const struct export_want *w;
	struct export_done *d;
	struct git_repo repo;
	int scratch, apply;		/* apply: the job's directory of that name */
	char *path, *git_dir;		/* of the scratch directory and the repository in it */
	struct git g;
	char pack[GIT_PACK_NAME];
	struct buf oids;
	enum answer_code *code;
	struct buf *why;
};

static int
fail(struct work *x, enum answer_code code)
{
	int e = errno;

	*x->code = code;
	if (!x->why->len)
		(void)buf_addstr(x->why, git_strerror(e));	/* sticky */
	return -1;
}

bool
export_author_ok(const char *s)
{
	size_t name = strcspn(s, "<>"), mail;

	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	if (name < 2 || s[name] != '<' || s[name - 1] != ' ' || *s == ' ')
		return false;
	mail = strcspn(s + name + 1, "<>");
	return !strcmp(s + name + 1 + mail, ">");
}

int
export_plan(struct land *l, const char *const *accept, enum answer_code *code, struct buf *why)
{
	struct survey s = { .change = &l->change, .ctl = l->ctl, .accept = accept };
	char **allowed = NULL;
	int rc = landscope_limits(l->job, l->workspace, &s, &allowed);

	if (rc == 0) {
		plan_release(&l->plan);
		rc = survey_asks(&s, &l->plan, why);
	}
	landscope_free(allowed);
	if (rc < 0) {
		*code = ANSWER_STATE_DAMAGED;
		if (!why->len)
			buf_addf(why, "cannot read the change: %s", strerror(errno));
		return -1;
	}
	if (landscope_names(&l->plan, accept, NULL, why) < 0) {
		*code = ANSWER_INVALID_REQUEST;
		return -1;
	}
	plan_count(&l->plan, &l->count);
	return 0;
}

/* A repository of ours that sees the sealed change and, through it, the person's objects. */
static int
open_scratch(struct work *x, int apply)
{
	CLEANUP(buf) struct buf objects = BUF_INIT;
	CLEANUP(buf) struct buf git_dir = BUF_INIT;

	if (store_remove(apply, SCRATCH) < 0 || (x->scratch = store_mkdir(apply, SCRATCH)) < 0 ||
	    !(x->path = path_of_fd(x->scratch)))
		return -1;
	if (buf_addf(&objects, "%s/objects", x->l->ctl_path) < 0 ||
	    buf_addf(&git_dir, "%s/git", x->path) < 0 ||
	    git_make(x->scratch, "git", x->l->change.format, NULL, objects.p) < 0)
		return -1;
	x->git_dir = buf_steal(&git_dir);
	x->g = (struct git){ .git_dir = x->git_dir };
	return x->git_dir ? 0 : -1;
}

static int
commit(struct work *x, const char *tree, const char *parent, const char *message,
	const char *committer, char oid[GIT_OID_MAX + 1])
{
	static const char *const args[] = { "hash-object", "-t", "commit", "-w", "--stdin", NULL };
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(buf) struct buf out = BUF_INIT;
	size_t len = strlen(message);
	int64_t ms = 0;
	int rc;

	if (clock_parse(x->w->at, &ms) < 0)
		ms = clock_wall_ms();
	while (len && strchr(" \t\r\n", message[len - 1]))
		len--;
	buf_addf(&text, "tree %s\nparent %s\nauthor %s %lld +0000\ncommitter %s %lld +0000\n\n",
		tree, parent, x->w->author ? x->w->author : committer, (long long)(ms / 1000),
		committer, (long long)(ms / 1000));
	buf_add(&text, message, len);
	buf_addch(&text, '\n');
	if (!buf_ok(&text))
		return -1;
	rc = git_run(&x->g, args, text.p, text.len, &out, 1 << 12, x->why);
	if (rc < 0)
		return -1;
	out.p[strcspn(out.p, "\n")] = '\0';
	if (rc || !git_oid_valid(out.p)) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(oid, out.p, strlen(out.p) + 1);
	return 0;
}

/* The commits, and in x->oids everything they need that their base does not have. */
static int
make_commits(struct work *x)
{
	const struct change *c = &x->l->change;
	CLEANUP(buf) struct buf who = BUF_INIT;
	const char *parent = c->commit;

	if (git_identity(&x->repo, &who) < 0)
		return -1;
	if (strcmp(c->base, x->repo.head_tree)) {
		CLEANUP(buf) struct buf text = BUF_INIT;

		buf_addf(&text, "Workspace as it was when %s began", x->l->job->id);
		if (!buf_ok(&text) || commit(x, c->base, parent, text.p, who.p, x->d->snapshot) < 0 ||
		    difftree_new(&x->g, x->repo.head_tree, c->base, &x->oids, x->why) < 0)
			return -1;
		buf_addf(&x->oids, "%s\n%s\n", x->d->snapshot, c->base);
		parent = x->d->snapshot;
	}
	if (commit(x, c->tree, parent, x->w->message, who.p, x->d->commit) < 0 ||
	    difftree_new(&x->g, c->base, c->tree, &x->oids, x->why) < 0)
		return -1;
	return buf_addf(&x->oids, "%s\n%s\n", x->d->commit, c->tree);
}

/* The person's repository, and in it the commit the job started from (as head, head_tree). */
static int
open_repo(struct work *x)
{
	const char *start = x->l->change.commit;

	if (git_discover(x->l->workspace, &x->repo, x->why) < 0)
		return fail(x, ANSWER_NOT_A_REPOSITORY);
	if (strcmp(x->repo.format, x->l->change.format)) {
		buf_addstr(x->why, "the repository's object format is not the job's any more");
		return fail(x, ANSWER_CONFLICT);
	}
	if (!*start || git_resolve(&x->repo, start, x->repo.head, x->repo.head_tree, NULL) < 0) {
		buf_addf(x->why, "the commit %.12s the job started from is not in the repository any more; "
			"landing it (apply) still works", *start ? start : "(unknown)");
		return fail(x, ANSWER_CONFLICT);
	}
	return 0;
}

/* May the branch be made, or moved? */
static int
check_branch(struct work *x)
{
	const char *name = x->w->branch;
	int rc = git_branch_ok(name, x->why);

	if (rc < 0)
		return fail(x, ANSWER_INTERNAL);
	if (!rc) {
		buf_reset(x->why);
		buf_addf(x->why, "'%s' is no name for a branch", name);
		return fail(x, ANSWER_INVALID_REQUEST);
	}
	rc = git_branch_used(&x->repo, name, x->why);
	if (rc < 0 || git_branch_read(&x->repo, name, x->d->before, x->why) < 0)
		return fail(x, ANSWER_STATE_UNAVAILABLE);
	if (rc && strcmp(x->d->before, x->d->commit)) {
		buf_addf(x->why, "the branch '%s' is checked out: moving it would change a workspace",
			name);
		return fail(x, ANSWER_CONFLICT);
	}
	if (*x->d->before && !x->w->force && strcmp(x->d->before, x->d->commit)) {
		buf_addf(x->why, "the branch '%s' exists already, at %.12s", name, x->d->before);
		return fail(x, ANSWER_CONFLICT);
	}
	return 0;
}

/* A git that was killed while it moved the noted branch left it locked. */
static void
unlock_noted(struct work *x)
{
	CLEANUP(buf) struct buf note = BUF_INIT;
	char *oid;

	if (store_read(x->apply, NOTE, &note, NOTE_MAX) < 0)
		return;			/* none, mostly */
	oid = strchr(note.p, '\n');
	if (oid) {
		*oid++ = '\0';
		oid[strcspn(oid, "\n")] = '\0';
		if (git_oid_valid(oid))
			git_branch_unlock(&x->repo, note.p, oid);
	}
	(void)unlinkat(x->apply, NOTE, 0);	/* left, it names a branch without a lock */
}

static int
set_branch(struct work *x)
{
	CLEANUP(buf) struct buf log = BUF_INIT;
	CLEANUP(buf) struct buf note = BUF_INIT;
	int rc, e;

	unlock_noted(x);

	if (!strcmp(x->d->before, x->d->commit))
		return 0;		/* exported before */
	if (buf_addf(&log, "jobdir export: %s", x->l->job->id) < 0 ||
	    buf_addf(&note, "%s\n%s\n", x->w->branch, x->d->commit) < 0)
		return fail(x, ANSWER_INTERNAL);
	if (store_replace(x->apply, NOTE, note.p, note.len, 0) < 0)
		return fail(x, ANSWER_STATE_UNAVAILABLE);
	rc = git_branch_set(&x->repo, x->w->branch, x->d->before, x->d->commit, log.p, x->why);
	e = errno;
	if (rc < 0 && e != EEXIST && e != EBUSY)
		unlock_noted(x);
	else
		(void)unlinkat(x->apply, NOTE, 0);	/* as above */
	errno = e;
	if (rc == 0)
		return 0;
	return fail(x, e == EEXIST ? ANSWER_CONFLICT : ANSWER_STATE_UNAVAILABLE);
}

/*
 * Objects, then the branch. A pack that was there already may be one that a gc --prune=now
 * is just removing: so look again with the branch in place, which then protects them.
 */
static int
bring(struct work *x, struct git_keep *k)
{
	int has = 0;

	if (git_pack(&x->g, x->path, &x->oids, x->pack, x->why) < 0)
		return fail(x, ANSWER_STATE_DAMAGED);
	for (int i = 0; i < TRIES && has == 0; i++) {
		if (git_adopt(&x->repo, x->scratch, x->pack, x->l->job->id, k, x->why) < 0)
			return fail(x, ANSWER_STATE_UNAVAILABLE);
		if (i == 0 && git_connected(&x->repo, x->d->commit, x->why) < 0)
			return fail(x, ANSWER_CONFLICT);
		if (i == 0 && set_branch(x) < 0)
			return -1;
		has = git_has(&x->repo, &x->oids, x->why);
	}
	if (has < 0) {		/* the branch is made, and its objects were all there before */
		buf_reset(x->why);
		(void)buf_addf(x->why, "exported, but its objects cannot be looked at again: %s",
			git_strerror(errno));
	}
	if (has)
		return 0;
	buf_addstr(x->why, "the repository loses objects as fast as they come: is a gc at work?");
	return fail(x, ANSWER_STATE_UNAVAILABLE);
}

/* apply/exported-N.json. */
static int
record(const struct work *x, int apply)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	char at[CLOCK_STAMP];
	struct jsonw w;

	clock_stamp(at, clock_wall_ms());
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_mstr(&w, "at", at);
	jsonw_mstr(&w, "repository", x->repo.common);
	jsonw_mstr(&w, "branch", x->w->branch);
	jsonw_mstr(&w, "commit", x->d->commit);
	jsonw_mstr(&w, "before", *x->d->before ? x->d->before : NULL);
	jsonw_end(&w);
	buf_addch(&text, '\n');
	return numbered_put(apply, "exported", &text);
}

static int
in_scratch(struct work *x, int apply)
{
	if (open_repo(x) < 0)
		return -1;
	if (open_scratch(x, apply) < 0)
		return fail(x, ANSWER_STATE_UNAVAILABLE);
	if (make_commits(x) < 0)
		return fail(x, ANSWER_STATE_DAMAGED);
	if (check_branch(x) < 0)
		return -1;

	struct git_keep k = GIT_KEEP_INIT;
	int rc = bring(x, &k);

	git_keep_drop(&k);
	if (rc < 0)
		return -1;
	if (record(x, apply) < 0)
		buf_addf(x->why, "exported, but the job cannot record it: %s", strerror(errno));
	return 0;
}

int
export_change(struct land *l, const struct export_want *w, struct export_done *d,
	enum answer_code *code, struct buf *why)
{
	struct work x = { .l = l, .w = w, .d = d, .scratch = -1, .apply = -1, .oids = BUF_INIT,
		.code = code, .why = why };
	CLEANUP(fd) int apply = store_mkdir(l->job->fd, JOB_APPLY);
	CLEANUP(fd) int lock = apply < 0 ? -1 : lock_open(apply, LOCK);
	int rc;

	memset(d, 0, sizeof(*d));
	if (l->count.conflicts || !strcmp(l->change.tree, l->change.base)) {
		buf_addstr(why, l->count.conflicts ? "some files cannot be exported, so nothing is"
			: "the job changed nothing");
		return fail(&x, l->count.conflicts ? ANSWER_CONFLICT : ANSWER_JOB_HAS_NO_CHANGE);
	}
	if (lock < 0 || lock_wait(lock, true) < 0)
		return fail(&x, ANSWER_STATE_UNAVAILABLE);
	x.apply = apply;
	rc = in_scratch(&x, apply);
	(void)store_remove(apply, SCRATCH);	/* else the next one removes it */
	git_repo_release(&x.repo);
	cleanup_fd(&x.scratch);
	free(x.path);
	free(x.git_dir);
	buf_release(&x.oids);
	return rc;
}
