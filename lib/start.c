/* SPDX-License-Identifier: MIT */
#include "start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "config.h"
#include "git.h"
#include "guard.h"
#include "jsonw.h"
#include "mend.h"
#include "path.h"
#include "prompt.h"
#include "task.h"
#include "workspace.h"

#define TIMEOUT_MS 3600000

struct list {
	char **v;
	size_t n;
};

static void
list_release(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
}

/* Takes s; NULL is no memory. */
static int
list_add(struct list *l, char *s)
{
	char **v = s ? reallocarray(l->v, l->n + 2, sizeof *v) : NULL;

	if (!v) {
		free(s);
		errno = ENOMEM;
		return -1;
	}
	l->v = v;
	v[l->n++] = s;
	v[l->n] = NULL;
	return 0;
}

static int
refuse(enum answer_code *code, enum answer_code c, struct buf *why, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int
refuse(enum answer_code *code, enum answer_code c, struct buf *why, const char *fmt, ...)
{
	va_list ap;

	*code = c;
	va_start(ap, fmt);
	(void)buf_vaddf(why, fmt, ap);	/* sticky */
	va_end(ap);
	return -1;
}

/* ---- where ---- */

/* One more allowed directory: of the same repository; its path there becomes a part of the scope. */
static int
take_dir(struct start *s, const struct git_repo *r, const char *dir, struct list *scope,
	enum answer_code *code, struct buf *why)
{
	struct workspace ws;
	char *path CLEANUP(free) = NULL;
	int fd CLEANUP(fd) = guard_sandbox(dir, &path, why);
	const char *rel;
	bool same;

	if (fd < 0) {
		*code = ANSWER_CWD_REFUSED;
		return -1;
	}
	if (workspace_find(path, &ws) < 0)
		return refuse(code, ANSWER_INTERNAL, why, "'%s': %s", path, strerror(errno));
	same = ws.repository && !strcmp(ws.root, r->root);
	if (!same)
		(void)refuse(code, ANSWER_REFUSED, why, "allowed_dirs must be of one repository: '%s' is "
			"in %s%s%s, '%s' in '%s'; start one job for each", path,
			ws.repository ? "'" : "no repository", ws.repository ? ws.root : "",
			ws.repository ? "'" : "", s->cwd, r->root);
	workspace_release(&ws);
	if (!same)
		return -1;
	rel = path + strlen(r->root);
	rel += *rel == '/';
	return list_add(scope, strdup(*rel ? rel : "."));
}

static int
set_place(struct start *s, struct git_repo *r, struct list *scope, enum answer_code *code,
	struct buf *why)
{
	const struct json *d = &s->rq->doc;
	int dirs = request_get(s->rq, "allowed_dirs");
	char *first CLEANUP(free) = json_cstr(d, json_first(d, dirs));
	char *root CLEANUP(free) = guard_sandbox_root(why);
	int fd = root && first ? guard_sandbox(first, &s->cwd, why) : -1;

	if (fd < 0) {
		*code = ANSWER_CWD_REFUSED;
		return -1;
	}
	(void)close(fd);			/* a directory */
	if (git_discover(s->cwd, r, why) < 0) {
		*code = ANSWER_NOT_A_REPOSITORY;
		return -1;
	}
	if (!path_below(r->root, root))
		return refuse(code, ANSWER_CWD_REFUSED, why, "the repository of '%s' is '%s', which is not "
			"inside SANDBOX_ROOT '%s'", s->cwd, r->root, root);
	if (r->unborn)
		return refuse(code, ANSWER_NOT_A_REPOSITORY, why, "'%s' has no commit yet: a job starts "
			"from one", r->root);
	for (int n = json_first(d, dirs); n >= 0; n = json_next(d, n)) {
		char *dir CLEANUP(free) = json_cstr(d, n);

		if (!dir)
			return refuse(code, ANSWER_INVALID_REQUEST, why, "allowed_dirs: a path has a NUL");
		if (take_dir(s, r, dir, scope, code, why) < 0)
			return -1;
	}
	return 0;
}

/* ---- what ---- */

/* scoped_patch.paths: below the working directory, as plain names. */
static int
take_paths(const struct request *rq, struct list *paths, enum answer_code *code, struct buf *why)
{
	const struct json *d = &rq->doc;
	int list = json_get(d, request_get(rq, "scoped_patch"), "paths");

	for (int n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		char *p CLEANUP(free) = json_cstr(d, n), *from = p;
		size_t len;

		while (from && !strncmp(from, "./", 2))
			from += 2;
		len = from ? strlen(from) : 0;
		while (len && from[len - 1] == '/')
			len--;
		if (!from || (len ? !path_is_clean(from, len) && (len != 1 || *from != '.') : !*p))
			return refuse(code, ANSWER_INVALID_REQUEST, why, "scoped_patch.paths: '%s' is "
				"not a path below the working directory (relative, no \"..\")",
				p ? p : "");
		if (list_add(paths, len ? strndup(from, len) : strdup(".")) < 0)
			return refuse(code, ANSWER_INTERNAL, why, "out of memory");
	}
	return 0;
}

/* The agent is told what its work will be judged by. */
static int
told_checks(const struct request *rq, struct list *told)
{
	const struct json *d = &rq->doc;
	int checks = request_get(rq, "checks");

	for (int n = json_first(d, checks); n >= 0; n = json_next(d, n)) {
		struct buf b = BUF_INIT;
		int command = json_get(d, n, "command");

		(void)buf_addstr(&b, "When you are done this must pass: ");
		if (json_str(d, command, &b) < 0) {	/* words: as they are written */
			size_t len;
			const char *raw = json_raw(d, command, &len);

			(void)buf_add(&b, raw ? raw : "", raw ? len : 0);
		}
		if (list_add(told, buf_steal(&b)) < 0)
			return -1;
	}
	return 0;
}

static int
set_prompt(struct start *s, const struct list *paths, enum answer_code *code, struct buf *why)
{
	struct buf task CLEANUP(buf) = BUF_INIT;
	struct list told = { 0 };
	struct prompt p = { .allowed_files = (const char *const *)paths->v };
	int got = -1;

	if (json_str(&s->rq->doc, request_get(s->rq, "prompt"), &task) == 0 &&
	    told_checks(s->rq, &told) == 0) {
		p.task = task.p;
		p.task_len = task.len;
		p.constraints = (const char *const *)told.v;
		got = prompt_build("write", &p, &s->prompt);
	}
	if (got < 0)
		(void)refuse(code, ANSWER_INTERNAL, why, "cannot build the prompt: %s", strerror(errno));
	list_release(&told);
	return got;
}

/* ---- how ---- */

/* The value of a member, else of the configuration, checked as that is. *out: malloc'd or NULL. */
static int
choose(const struct request *rq, const char *member, const char *variable, char **out,
	struct buf *why)
{
	const char *set = config_text(variable, NULL);

	*out = request_str(rq, member);
	if (*out || !set)
		return 0;
	if (config_check(config_find(variable), set, why) < 0)
		return -1;
	*out = strdup(set);
	return *out ? 0 : -1;
}

static int
choose_permission(const struct request *rq, char **mode, enum answer_code *code, struct buf *why)
{
	bool bypass;

	*code = ANSWER_REFUSED;
	if (choose(rq, "permission_mode", "CLAUDE_PERMISSION_MODE", mode, why) < 0 ||
	    config_bool("ALLOW_BYPASS_PERMISSIONS", &bypass, why) < 0)
		return -1;
	if (!*mode)
		*mode = strdup("acceptEdits");
	if (!*mode || bypass || strcmp(*mode, "bypassPermissions"))
		return *mode ? 0 : refuse(code, ANSWER_INTERNAL, why, "out of memory");
	return refuse(code, ANSWER_REFUSED, why, "permission_mode bypassPermissions is refused unless the "
		"user sets ALLOW_BYPASS_PERMISSIONS=1");
}

static void
put_same(struct jsonw *w, const struct request *rq, const char *name)
{
	int n = request_get(rq, name);

	if (n < 0)
		return;
	jsonw_key(w, name);
	jsonw_node(w, &rq->doc, n);
}

static void
put_list(struct jsonw *w, const char *name, const struct list *l)
{
	jsonw_key(w, name);
	jsonw_array(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_str(w, l->v[i], strlen(l->v[i]));
	jsonw_end(w);
}

static void
put_scoped(struct jsonw *w, const struct request *rq, const struct list *paths)
{
	int scope = request_get(rq, "scoped_patch");

	if (scope < 0)
		return;
	jsonw_key(w, "scoped_patch");
	jsonw_object(w);
	if (json_get(&rq->doc, scope, "paths") >= 0)
		put_list(w, "paths", paths);
	if (json_get(&rq->doc, scope, "max_diff_bytes") >= 0) {
		jsonw_key(w, "max_diff_bytes");
		jsonw_node(w, &rq->doc, json_get(&rq->doc, scope, "max_diff_bytes"));
	}
	jsonw_end(w);
}

/* none: in effect what was asked for, and never unverified work or half of it: the answer says so. */
static void
tell_none(struct start *s)
{
	(void)buf_addf(&s->note, "%sisolation none: the job works on a copy of the files as they are, and "
		"lands by itself when everything passes", s->note.len ? "; " : "");	/* sticky */
}

/* Where its caller may not write, a job does not land by itself. */
static int
limit(struct start *s, const char *root, char **isolation, struct buf *why)
{
	bool none = *isolation && !strcmp(*isolation, "none"), may;
	struct caller c;

	if (caller_narrow(&s->note, why) < 0 || caller_open(&c, why) < 0)
		return -1;
	may = caller_may_write(&c, root);
	caller_close(&c);
	if (may && none)
		tell_none(s);
	if (may || (*isolation && !none))
		return 0;
	(void)buf_addf(&s->note, "%sthe caller's sandbox may not write in '%s', so the job does not land "
		"by itself", s->note.len ? "; " : "", root);
	free(*isolation);
	*isolation = strdup("worktree");
	return *isolation ? 0 : -1;
}

static int
set_params(struct start *s, const char *root, const struct list *scope, const struct list *paths,
	enum answer_code *code, struct buf *why)
{
	static const char *const same[] = { "checks", "auto_revise", "max_revisions" };
	char *permission CLEANUP(free) = NULL, *isolation CLEANUP(free) = NULL;
	char *model CLEANUP(free) = request_str(s->rq, "model");
	const char *usual = config_text("CLAUDE_MODEL", "ANTHROPIC_MODEL");
	bool diff;
	struct jsonw w;

	if (model && *model == '-')
		return refuse(code, ANSWER_INVALID_REQUEST, why, "model: begins with a dash");
	if (choose_permission(s->rq, &permission, code, why) < 0)
		return -1;
	if (choose(s->rq, "isolation", "WORKER_ISOLATION", &isolation, why) < 0 ||
	    config_bool("INCLUDE_DIFF_DEFAULT", &diff, why) < 0)
		return -1;
	if (limit(s, root, &isolation, why) < 0)
		return -1;
	jsonw_init(&w, &s->params);
	jsonw_object(&w);
	jsonw_mstr(&w, "tool", "start");
	jsonw_mstr(&w, "model", model ? model : usual);
	jsonw_mstr(&w, "permission_mode", permission);
	jsonw_mbool(&w, "include_diff", request_bool(s->rq, "include_diff", diff));
	jsonw_mstr(&w, "isolation", isolation);
	put_scoped(&w, s->rq, paths);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		put_same(&w, s->rq, same[i]);
	put_list(&w, "allowed_files", scope);
	jsonw_mstr(&w, "profile", "worker");
	/* What it would do in place it does on a copy of the files as they are. */
	jsonw_mstr(&w, "dirty", "snapshot");
	jsonw_end(&w);
	return buf_ok(&s->params) ? 0 : refuse(code, ANSWER_INTERNAL, why, "out of memory");
}

int
start_prepare(struct start *s, const struct request *rq, enum answer_code *code, struct buf *why)
{
	struct list scope = { 0 }, paths = { 0 };
	struct git_repo r = { 0 };
	struct tree_dirty dirty = { 0 };
	struct buf said CLEANUP(buf) = BUF_INIT;
	int got;

	s->rq = rq;
	s->timeout_ms = request_int(rq, "timeout_ms", TIMEOUT_MS);
	got = set_place(s, &r, &scope, code, why);
	if (!got)
		got = take_paths(rq, &paths, code, why);
	if (!got)
		got = set_params(s, r.root, &scope, &paths, code, why);
	if (!got)
		got = set_prompt(s, &paths, code, why);
	if (!got) {
		mend_workspace(r.root, &said);	/* half a landing is no state to start from */
		got = task_stamp(&r, &dirty, &s->state, why);
		*code = ANSWER_NOT_A_REPOSITORY;
	}
	tree_dirty_release(&dirty);
	git_repo_release(&r);
	list_release(&scope);
	list_release(&paths);
	return got;
}

void
start_release(struct start *s)
{
	free(s->cwd);
	buf_release(&s->prompt);
	buf_release(&s->params);
	buf_release(&s->state);
	buf_release(&s->note);
}
