/* SPDX-License-Identifier: MIT */
/*
 * collide: every leading part of a path (its directories and itself) has a
 * folded form; two spellings of one form cannot both exist on a file system
 * that folds. Only forms of new paths are kept, so the cost is one hash per
 * part of each path of the base, and nothing when nothing is new.
 */
#include "collide.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fold.h"
#include "num.h"

struct form {
	char *folded;			/* NULL: empty slot */
	char *spelled;			/* the first spelling met, of what exists */
	bool based;			/* that is in the base too: it was there first */
	bool clash;
};

struct forms {
	struct form *slot;
	size_t mask;
	struct buf key;
};

static struct form *
look(const struct forms *f, const char *folded, size_t len)
{
	size_t i = (size_t)num_fnv1a(folded, len) & f->mask;

	while (f->slot[i].folded && strcmp(f->slot[i].folded, folded) != 0)
		i = (i + 1) & f->mask;
	return &f->slot[i];
}

/* Visit the forms of all leading parts of path: make, or mark those met under two spellings. */
static int
each_part(struct forms *f, const char *path, bool make, bool based)
{
	size_t spelled = 0;

	buf_reset(&f->key);
	while (path[spelled]) {
		size_t n = strcspn(path + spelled + (path[spelled] == '/'), "/") +
			(path[spelled] == '/');
		if (fold_name(&f->key, path + spelled, n) < 0)
			return -1;
		spelled += n;
		struct form *form = look(f, f->key.p, f->key.len);
		if (make && !form->folded) {
			if (!(form->folded = strdup(f->key.p)))
				return -1;
		} else if (!make && form->folded) {
			if (!form->spelled) {
				if (!(form->spelled = strndup(path, spelled)))
					return -1;
				form->based = based;
			}
			if (strlen(form->spelled) != spelled || memcmp(form->spelled, path, spelled) != 0)
				form->clash = true;
		}
	}
	return 0;
}

/* Does any part of the path clash, and was not there first? */
static int
clashes(struct forms *f, const char *path)
{
	size_t spelled = 0;

	buf_reset(&f->key);
	while (path[spelled]) {
		size_t n = strcspn(path + spelled + (path[spelled] == '/'), "/") +
			(path[spelled] == '/');
		if (fold_name(&f->key, path + spelled, n) < 0)
			return -1;
		spelled += n;
		const struct form *form = look(f, f->key.p, f->key.len);
		if (form->clash && !(form->based && strlen(form->spelled) == spelled &&
			!memcmp(form->spelled, path, spelled)))
			return 1;
	}
	return 0;
}

static size_t
parts(const char *path)
{
	size_t n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static int
refuse_clashing(struct scan *s, struct forms *f)
{
	for (size_t i = 0; i < s->n; i++) {
		int rc = s->items[i].entry ? 0 : clashes(f, s->items[i].path);
		if (rc < 0)
			return -1;
		if (!rc)
			continue;
		s->items[i].refused = true;
		if (change_add_reason(&s->change->refused, &s->change->nrefused, s->items[i].path,
			"differs from another path only in case or Unicode form") < 0)
			return -1;
	}
	return 0;
}

int
scan_collisions(struct scan *s)
{
	struct forms f = { .key = BUF_INIT };
	size_t want = 16, total = 0;
	int rc = 0;

	for (size_t i = 0; i < s->n; i++)
		total += s->items[i].entry ? 0 : parts(s->items[i].path);
	if (!total)
		return 0;
	while (want < 2 * total)
		want *= 2;
	f.mask = want - 1;
	if (!(f.slot = calloc(want, sizeof(*f.slot))))
		return -1;
	for (size_t i = 0; i < s->n && rc == 0; i++)
		if (!s->items[i].entry)
			rc = each_part(&f, s->items[i].path, true, false);
	for (size_t i = 0; i < s->index->n && rc == 0; i++)
		if (s->index->e[i].seen)
			rc = each_part(&f, s->index->e[i].path, false, true);
	for (size_t i = 0; i < s->n && rc == 0; i++)
		if (!s->items[i].entry)
			rc = each_part(&f, s->items[i].path, false, false);
	if (rc == 0)
		rc = refuse_clashing(s, &f);
	for (size_t i = 0; i < want; i++) {
		free(f.slot[i].folded);
		free(f.slot[i].spelled);
	}
	free(f.slot);
	buf_release(&f.key);
	return rc;
}
