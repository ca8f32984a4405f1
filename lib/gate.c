/* SPDX-License-Identifier: MIT */
#include "gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "clock.h"
#include "job.h"
#include "json.h"
#include "jsonw.h"
#include "store.h"

#define FILE_NAME "gate.json"
#define FILE_MAX (1u << 20)
#define PATCH_MAX_BYTES (8u << 20)

static int
say(struct buf *why, const char *what)
{
	int err = errno;

	(void)buf_addf(why, "%s: %s", what, strerror(err));
	errno = err;
	return -1;
}

static int
open_dir(const struct gate *g, bool make)
{
	CLEANUP(buf) struct buf rel = BUF_INIT;

	if (g->root.fd < 0) {
		errno = ENOENT;
		return -1;
	}
	return buf_addf(&rel, "workspaces/%s", g->ws.slug) ? -1 : root_dir(&g->root, rel.p, make);
}

/* ---- gate.json ---- */

static int
damaged(struct gate *g, struct buf *why)
{
	g->enabled = false;
	cleanup_free(&g->since);
	g->since = NULL;
	buf_reset(&g->dismissed);
	(void)buf_addf(why, "the gate's state is damaged, so it is taken as closed: "
		"'%s/workspaces/%s/" FILE_NAME "'; to begin anew: jobdir gate --enable", g->root.path,
		g->ws.slug);
	errno = EBADMSG;
	return -1;
}

static int
parse_state(struct gate *g, const struct buf *text)
{
	struct json d = { 0 };
	int64_t ms;
	bool good;
	int list;

	if (json_parse(&d, text->p, text->len, NULL) != JSON_OK)
		return -1;
	g->since = json_get_cstr(&d, 0, "since");
	list = json_get(&d, 0, "dismissed");
	good = json_get_int(&d, 0, "format", 0) == 1 && g->since && !clock_parse(g->since, &ms) &&
		!json_bool(&d, json_get(&d, 0, "enabled"), &g->enabled) &&
		json_type(&d, list) == JSON_T_ARRAY;
	for (int n = json_first(&d, list); good && n >= 0; n = json_next(&d, n)) {
		CLEANUP(free) char *id = json_get_cstr(&d, n, "job");
		CLEANUP(free) char *tree = json_get_cstr(&d, n, "tree");

		good = id && tree && !buf_addf(&g->dismissed, "%s %s\n", id, tree);
	}
	json_release(&d);
	return good ? 0 : -1;
}

static int
read_state(struct gate *g, struct buf *why)
{
	CLEANUP(fd) int dir = open_dir(g, false);
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (dir < 0)
		return errno == ENOENT ? 0 : say(why, "the state root");
	if (store_read(dir, FILE_NAME, &text, FILE_MAX))
		return errno == ENOENT ? 0 : damaged(g, why);
	return parse_state(g, &text) ? damaged(g, why) : 0;
}

static int
put_state(const struct gate *g, struct buf *why)
{
	CLEANUP(fd) int dir = open_dir(g, true);
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_mint(&w, "format", 1);
	jsonw_mbool(&w, "enabled", g->enabled);
	jsonw_mstr(&w, "since", g->since);
	jsonw_key(&w, "dismissed");
	jsonw_array(&w);
	for (const char *p = g->dismissed.p; *p; p += strcspn(p, "\n") + 1) {
		size_t id = strcspn(p, " "), line = strcspn(p, "\n");

		jsonw_object(&w);
		jsonw_key(&w, "job");
		jsonw_str(&w, p, id);
		jsonw_key(&w, "tree");
		jsonw_str(&w, p + id + 1, line - id - 1);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	(void)buf_addch(&out, '\n');
	if (dir < 0 || !buf_ok(&out) || store_replace(dir, FILE_NAME, out.p, out.len, 0))
		return say(why, "the gate's state cannot be written");
	return 0;
}

/* ---- what is pending ---- */

struct look {
	struct gate *g;
	int64_t since;
	struct buf reviews;		/* "REVIEWED REVIEW" lines of good reviews */
	size_t seen;
	bool failed;
};

/* Did it end with success, by what the recipe itself stored at its end? */
static bool
is_good(const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };
	bool good;

	if (store_read(j->fd, JOB_RESULT, &text, FILE_MAX) ||
	    json_parse(&d, text.p, text.len, NULL) != JSON_OK)
		return false;
	good = json_is(&d, json_get(&d, 0, "outcome"), "success");
	json_release(&d);
	return good;
}

