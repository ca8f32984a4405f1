/* SPDX-License-Identifier: MIT */
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "caller.h"
#include "git.h"
#include "home.h"
#include "jsonw.h"
#include "mend.h"
#include "path.h"
#include "prompt.h"
#include "taskcheck.h"
#include "tree.h"

#define DIRTY_SHOWN 50
#define FAST_TURNS 2
#define DIRTY_STAMPED 10000	/* beyond that many, only the number tells states apart */

static bool
policy_is(const struct request *rq, const char *word)
{
	return json_is(&rq->doc, request_get(rq, "dirty_policy"), word);
}

/* A tool of one kind knows its mode. */
static const char *
mode_of(const char *tool)
{
	static const char *const modes[][2] = { { "claude_query", "read" },
		{ "claude_review", "review" }, { "claude_implement", "write" } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(tool, modes[i][0]))
			return modes[i][1];
	return NULL;
}

static int
set_infer(struct task *t)
{
	const struct request *rq = t->rq;
	CLEANUP(free) char *mode = request_str(rq, "mode");
	CLEANUP(free) char *task = request_str(rq, "task");
	const char *fixed = mode_of(rq->tool);
	struct infer_request in = {
		.mode = fixed ? fixed : mode, .task = task, .task_len = task ? strlen(task) : 0,
		.resume = t->kind ? t->kind : t->which && !fixed ? "write" : NULL,
		.diff = reviewed_asked(rq),
		.constraints = json_len(&rq->doc, request_get(rq, "constraints")) > 0,
		.files = json_len(&rq->doc, request_get(rq, "files")) > 0,
	};

	return infer(&in, &t->infer);
}

/* What files means: what to read first; to a review what it is about, to implement its scope. */
static enum tasklist
files_list(const struct task *t)
{
	return !strcmp(t->rq->tool, "claude_review") ? TASKLIST_ABOUT :
		!strcmp(t->rq->tool, "claude_implement") ? TASKLIST_ALLOWED : TASKLIST_FIRST;
}

static int
take_lists(struct task *t, struct buf *why)
{
	const struct {
		enum tasklist list;
		const char *member;
	} from[] = {
		{ TASKLIST_FIRST, "instruction_files" }, { files_list(t), "files" },
		{ TASKLIST_ALLOWED, "allowed_files" }, { TASKLIST_RULES, "constraints" },
	};

	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		if (tasklist_take(&t->lists[from[i].list], t->rq, from[i].member,
		    from[i].list == TASKLIST_RULES ? -1 : t->cwd_fd, t->cwd, why) < 0)
			return -1;
	if (files_list(t) == TASKLIST_FIRST && request_get(t->rq, "files") >= 0)
		strv_push(&t->warnings, "files is deprecated: use instruction_files");
	if (t->infer.mode != INFER_WRITE && t->lists[TASKLIST_ALLOWED].n)
		strv_push(&t->warnings, "allowed_files means nothing: the job is not a write job");
	if (t->infer.mode == INFER_WRITE && request_get(t->rq, "context_roots") >= 0)
		return buf_addstr(why, "context_roots: a write job has its own tree only"), -1;
	return taskroots_read(&t->roots, t->rq, t->cwd, why);
}

static int
set_prompt(struct task *t, enum answer_code *code, struct buf *why)
{
	CLEANUP(free) char *words = request_str(t->rq, "task");
	CLEANUP(buf) struct buf task = BUF_INIT;
	char *const *about = t->lists[TASKLIST_ABOUT].n ? t->lists[TASKLIST_ABOUT].v :
		t->reviewed.files.v;

	(void)buf_addf(&task, "%s%s", words ? words : "", t->reviewed.note.p);
	if (request_bool(t->rq, "fast", false))
		(void)buf_addstr(&task, "\n\nBe concise: open as few files as you can, package and "
			"configuration files first.");
	struct prompt p = {
		.task = task.p, .task_len = task.len,
		.diff = t->reviewed.diff.p, .diff_len = t->reviewed.diff.len,
		.instruction_files = (const char *const *)t->lists[TASKLIST_FIRST].v,
		.files = (const char *const *)about,
		.allowed_files = (const char *const *)t->lists[TASKLIST_ALLOWED].v,
		.constraints = (const char *const *)t->lists[TASKLIST_RULES].v,
		.context_roots = (const char *const *)t->roots.shown.v,
	};
	if (!buf_ok(&task) || prompt_build(infer_mode_name(t->infer.mode), &p, &t->prompt) < 0) {
		*code = ANSWER_INTERNAL;
		return buf_addf(why, "cannot build the prompt: %s", strerror(errno)), -1;
	}
	return 0;
}

