/* SPDX-License-Identifier: MIT */
/* surveyseal: from ctl.git's objects to facts and bytes. */
#include "surveyseal.h"

#include <errno.h>
#include <string.h>
#include "path.h"
#include "sealedblob.h"
#include "thing.h"

/* A link of the change that leaves the tree, whatever its marks say. */
static int
escapes(struct git_cat *cat, const struct plan_entry *e)
{
	CLEANUP(buf) struct buf target = BUF_INIT;
	struct plan_thing t;

	if (e->new_mode != GIT_MODE_LINK || e->link_escapes)
		return e->link_escapes;
	if (sealedblob_read(cat, e->new_mode, e->new_oid, &target, &t) < 0)
		return -1;
	return !plan_link_safe(e->path, target.p, target.len);
}

int
survey_asks(const struct survey *s, struct plan *p, struct buf *why)
{
	struct git_cat cat;
	int rc = 0;

	if (survey_entries(s, p) < 0 || git_cat_open(&cat, &s->ctl) < 0) {
		buf_addf(why, "cannot read the sealed change: %s", git_strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < p->n && rc >= 0; i++) {
		struct plan_entry *e = &p->e[i];

		if (e->ask & (PLAN_ASK_REFUSED | PLAN_ASK_COUNT)) {
			e->op = PLAN_LEFT;
			continue;
		}
		rc = escapes(&cat, e);
		e->why = !plan_path_ok(e->path, strlen(e->path)) ? PLAN_BAD_PATH :
			rc ? PLAN_LINK_ESCAPES : PLAN_OK;
		e->op = e->why ? PLAN_CONFLICT : !e->old_mode ? PLAN_ADD :
			e->new_mode ? PLAN_MODIFY : PLAN_DELETE;
	}
	int e = errno;

	git_cat_close(&cat);
	if (rc >= 0)
		return 0;
	buf_addf(why, "the sealed change lacks an object: %s", strerror(e));
	errno = e;
	return -1;
}

/* Is what this entry lands a blob as it is? */
static bool
from_blob(const struct plan_entry *e)
{
	return (e->op == PLAN_ADD || e->op == PLAN_MODIFY) && e->how == PLAN_COPY && !e->crlf;
}

int
survey_bytes(const struct plan_entry *e, struct buf *out, void *source)
{
	struct survey_source *s = source;
	struct plan_thing t;
	char type[16];

	if (e->how == PLAN_KEEP) {
		const char *base;
		CLEANUP(fd) int parent = path_open_parent(s->ws, e->path, false, &base);

		return parent < 0 ? -1 : thing_read(parent, base, 0, &t, NULL, out);
	}
	if (e->how == PLAN_MERGE || e->crlf)
		return buf_add(out, e->text.p, e->text.len);
	for (bool on = false; s->plan && s->next < s->plan->n && git_cat_wants(&s->cat, on); on = true) {
		const struct plan_entry *n = &s->plan->e[s->next++];

		if (from_blob(n))
			git_cat_ask(&s->cat, n->new_oid);
	}
	return git_cat_read(&s->cat, e->new_oid, type, out, SURVEY_FILE_MAX);
}