/* Is the patch of the one, whole, in what the other was told? */
static bool
has_patch(const struct root *r, const char *review, const struct job *written)
{
	CLEANUP(buf) struct buf patch = BUF_INIT, prompt = BUF_INIT;
	struct job j;
	bool has = false;

	if (job_open_id(&j, r, review) < 0)
		return false;
	if (!store_read(written->fd, JOB_PATCH, &patch, PATCH_MAX_BYTES) &&
	    !store_read(j.fd, JOB_PROMPT, &prompt, 2 * PATCH_MAX_BYTES)) {
		while (patch.len && patch.p[patch.len - 1] == '\n')
			patch.len--;
		has = patch.len && memmem(prompt.p, prompt.len, patch.p, patch.len);
	}
	job_close(&j);
	return has;
}

static bool
is_reviewed(const struct look *l, const struct job *j)
{
	size_t n = strlen(j->id);

	for (const char *p = l->reviews.p; *p; p += strcspn(p, "\n") + 1) {
		CLEANUP(free) char *review = NULL;

		if (strncmp(p, j->id, n) || p[n] != ' ')
			continue;
		review = strndup(p + n + 1, strcspn(p + n + 1, "\n"));
		if (review && has_patch(&l->g->root, review, j))
			return true;
	}
	return false;
}

static int
add_pending(struct gate *g, const struct job *j, const struct change *c, bool unreadable)
{
	struct gate_change *p = reallocarray(g->pending, g->n + 1, sizeof *p);
	CLEANUP(buf) struct buf line = BUF_INIT;

	if (!p)
		return -1;
	g->pending = p;
	p += g->n;
	*p = (struct gate_change){ .id = strdup(j->id), .tree = strdup(unreadable ? "-" : c->tree),
		.files = c->nfiles, .unreadable = unreadable };
	g->n++;
	if (!p->id || !p->tree || buf_addf(&line, "%s %s\n", p->id, p->tree))
		return -1;
	if (!strstr(g->dismissed.p, line.p))
		return 0;
	free(p->id);
	free(p->tree);
	g->n--;
	return 0;
}

static int
look_at(struct look *l, struct job *j)
{
	CLEANUP(free) char *recipe = job_recipe(j);
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct change c;
	int got = 0;

	if (recipe && !strcmp(recipe, "review")) {
		CLEANUP(free) char *of = json_cstr(&j->doc, job_param(j, "reviewed"));

		return of && is_good(j) ? buf_addf(&l->reviews, "%s %s\n", of, j->id) : 0;
	}
	if (!recipe || strcmp(recipe, "write") || job_is_terminal(j, &l->g->root) != 1)
		return 0;
	change_init(&c);
	if (!change_read(j->fd, &c, &why)) {
		if (c.nfiles && !is_reviewed(l, j))
			got = add_pending(l->g, j, &c, false);
	} else if (errno == ENOENT) {
		/* Cut off before it was sealed: it may be landed as it is. */
		if (!change_of(j, true, -1, &c, &why) && c.nfiles && !is_reviewed(l, j))
			got = add_pending(l->g, j, &c, false);
	} else {
		got = add_pending(l->g, j, &c, true);
	}
	change_release(&c);
	return got;
}

/* Newest first: a review comes before what it is of. */
static int
each(const char *id, void *arg)
{
	struct look *l = arg;
	int64_t made = -1;
	struct job j;
	int got = 0;

	if (++l->seen > GATE_JOBS)
		return 1;
	if (job_open_id(&j, &l->g->root, id) < 0)
		return 0;	/* removed meanwhile, or not ours */
	CLEANUP(free) char *created = json_get_cstr(&j.doc, 0, "created");

	if (created && !clock_parse(created, &made) && made >= l->since)
		got = look_at(l, &j);
	job_close(&j);
	l->failed |= got < 0;
	/* Ids are in order of the seconds they were made in: all that follow are older, too. */
	return got < 0 || (made >= 0 && made / 1000 < l->since / 1000);
}

