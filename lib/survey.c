/* SPDX-License-Identifier: MIT */
/* survey: read what is sealed and what is here, and have the plan decided. */
#include "survey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "path.h"
#include "sealedblob.h"
#include "store.h"
#include "surroundings.h"
#include "thing.h"

/* The three versions of one path while it is looked at. */
struct versions {
	struct buf base, job, now;
	int modes;			/* do modes count here? 1 yes, -1 no, 0 not yet asked */
	bool loaded;			/* base and job are there */
	struct git_cat late;		/* for what was thought known, and is needed after all */
	bool late_open;
};

bool
survey_covers(const char *const *names, const char *path)
{
	for (; *names; names++) {
		size_t n = strlen(*names);

		if (!n || !strcmp(*names, ".") ||
		    (!strncmp(path, *names, n) && (!path[n] || path[n] == '/')))
			return true;
	}
	return false;
}

static bool
named(const char *const *names, const char *path)
{
	for (; names && *names; names++)
		if (!strcmp(*names, path))
			return true;
	return false;
}

/* One file of the change becomes an entry. */
static int
add_file(const struct survey *s, struct plan *p, const struct change_file *f)
{
	struct plan_entry *e = plan_add(p, f->path, strlen(f->path));

	if (!e)
		return -1;
	e->old_mode = f->old_mode;
	e->new_mode = f->new_mode;
	e->old_oid = f->old_mode ? strdup(f->old) : NULL;
	e->new_oid = f->new_mode ? strdup(f->new) : NULL;
	if ((f->old_mode && !e->old_oid) || (f->new_mode && !e->new_oid))
		return -1;
	if ((f->marks & CHANGE_RUNS_BY_ITSELF) && f->new_mode)
		e->ask |= PLAN_ASK_RUNS;
	if (s->allowed && !survey_covers(s->allowed, f->path))
		e->ask |= PLAN_ASK_SCOPE;
	e->link_escapes = f->marks & CHANGE_LINK_OUTSIDE;
	e->left = s->only && !survey_covers(s->only, f->path);
	e->accepted = named(s->accept, f->path);
	return 0;
}

/* What can never be part of a change is an entry too: it must be accepted to be left. */
static int
add_refused(const struct survey *s, struct plan *p, const char *path, const char *reason,
	unsigned ask)
{
	const struct change_file *f = change_find(s->change, path);
	/* The files are the first entries, in order; twice the same stand together. */
	struct plan_entry *e = f ? &p->e[f - s->change->files] :
		p->n && !strcmp(p->e[p->n - 1].path, path) ? &p->e[p->n - 1] : NULL;

	if (!e)
		e = plan_add(p, path, strlen(path));
	if (!e)
		return -1;
	e->ask |= ask;
	e->accepted = named(s->accept, path);
	e->left = s->only && !survey_covers(s->only, path);
	if (!e->note)
		e->note = strdup(reason);
	return e->note ? 0 : -1;
}

int
survey_entries(const struct survey *s, struct plan *p)
{
	const struct change *c = s->change;
	size_t wanted = 0;

	for (size_t i = 0; i < c->nfiles; i++) {
		if (add_file(s, p, &c->files[i]) < 0)
			return -1;
		wanted += !p->e[p->n - 1].left;
	}
	for (size_t i = 0; i < c->nrefused; i++)
		if (add_refused(s, p, c->refused[i].path, c->refused[i].reason, PLAN_ASK_REFUSED) < 0)
			return -1;
	if (s->max_files && wanted > s->max_files) {
		if (add_refused(s, p, ".", "too many files", PLAN_ASK_COUNT) < 0)
			return -1;
		p->e[p->n - 1].left = false;
	}
	return plan_sort(p);
}

