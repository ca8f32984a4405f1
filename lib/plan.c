/* SPDX-License-Identifier: MIT */
/* plan: the decisions. No I/O; everything here is a function of the facts. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "num.h"
#include "sha256.h"

#define GITLINK 0160000u
#define GITTYPE 0170000u

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
}

void
plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct plan_entry *e = &p->e[i];

		free(e->path);
		free(e->old_oid);
		free(e->new_oid);
		free(e->sibling);
		free(e->note);
		buf_release(&e->text);
	}
	free(p->e);
	free(p->job);
	free(p->base_tree);
	free(p->sealed_tree);
	free(p->workspace);
	plan_init(p);
}

struct plan_entry *
plan_add(struct plan *p, const char *path, size_t len)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct plan_entry *e = reallocarray(p->e, cap, sizeof(*e));

		if (!e)
			return NULL;
		p->e = e;
		p->cap = cap;
	}
	struct plan_entry *e = &p->e[p->n];

	memset(e, 0, sizeof(*e));
	buf_init(&e->text);
	e->path = malloc(len + 1);
	if (!e->path)
		return NULL;
	memcpy(e->path, path, len);
	e->path[len] = '\0';
	p->n++;
	return e;
}

static int
by_path(const void *a, const void *b)
{
	const struct plan_entry *x = a, *y = b;

	/* strcmp compares as unsigned char: the byte order that git sorts by. */
	return strcmp(x->path, y->path);
}

int
plan_sort(struct plan *p)
{
	if (p->n)
		qsort(p->e, p->n, sizeof(*p->e), by_path);
	for (size_t i = 1; i < p->n; i++) {
		if (!strcmp(p->e[i - 1].path, p->e[i].path)) {
			errno = EBADMSG;
			return -1;
		}
	}
	return 0;
}

struct plan_entry *
plan_find(const struct plan *p, const char *path, size_t len)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = strncmp(p->e[mid].path, path, len);

		if (!d && p->e[mid].path[len])
			d = 1;
		if (!d)
			return &p->e[mid];
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static bool
same_bytes(const struct plan_thing *a, const struct plan_thing *b)
{
	return a->size == b->size && !memcmp(a->hash, b->hash, PLAN_HASH);
}

bool
plan_same(const struct plan_thing *a, const struct plan_thing *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case PLAN_ABSENT:
		return true;
	case PLAN_FILE:
		return a->exec == b->exec && same_bytes(a, b);
	case PLAN_LINK:
		return same_bytes(a, b);
	default:
		return false;
	}
}

static bool
all_files(const struct plan_entry *e)
{
	return e->base.kind == PLAN_FILE && e->job.kind == PLAN_FILE && e->now.kind == PLAN_FILE;
}

bool
plan_wants_merge(const struct plan_entry *e)
{
	return all_files(e) && !same_bytes(&e->now, &e->base) && !same_bytes(&e->now, &e->job) &&
		!same_bytes(&e->base, &e->job);
}

static void
set(struct plan_entry *e, enum plan_op op, enum plan_how how, const struct plan_thing *then)
{
	e->op = op;
	e->how = how;
	e->why = PLAN_OK;
	e->then = *then;
}

/* Three regular files: bytes and executable bit are merged separately. */
static enum plan_why
decide_files(struct plan_entry *e)
{
	struct plan_thing then = e->now;
	enum plan_how how = PLAN_KEEP;

	if (same_bytes(&e->now, &e->base)) {
		then = e->job;
		how = PLAN_COPY;
	} else if (!same_bytes(&e->now, &e->job) && !same_bytes(&e->job, &e->base)) {
		if (e->merge == PLAN_MERGE_OVERLAP)
			return PLAN_MERGE_FAILED;
		if (e->merge != PLAN_MERGE_CLEAN)
			return PLAN_MODIFIED;
		then = e->merged;
		how = PLAN_MERGE;
	}
	then.exec = e->now.exec == e->base.exec ? e->job.exec : e->now.exec;
	set(e, plan_same(&then, &e->now) ? PLAN_ALREADY : PLAN_MODIFY, how, &then);
	return PLAN_OK;
}

/* What forbids the path whatever is in the workspace. */
static enum plan_why
never(const struct plan_entry *e)
{
	if (!plan_path_ok(e->path, strlen(e->path)))
		return PLAN_BAD_PATH;
	if (e->submodule || (e->old_mode & GITTYPE) == GITLINK || (e->new_mode & GITTYPE) == GITLINK)
		return PLAN_SUBMODULE;
	if (e->link_escapes)
		return PLAN_LINK_ESCAPES;
	if (e->unreadable)
		return PLAN_UNREADABLE;
	return PLAN_OK;
}

static enum plan_why
decide_new(struct plan_entry *e)
{
	if (e->now.kind != PLAN_ABSENT)
		return e->tracked ? PLAN_ADDED : e->ignored ? PLAN_IGNORED : PLAN_UNTRACKED;
	if (e->sibling)
		return PLAN_CASE;
	set(e, PLAN_ADD, PLAN_COPY, &e->job);
	return PLAN_OK;
}