int
gate_open(struct gate *g, const char *cwd, bool make, struct buf *why)
{
	struct look l = { .g = g, .reviews = BUF_INIT };

	*g = (struct gate){ .root = { .fd = -1 }, .dismissed = BUF_INIT };
	g->cwd = strdup(cwd);
	if (!g->cwd || workspace_find(g->cwd, &g->ws))
		return say(why, "the workspace");
	if (root_open(&g->root, make) && (make || errno != ENOENT))
		return say(why, "the state root");
	if (read_state(g, why))
		return -1;
	if (g->enabled && !clock_parse(g->since, &l.since))	/* it was read before: it can be */
		(void)job_each(&g->root, g->ws.slug, 0, each, &l);
	buf_release(&l.reviews);
	if (!l.failed)
		return 0;
	errno = ENOMEM;
	return say(why, "the jobs");
}

static void
drop_pending(struct gate *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->pending[i].id);
		free(g->pending[i].tree);
	}
	free(g->pending);
	g->pending = NULL;
	g->n = 0;
}

void
gate_release(struct gate *g)
{
	drop_pending(g);
	free(g->since);
	buf_release(&g->dismissed);
	if (g->root.fd >= 0)
		root_close(&g->root);
	if (g->ws.slug)
		workspace_release(&g->ws);
	free(g->cwd);
	*g = (struct gate){ .root = { .fd = -1 }, .dismissed = BUF_INIT };
}

/* ---- changing it ---- */

int
gate_switch(struct gate *g, bool on, struct buf *why)
{
	char stamp[CLOCK_STAMP];

	if (!g->since || (on && !g->enabled)) {
		clock_stamp(stamp, clock_wall_ms());
		free(g->since);
		g->since = strdup(stamp);
		buf_reset(&g->dismissed);
	}
	if (!g->since)
		return say(why, "the gate");
	g->enabled = on;
	if (!on)
		drop_pending(g);	/* off: nothing waits */
	return put_state(g, why);
}

int
gate_dismiss(struct gate *g, const char *id, struct buf *why)
{
	for (size_t i = 0; i < g->n; i++) {
		if (strcmp(g->pending[i].id, id))
			continue;
		if (buf_addf(&g->dismissed, "%s %s\n", id, g->pending[i].tree))
			return say(why, "the gate");
		return put_state(g, why);
	}
	(void)buf_addf(why, "no change of job '%s' is pending here", id);
	errno = ENOENT;
	return -1;
}

/* ---- telling ---- */

int
gate_reason(const struct gate *g, struct buf *out)
{
	(void)buf_addf(out, "The review gate of %s is closed: ", g->ws.root ? g->ws.root : g->cwd);
	for (size_t i = 0; i < g->n && i < 5; i++)
		(void)buf_addf(out, "%sjob %s (%zu file%s)", i ? ", " : "", g->pending[i].id,
			g->pending[i].files, g->pending[i].files == 1 ? "" : "s");
	if (g->n > 5)
		(void)buf_addf(out, " and %zu more", g->n - 5);
	(void)buf_addf(out, " changed code and nobody has reviewed exactly that change. "
		"Review it now "
		"(claude_review, or claude_task, with reviewed_run_id: \"%s\") and tell "
		"the user what was found; or tell the user that the review is outstanding.",
		g->n ? g->pending[0].id : "");
	return buf_ok(out) ? 0 : -1;
}

void
gate_write(struct jsonw *w, const struct gate *g)
{
	CLEANUP(buf) struct buf path = BUF_INIT;

	(void)buf_addf(&path, "%s/workspaces/%s/" FILE_NAME, g->root.path ? g->root.path : "",
		g->ws.slug);
	jsonw_mstr(w, "workspace_root", g->ws.root ? g->ws.root : g->cwd);
	jsonw_mstr(w, "config_path", path.p);
	jsonw_mbool(w, "enabled", g->enabled);
	jsonw_mstr(w, "mode", "stop");
	jsonw_mstr(w, "since", g->since);
	jsonw_mbool(w, "pending_review", g->n > 0);
	jsonw_key(w, "pending");
	jsonw_array(w);
	for (size_t i = 0; i < g->n && i < 20; i++) {
		jsonw_object(w);
		jsonw_mstr(w, "run_id", g->pending[i].id);
		jsonw_mstr(w, "fingerprint", g->pending[i].tree);
		jsonw_mint(w, "files", (int64_t)g->pending[i].files);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_mint(w, "pending_total", (int64_t)g->n);
	if (g->n) {
		jsonw_mstr(w, "pending_run_id", g->pending[0].id);
		jsonw_mstr(w, "pending_fingerprint", g->pending[0].tree);
	}
}