/* allowed_files relative to the top level of the repository, as the change will name them. */
static void
write_allowed(struct jsonw *w, const struct strv *allowed, const char *prefix)
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
set_params(struct task *t, const struct git_repo *r)
{
	static const char *const same[][2] = {
		{ "dirty", "dirty_policy" }, { "model", "model" },
		{ "max_changed_files", "max_changed_files" }, { "max_turns", "max_turns" },
		{ "max_cost_usd", "max_cost_usd" },
		{ "sensitive", "sensitive_file_policy" }, { "profile", "security_profile" },
		{ "goal_item_id", "goal_item_id" }, { "supersedes_run_id", "supersedes_run_id" },
	};
	const struct strv *allowed = &t->lists[TASKLIST_ALLOWED];
	bool write = t->infer.mode == INFER_WRITE;
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
	if (write)
		taskcheck_write(&w, t->rq, &t->conf);
	if (request_bool(t->rq, "fast", false) && request_get(t->rq, "max_turns") < 0)
		jsonw_mint(&w, "max_turns", FAST_TURNS);
	if (t->roots.paths.n)
		jsonw_mstrs(&w, "add_dirs", t->roots.paths.v, t->roots.paths.n);
	jsonw_mstr(&w, "reviewed", t->reviewed.job);
	if (allowed->n && write)
		write_allowed(&w, allowed, r->prefix ? r->prefix : "");
	/* A snapshot's base is made with the tree; a commit is pinned now. */
	if (write && !t->which && !policy_is(t->rq, "snapshot"))
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

/* May a write job of this scope change the file, path relative to the top level? */
static bool
in_scope(const struct task *t, const char *path, const char *prefix)
{
	const struct strv *allowed = &t->lists[TASKLIST_ALLOWED];
	size_t n = strlen(prefix);

	for (size_t i = 0; i < allowed->n; i++) {
		const char *a = allowed->v[i];
		size_t len = strlen(a);

		if (strncmp(path, prefix, n))
			return false;
		while (len && a[len - 1] == '/')
			len--;
		if (!strcmp(a, ".") || (!strncmp(path + n, a, len) && (!path[n + len] ||
		    path[n + len] == '/')))
			return true;
	}
	return !allowed->n;
}

/* What the user must decide about: with a scope only what is in it. */
static void
set_dirty(struct task *t, const struct tree_dirty *d, const char *prefix)
{
	size_t shown = 0;

	t->dirty = calloc(DIRTY_SHOWN + 1, sizeof(*t->dirty));
	for (size_t i = 0; t->dirty && i < d->nfiles; i++) {
		if (!in_scope(t, d->files[i].path, prefix))
			continue;
		t->dirty_count++;
		if (shown < DIRTY_SHOWN)
			t->dirty[shown++] = strdup(d->files[i].path);
	}
	if (d->total > d->nfiles)	/* too many to look at each: those may be in it, too */
		t->dirty_count += d->total - d->nfiles;
	t->dirty_more = shown < t->dirty_count;
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
	if (ask && d.total)
		set_dirty(t, &d, r->prefix ? r->prefix : "");
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
	/* who goes on with a tree has it, whatever the workspace is now */
	return set_state(t, r, write && !t->which && !policy_is(t->rq, "snapshot"), code, why);
}

/* A write job's own tree is no workspace for another. */
static int
refuse_nested(const struct task *t, enum answer_code *code, struct buf *why)
{
	CLEANUP(free) char *state = home_state();

	if (t->infer.mode != INFER_WRITE || !state || !path_below(t->cwd, state))
		return 0;
	*code = ANSWER_REFUSED;
	return buf_addstr(why, "this directory is the tree of a job: write in the workspace"), -1;
}

/* A job has no more than its caller, and the answer says so. */
static int
narrow(struct task *t, struct buf *why)
{
	CLEANUP(buf) struct buf note = BUF_INIT;

	if (caller_narrow(&note, why) < 0)
		return -1;
	if (note.len)
		strv_push(&t->warnings, note.p);
	return 0;
}

int
task_prepare(struct task *t, const struct request *rq, enum answer_code *code, struct buf *why)
{
	struct git_repo r = { 0 };
	int ret = -1;

	t->rq = rq;
	*code = ANSWER_INVALID_REQUEST;
	if (set_infer(t) < 0)
		buf_addf(why, t->kind ? "mode: job_id names a %s job" :
			"mode: must be auto, read, review or write", t->kind);
	else if (take_lists(t, why) == 0 && taskcheck_judge(rq, t->cwd_fd, &t->conf, code, why) == 0 &&
	    refuse_nested(t, code, why) == 0 && set_repository(t, &r, code, why) == 0 &&
	    (t->infer.mode != INFER_REVIEW ||
	    reviewed_read(&t->reviewed, rq, t->cwd, r.root ? &r : NULL, code, why) == 0) &&
	    set_prompt(t, code, why) == 0) {
		ret = set_params(t, &r);
		if (ret == 0)
			ret = narrow(t, why);
		if (ret < 0)
			*code = ANSWER_INTERNAL;
	}
	git_repo_release(&r);
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
	for (int i = 0; i < TASKLISTS; i++)
		strv_free(t->lists[i].v);
	strv_free(t->warnings.v);
	taskroots_release(&t->roots);
	reviewed_release(&t->reviewed);
	wsconf_release(&t->conf);
	free(t->which);
	free(t->kind);
	free(t->cwd);
	if (t->cwd_fd >= 0)
		close(t->cwd_fd);
}

const char *
task_recipe(const struct task *t)
{
	return infer_mode_name(t->infer.mode);
}
