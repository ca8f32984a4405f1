/* SPDX-License-Identifier: MIT */
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "git.h"
#include "guard.h"
#include "jsonw.h"
#include "mend.h"
#include "prompt.h"
#include "tree.h"

#define DIRTY_SHOWN 50
#define DIRTY_STAMPED 10000	/* beyond that many, only the number tells states apart */

struct list {
	const char **v;
	size_t n;
};

static void
list_release(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)l->v[i]);
	free(l->v);
}

/* Append the strings of an array member; files are judged and made relative to cwd. */
static int
list_take(struct list *l, struct task *t, const char *member, bool files, struct buf *why)
{
	const struct json *d = &t->rq->doc;
	int a = request_get(t->rq, member);

	for (int n = json_first(d, a); n >= 0; n = json_next(d, n)) {
		const char **v = realloc(l->v, (l->n + 2) * sizeof(*v));
		char *s = v ? json_cstr(d, n) : NULL, *rel = NULL;
		if (v)
			l->v = v;
		if (!s)
			return buf_addf(why, "%s: %s", member, strerror(errno)), -1;
		if (files && guard_file(t->cwd_fd, t->cwd, s, &rel, why) < 0) {
			free(s);
			return -1;
		}
		if (files) {
			free(s);
			s = rel;
		}
		l->v[l->n++] = s;
		l->v[l->n] = NULL;
	}
	return 0;
}

static bool
policy_is(const struct request *rq, const char *word)
{
	return json_is(&rq->doc, request_get(rq, "dirty_policy"), word);
}

static int
set_infer(struct task *t)
{
	const struct request *rq = t->rq;
	CLEANUP(free) char *mode = request_str(rq, "mode");
	CLEANUP(free) char *diff = request_str(rq, "diff");
	CLEANUP(free) char *task = request_str(rq, "task");
	struct infer_request in = {
		.mode = mode, .task = task, .task_len = task ? strlen(task) : 0,
		.diff = diff && diff[strspn(diff, " \t\r\n")],
		.constraints = json_len(&rq->doc, request_get(rq, "constraints")) > 0,
		.files = json_len(&rq->doc, request_get(rq, "files")) > 0,
	};

	return infer(&in, &t->infer);
}

static int
set_prompt(struct task *t, struct list lists[3], enum answer_code *code, struct buf *why)
{
	CLEANUP(buf) struct buf task = BUF_INIT;
	CLEANUP(buf) struct buf diff = BUF_INIT;
	const struct request *rq = t->rq;
	int d = request_get(rq, "diff");

	if (json_str(&rq->doc, request_get(rq, "task"), &task) < 0 ||
	    (d >= 0 && json_str(&rq->doc, d, &diff) < 0))
		return buf_addf(why, "task: %s", strerror(errno)), -1;
	if (list_take(&lists[0], t, "instruction_files", true, why) < 0 ||
	    list_take(&lists[0], t, "files", true, why) < 0 ||
	    list_take(&lists[1], t, "allowed_files", true, why) < 0 ||
	    list_take(&lists[2], t, "constraints", false, why) < 0)
		return -1;
	struct prompt p = {
		.task = task.p, .task_len = task.len, .diff = diff.p, .diff_len = diff.len,
		.instruction_files = lists[0].v, .allowed_files = lists[1].v,
		.constraints = lists[2].v,
	};
	if (prompt_build(infer_mode_name(t->infer.mode), &p, &t->prompt) < 0) {
		*code = ANSWER_INTERNAL;
		return buf_addf(why, "cannot build the prompt: %s", strerror(errno)), -1;
	}
	return 0;
}

/* allowed_files relative to the top level of the repository, as the change will name them. */
static void
write_allowed(struct jsonw *w, const struct list *allowed, const char *prefix)
{
	CLEANUP(buf) struct buf path = BUF_INIT;

	jsonw_key(w, "allowed_files");
	jsonw_array(w);
	for (size_t i = 0; i < allowed->n; i++) {
		bool all = !strcmp(allowed->v[i], ".");
		buf_reset(&path);
		buf_addstr(&path, prefix);
		if (!all)
			buf_addstr(&path, allowed->v[i]);
		while (path.len && path.p[path.len - 1] == '/')
			buf_setlen(&path, path.len - 1);
		jsonw_str(w, path.len ? path.p : ".", path.len ? path.len : 1);
	}
	jsonw_end(w);
}