/* How much of path is the first parent that is not a directory, and what it is. */
static void
find_block(int ws, struct plan_entry *e)
{
	CLEANUP(free) char *p = strdup(e->path);

	e->parent = PLAN_PARENT_IS_LINK;	/* the careful answer */
	for (char *s = p; s && (s = strchr(s, '/')); *s++ = '/') {
		const char *base;
		CLEANUP(fd) int dir = -1;
		struct stat st;

		*s = '\0';
		dir = path_open_parent(ws, p, false, &base);
		if (dir < 0 || fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return;
		if (!S_ISDIR(st.st_mode)) {
			e->block = (size_t)(s - p);
			e->parent = S_ISLNK(st.st_mode) ? PLAN_PARENT_IS_LINK : PLAN_PARENT_IS_FILE;
			return;
		}
	}
}

/* What is in the workspace at this path now. */
static void
read_now(const struct survey *s, struct plan_entry *e, struct buf *bytes)
{
	CLEANUP(fd) int parent = -1;
	const char *base;
	struct stat st;

	parent = path_open_parent(s->ws, e->path, false, &base);
	if (parent >= 0) {
		if (fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && (uint64_t)st.st_size > SURVEY_FILE_MAX)
			e->unreadable = true;
		else if (thing_read(parent, base, 0, &e->now, NULL, bytes) < 0)
			e->unreadable = true;
	} else if (errno == ENOENT) {
		e->parent = PLAN_PARENT_MISSING;
	} else if (errno == ENOTDIR || errno == ELOOP) {
		find_block(s->ws, e);
	} else {
		e->unreadable = true;
	}
}

/* Replace bytes by their CRLF form. */
static int
make_crlf(struct buf *bytes, struct plan_thing *t)
{
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (t->kind != PLAN_FILE)
		return 0;
	if (plan_to_crlf(&out, bytes->p, bytes->len) < 0)
		return -1;
	buf_reset(bytes);
	if (buf_add(bytes, out.p, out.len) < 0)
		return -1;
	thing_of(t, PLAN_FILE, t->exec, bytes->p, bytes->len);
	return 0;
}

/*
 * A checkout that turned LF into CRLF is no change of the user's, and asking
 * git's filters would run programs: so a text that is CRLF throughout here and
 * LF throughout in both sealed versions is compared, and landed, as CRLF.
 */
static int
try_crlf(struct plan_entry *e, struct versions *v)
{
	if (e->now.kind != PLAN_FILE || e->job.kind == PLAN_LINK || e->base.kind == PLAN_LINK ||
	    plan_same(&e->now, &e->base) || plan_same(&e->now, &e->job) ||
	    plan_eol(v->now.p, v->now.len) != '\r' || plan_eol(v->base.p, v->base.len) != '\n' ||
	    plan_eol(v->job.p, v->job.len) != '\n')
		return 0;
	e->crlf = true;
	return make_crlf(&v->base, &e->base) < 0 || make_crlf(&v->job, &e->job) < 0 ? -1 : 0;
}

/* git merge-file on copies; clean, overlapping, or not text. */
static int
merge(const struct survey *s, struct plan_entry *e, const struct versions *v, struct buf *why)
{
	static const char *const name[3] = { "ours", "base", "theirs" };
	const struct buf *bytes[3] = { &v->now, &v->base, &v->job };
	CLEANUP(buf) struct buf ours = BUF_INIT;
	CLEANUP(buf) struct buf base = BUF_INIT;
	CLEANUP(buf) struct buf theirs = BUF_INIT;
	int rc;

	for (int i = 0; i < 3; i++) {
		if (memchr(bytes[i]->p, '\0', bytes[i]->len)) {
			e->merge = PLAN_MERGE_BINARY;
			return 0;
		}
		if (store_replace(s->scratch, name[i], bytes[i]->p, bytes[i]->len, STORE_NOSYNC) < 0)
			return -1;
	}
	buf_addf(&ours, "%s/ours", s->scratch_path);
	buf_addf(&base, "%s/base", s->scratch_path);
	buf_addf(&theirs, "%s/theirs", s->scratch_path);
	if (!buf_ok(&ours) || !buf_ok(&base) || !buf_ok(&theirs))
		return -1;
	const char *args[] = { "merge-file", "-p", "-q", "--", ours.p, base.p, theirs.p, NULL };

	rc = git_run(&s->ctl, args, NULL, 0, &e->text, SURVEY_FILE_MAX, why);
	if (rc < 0)
		return -1;
	/* The exit code is the number of overlaps, 255 an error: not text. */
	e->merge = rc == 0 ? PLAN_MERGE_CLEAN : rc == 255 ? PLAN_MERGE_BINARY : PLAN_MERGE_OVERLAP;
	if (rc == 0)
		thing_of(&e->merged, PLAN_FILE, e->now.exec, e->text.p, e->text.len);
	else
		buf_reset(&e->text);
	buf_reset(why);
	return 0;
}

static bool
is_sealed(unsigned mode)
{
	return mode && mode != GIT_MODE_GITLINK;
}

static bool
same_oid(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a && !b;
}

/* The entry of an earlier plan that tells what base and job have here, or NULL. */
static const struct plan_entry *
known_of(const struct survey *s, const struct plan_entry *e)
{
	const struct plan_entry *k = s->known ? plan_find(s->known, e->path, strlen(e->path)) : NULL;

	return k && !k->crlf && k->base.kind <= PLAN_FILE && k->job.kind <= PLAN_FILE &&
		k->op != PLAN_CONFLICT && k->old_mode == e->old_mode && k->new_mode == e->new_mode &&
		same_oid(k->old_oid, e->old_oid) && same_oid(k->new_oid, e->new_oid) ? k : NULL;
}

/* Ask for what look() will read, from entry *k on. */
static void
ask_ahead(const struct survey *s, struct git_cat *cat, const struct plan *p, size_t *k)
{
	for (bool on = false; *k < p->n && git_cat_wants(cat, on); ++*k, on = true) {
		const struct plan_entry *e = &p->e[*k];

		if (!plan_path_ok(e->path, strlen(e->path)) || known_of(s, e))
			continue;
		if (is_sealed(e->old_mode))
			git_cat_ask(cat, e->old_oid);
		if (is_sealed(e->new_mode))
			git_cat_ask(cat, e->new_oid);
	}
}

static int
read_both(struct git_cat *cat, struct plan_entry *e, struct versions *v, struct buf *why)
{
	v->loaded = true;
	if (sealedblob_read(cat, e->old_mode, e->old_oid, &v->base, &e->base) == 0 &&
	    sealedblob_read(cat, e->new_mode, e->new_oid, &v->job, &e->job) == 0)
		return 0;
	buf_addf(why, "the sealed change lacks a version of '%s': %s", e->path,
		errno == ENOENT ? "no such object" : strerror(errno));
	return -1;
}

/* Known by their hashes alone, but the workspace has a third: the bytes are wanted. */
static int
read_late(const struct survey *s, struct plan_entry *e, struct versions *v, struct buf *why)
{
	if (v->loaded || e->now.kind != PLAN_FILE || plan_same(&e->now, &e->base) ||
	    plan_same(&e->now, &e->job))
		return 0;
	if (!v->late_open && git_cat_open(&v->late, &s->ctl) < 0)
		return -1;
	v->late_open = true;
	return read_both(&v->late, e, v, why);
}

static int
look(const struct survey *s, struct git_cat *cat, struct plan_entry *e, struct versions *v,
	struct buf *why)
{
	buf_reset(&v->base);
	buf_reset(&v->job);
	buf_reset(&v->now);
	if (!plan_path_ok(e->path, strlen(e->path)))
		return 0;
	const struct plan_entry *k = known_of(s, e);

	v->loaded = !k;
	if (k) {
		e->base = k->base;
		e->job = k->job;
	} else if (read_both(cat, e, v, why) < 0) {
		return -1;
	}
	if (e->job.kind == PLAN_LINK && !plan_link_safe(e->path, v->job.p, v->job.len))
		e->link_escapes = true;
	read_now(s, e, &v->now);
	if (read_late(s, e, v, why) < 0)
		return -1;
	const struct plan_thing *was = e->base.kind == PLAN_FILE ? &e->base : &e->job;

	/* Asked only where it matters: it costs a process. */
	if (s->git_dir && e->now.kind == PLAN_FILE && was->kind == PLAN_FILE &&
	    e->now.exec != was->exec)
		e->modeless = v->modes ? v->modes < 0 :
			(v->modes = git_says(s->git_dir, "core.fileMode", true) ? 1 : -1) < 0;
	if (try_crlf(e, v) < 0)
		return -1;
	if (plan_wants_merge(e))
		return merge(s, e, v, why);
	/* CRLF is in no blob: the bytes to land are kept. */
	return e->crlf && e->job.kind == PLAN_FILE ? buf_add(&e->text, v->job.p, v->job.len) : 0;
}

static int
look_at_all(const struct survey *s, struct plan *p, struct buf *why)
{
	struct versions v = { .base = BUF_INIT, .job = BUF_INIT, .now = BUF_INIT };
	struct git_cat cat;
	size_t asked = 0;
	int rc = 0;

	if (git_cat_open(&cat, &s->ctl) < 0) {
		buf_addf(why, "cannot read the sealed change: %s", git_strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < p->n && !rc; i++) {
		ask_ahead(s, &cat, p, &asked);
		rc = look(s, &cat, &p->e[i], &v, why);
	}
	int e = errno;

	git_cat_close(&cat);
	if (v.late_open)
		git_cat_close(&v.late);
	buf_release(&v.base);
	buf_release(&v.job);
	buf_release(&v.now);
	errno = e;
	return rc;
}

int
survey(const struct survey *s, struct plan *p, struct buf *why)
{
	if (survey_entries(s, p) < 0) {
		buf_addf(why, "the list of changed files is damaged: %s", strerror(errno));
		return -1;
	}
	if (look_at_all(s, p, why) < 0)
		goto err;
	plan_decide(p);
	if (surroundings(s->ws, s->git_dir, s->ws_path, p) < 0)
		goto err;
	plan_decide(p);
	plan_settle(p);
	return 0;
err:
	if (!why->len)
		buf_addf(why, "cannot compare with the workspace: %s", strerror(errno));
	return -1;
}