static enum plan_why
decide_here(struct plan_entry *e)
{
	if (e->parent == PLAN_PARENT_IS_LINK)
		return PLAN_PARENT_LINK;
	if (e->parent == PLAN_PARENT_IS_FILE && e->job.kind != PLAN_ABSENT)
		return PLAN_PARENT_FILE;
	if (e->sparse && e->now.kind == PLAN_ABSENT)
		return PLAN_SPARSE;
	/* Whatever is below a directory, the file that was to go is not there. */
	if (plan_same(&e->now, &e->job) ||
	    (e->now.kind == PLAN_DIR && e->job.kind == PLAN_ABSENT)) {
		set(e, PLAN_ALREADY, PLAN_KEEP, &e->now);
		return PLAN_OK;
	}
	if (e->now.kind == PLAN_DIR) {
		if (!e->dir_empties || e->base.kind != PLAN_ABSENT)
			return PLAN_IS_DIR;
		set(e, PLAN_ADD, PLAN_COPY, &e->job);
		return PLAN_OK;
	}
	if (e->base.kind == PLAN_ABSENT)
		return decide_new(e);
	if (e->now.kind == PLAN_ABSENT)
		return PLAN_DELETED;
	if (plan_same(&e->now, &e->base)) {
		set(e, e->job.kind == PLAN_ABSENT ? PLAN_DELETE : PLAN_MODIFY, PLAN_COPY, &e->job);
		return PLAN_OK;
	}
	if (e->now.kind != e->base.kind)
		return PLAN_TYPE;
	return all_files(e) ? decide_files(e) : PLAN_MODIFIED;
}

void
plan_decide_entry(struct plan_entry *e)
{
	if (e->left || (e->ask & (PLAN_ASK_REFUSED | PLAN_ASK_COUNT))) {
		set(e, PLAN_LEFT, PLAN_KEEP, &e->now);
		return;
	}
	bool real = e->now.exec;

	/* Where modes mean nothing the file has the bit that it is compared with. */
	if (e->modeless && e->now.kind == PLAN_FILE)
		e->now.exec = e->base.kind == PLAN_FILE ? e->base.exec : e->job.exec;
	bool told = e->now.exec;

	e->op = PLAN_CONFLICT;
	e->how = PLAN_KEEP;
	e->then = e->now;
	e->why = never(e);
	if (!e->why)
		e->why = decide_here(e);
	e->now.exec = real;
	if (e->modeless && e->then.kind == PLAN_FILE && e->then.exec == told)
		e->then.exec = real;
	if (e->op == PLAN_MODIFY && plan_same(&e->then, &e->now))
		set(e, PLAN_ALREADY, PLAN_KEEP, &e->now);
}

void
plan_decide(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		plan_decide_entry(&p->e[i]);
}

/*
 * A parent that is a file (or link) is no obstacle when this same landing
 * deletes it, nor is a case-only sibling: that is how a file becomes a
 * directory and how README becomes readme.
 */
void
plan_settle(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct plan_entry *e = &p->e[i], *o = NULL;

		if (e->op != PLAN_CONFLICT)
			continue;
		if (e->why == PLAN_CASE)
			o = plan_find(p, e->sibling, strlen(e->sibling));
		else if (e->why == PLAN_PARENT_FILE || e->why == PLAN_PARENT_LINK)
			o = plan_find(p, e->path, e->block);
		if (o && o->op == PLAN_DELETE && e->base.kind == PLAN_ABSENT)
			set(e, PLAN_ADD, PLAN_COPY, &e->job);
	}
}

bool
plan_stops(const struct plan_entry *e)
{
	return e->op == PLAN_CONFLICT || (e->ask && !e->accepted && !e->left);
}

void
plan_count(const struct plan *p, struct plan_count *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *e = &p->e[i];

		c->op[e->op]++;
		if (plan_stops(e)) {
			c->conflicts++;
			c->asks += e->op != PLAN_CONFLICT;
		}
	}
	c->writes = c->op[PLAN_ADD] + c->op[PLAN_MODIFY] + c->op[PLAN_DELETE];
}

static void
hash_str(struct sha256 *h, const char *s)
{
	sha256_update(h, s ? s : "-", (s ? strlen(s) : 1) + (s != NULL));
}

static void
hash_num(struct sha256 *h, uint64_t n)
{
	unsigned char b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)(n >> (56 - 8 * i));
	sha256_update(h, b, sizeof(b));
}

static void
hash_thing(struct sha256 *h, const struct plan_thing *t)
{
	hash_num(h, (uint64_t)t->kind * 2 + t->exec);
	hash_num(h, t->size);
	sha256_update(h, t->hash, PLAN_HASH);
}

void
plan_token(const struct plan *p, char out[PLAN_TOKEN])
{
	struct sha256 h;
	unsigned char sum[PLAN_HASH];

	sha256_init(&h);
	hash_str(&h, "jobdir-plan 1");
	hash_str(&h, p->job);
	hash_str(&h, p->base_tree);
	hash_str(&h, p->sealed_tree);
	hash_str(&h, p->workspace);
	hash_num(&h, p->n);
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *e = &p->e[i];

		hash_str(&h, e->path);
		hash_num(&h, (uint64_t)e->op << 16 | (uint64_t)e->how << 8 | (uint64_t)e->why);
		hash_num(&h, e->old_mode);
		hash_num(&h, e->new_mode);
		hash_str(&h, e->old_oid);
		hash_str(&h, e->new_oid);
		hash_thing(&h, &e->now);
		hash_thing(&h, &e->then);
	}
	sha256_final(&h, sum);
	num_hex(out, sum, sizeof(sum));
}