/* Recipe parameters, and the member of the request each is taken from as it is. */
static int
set_params(struct task *t, const struct list *allowed, const struct git_repo *r)
{
	static const char *const same[][2] = {
		{ "dirty", "dirty_policy" }, { "model", "model" },
		{ "max_changed_files", "max_changed_files" },
		{ "sensitive", "sensitive_file_policy" }, { "profile", "security_profile" },
	};
	struct jsonw w;

	jsonw_init(&w, &t->params);
	jsonw_object(&w);
	jsonw_mstr(&w, "tool", t->rq->tool);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		int n = request_get(t->rq, same[i][1]);
		if (n < 0)
			continue;
		jsonw_key(&w, same[i][0]);
		jsonw_node(&w, &t->rq->doc, n);
	}
	if (allowed->n)
		write_allowed(&w, allowed, r->prefix ? r->prefix : "");
	/* A snapshot's base is made with the tree; a commit is pinned now. */
	if (t->infer.mode == INFER_WRITE && !policy_is(t->rq, "snapshot"))
		jsonw_mstr(&w, "base", r->head);
	jsonw_end(&w);
	return buf_ok(&t->params) ? 0 : -1;
}

/* One changed file in the state: its name, size and time, so that another edit is another state. */
static void
stamp(struct buf *state, int root_fd, const struct tree_dirt *f)
{
	struct stat st;

	buf_addf(state, "%c %s", f->status, f->path);
	if (fstatat(root_fd, f->path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		buf_addf(state, " %lld %lld.%09ld", (long long)st.st_size,
			(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	buf_addch(state, '\n');
}

int
task_stamp(const struct git_repo *r, struct tree_dirty *d, struct buf *state, struct buf *why)
{
	CLEANUP(fd) int root = open(r->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	buf_addf(state, "HEAD %s\n", r->head);
	if (tree_dirty(r, DIRTY_STAMPED, d, why) < 0)
		return -1;
	buf_addf(state, "changed %zu\n", d->total);
	for (size_t i = 0; i < d->nfiles; i++)
		stamp(state, root, &d->files[i]);
	return 0;
}

static int
set_state(struct task *t, const struct git_repo *r, bool ask, enum answer_code *code,
	struct buf *why)
{
	struct tree_dirty d = { 0 };

	if (task_stamp(r, &d, &t->state, why) < 0) {
		*code = ANSWER_NOT_A_REPOSITORY;
		return -1;
	}
	if (ask && d.total) {
		size_t shown = d.nfiles < DIRTY_SHOWN ? d.nfiles : DIRTY_SHOWN;
		t->dirty = calloc(shown + 1, sizeof(*t->dirty));
		for (size_t i = 0; t->dirty && i < shown; i++)
			t->dirty[i] = strdup(d.files[i].path);
		t->dirty_count = d.total;
		t->dirty_more = shown < d.total;
	}
	tree_dirty_release(&d);
	return buf_ok(&t->state) ? 0 : (errno = ENOMEM, -1);
}

static int
set_repository(struct task *t, struct git_repo *r, enum answer_code *code, struct buf *why)
{
	bool write = t->infer.mode == INFER_WRITE;

	if (git_discover(t->cwd, r, why) < 0) {
		if (!write && errno == ENOENT) {
			buf_reset(why);
			return buf_addstr(&t->state, "no repository\n");
		}
		*code = ANSWER_NOT_A_REPOSITORY;
		return -1;
	}
	CLEANUP(buf) struct buf said = BUF_INIT;
	mend_workspace(r->root, &said);	/* half a landing would look like the user's changes */
	if (write && r->unborn) {
		*code = ANSWER_NOT_A_REPOSITORY;
		buf_addf(why, "'%s' has no commit yet: a write job starts from one", r->root);
		return -1;
	}
	if (write && policy_is(t->rq, "committed"))
		return buf_addf(&t->state, "HEAD %s\n", r->head);
	return set_state(t, r, write && !policy_is(t->rq, "snapshot"), code, why);
}

int
task_prepare(struct task *t, const struct request *rq, enum answer_code *code, struct buf *why)
{
	struct list lists[3] = { { 0 } };	/* instruction files, allowed files, constraints */
	struct git_repo r = { 0 };
	int ret = -1;

	t->rq = rq;
	*code = ANSWER_INVALID_REQUEST;
	if (set_infer(t) < 0) {
		buf_addstr(why, "mode: must be auto, read, review or write");
	} else if (set_prompt(t, lists, code, why) == 0 && set_repository(t, &r, code, why) == 0) {
		ret = set_params(t, &lists[1], &r);
		if (ret < 0)
			*code = ANSWER_INTERNAL;
	}
	git_repo_release(&r);
	for (int i = 0; i < 3; i++)
		list_release(&lists[i]);
	return ret;
}

void
task_release(struct task *t)
{
	buf_release(&t->prompt);
	buf_release(&t->params);
	buf_release(&t->state);
	for (size_t i = 0; t->dirty && t->dirty[i]; i++)
		free(t->dirty[i]);
	free(t->dirty);
	free(t->cwd);
	if (t->cwd_fd >= 0)
		close(t->cwd_fd);
}

const char *
task_recipe(const struct task *t)
{
	return infer_mode_name(t->infer.mode);
}
