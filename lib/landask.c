/* SPDX-License-Identifier: MIT */
/* landask: read the request of a landing, and judge the asker. */
#include "landask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guard.h"
#include "operand.h"
#include "path.h"
#include "showname.h"

int
land_ask_add(char ***list, const char *s)
{
	CLEANUP(buf) struct buf name = BUF_INIT;
	size_t n = 0, len;
	char **v;

	if (show_name_read(&name, s))
		s = name.p;
	while (!strncmp(s, "./", 2))
		for (s += 2; *s == '/'; s++)
			;
	for (len = strlen(s); len && s[len - 1] == '/'; len--)
		;
	if (!len) {
		errno = EINVAL;
		return -1;
	}

	while (*list && (*list)[n])
		n++;
	v = reallocarray(*list, n + 2, sizeof(*v));
	if (!v)
		return -1;
	*list = v;
	v[n] = strndup(s, len);
	v[n + 1] = NULL;
	return v[n] ? 0 : -1;
}

int
land_ask_list(const struct request *rq, const char *name, char ***list)
{
	int n = request_get(rq, name);

	for (int e = json_first(&rq->doc, n); e >= 0; e = json_next(&rq->doc, e)) {
		CLEANUP(free) char *s = json_cstr(&rq->doc, e);

		if (!s || land_ask_add(list, s) < 0)
			return -1;
	}
	return 0;
}

int
land_ask_read(struct land_ask *a, const struct request *rq, struct buf *why)
{
	*a = (struct land_ask){ .name = request_job(rq) };
	a->preview = request_bool(rq, "preview", false);
	a->yes = request_bool(rq, "confirmed_by_user", false);
	a->cleanup = request_bool(rq, "cleanup", false);
	a->token = request_str(rq, "preview_token");
	a->patch = request_bool(rq, "include_patch", false);
	a->patch_max = (size_t)request_int(rq, "patch_max_bytes", 0);
	a->offset = (size_t)request_int(rq, "offset", 0);
	if (land_ask_list(rq, "accept", &a->accept) < 0 || land_ask_list(rq, "only", &a->only) < 0)
		buf_addstr(why, "accept, only: paths of the plan, none empty");
	else if (!a->name)
		buf_addstr(why, "job_id or worktree_path: one of them is required");
	else if (a->preview && (a->cleanup || a->yes))
		buf_addstr(why, "preview changes nothing: not with cleanup or confirmed_by_user");
	return why->len ? -1 : 0;
}

int
land_ask_job(const struct land_ask *a, struct root *r, struct job *j,
	struct job_status *st, enum answer_code *code, struct buf *why)
{
	if (root_open(r, false) < 0 && errno != ENOENT) {
		CLEANUP(free) char *words = root_why(errno);

		*code = ANSWER_STATE_UNAVAILABLE;
		buf_addstr(why, words ? words : strerror(ENOMEM));
		return -1;
	}
	if (job_open(j, r, a->name) < 0) {
		*code = errno == EMLINK ? ANSWER_JOB_AMBIGUOUS : errno == EPROTO || errno == EBADMSG ?
			ANSWER_STATE_DAMAGED : ANSWER_JOB_NOT_FOUND;
		operand_why(why, r, a->name, errno);
		return -1;
	}
	if (job_status(j, r, st) < 0) {
		*code = errno == ENOENT ? ANSWER_JOB_NOT_FOUND : ANSWER_STATE_UNAVAILABLE;
		buf_addf(why, "the job's state cannot be read: %s", job_open_why(errno));
		return -1;
	}
	const char *inside = getenv("JOBDIR_ID");

	if (!st->terminal && !(a->verified && inside && !strcmp(inside, j->id))) {
		*code = ANSWER_JOB_NOT_FINISHED;
		buf_addstr(why, "the job has not ended; wait for it first");
		return -1;
	}
	return 0;
}

/* Is the directory the job was made for allowed? */
static bool
allowed(const char *workspace, const char *prefix)
{
	CLEANUP(buf) struct buf dir = BUF_INIT, ignore = BUF_INIT;
	CLEANUP(free) char *path = NULL;
	CLEANUP(fd) int fd = -1;

	if (!buf_addf(&dir, "%s/%s", workspace, prefix))
		fd = guard_cwd(dir.p, &path, &ignore);
	return fd >= 0;
}

/*
 * The whole repository may be below no allow root while a directory of it is: that of the
 * job counts, if it is allowed itself, for the one who asks may be of another.
 */
static int
guard_files(const struct land *l, struct buf *why)
{
	CLEANUP(free) char *prefix = job_workspace_prefix(l->job);
	size_t n = prefix && allowed(l->workspace, prefix) ? strlen(prefix) : 0;

	for (size_t i = 0; i < l->change.nfiles; i++) {
		if (n && !strncmp(l->change.files[i].path, prefix, n))
			continue;
		buf_addf(why, "the change reaches '%s', which is below no allowed root",
			l->change.files[i].path);
		return -1;
	}
	return 0;
}

static int
guard_worker(const struct land *l, struct buf *why)
{
	CLEANUP(free) char *root = guard_sandbox_root(why);

	if (!root)
		return -1;
	if (path_below(l->workspace, root))
		return 0;
	buf_addf(why, "the job's repository is not inside SANDBOX_ROOT '%s'", root);
	return -1;
}

int
land_ask_guard(const struct land *l, const char *cwd, struct buf *why)
{
	CLEANUP(buf) struct buf ignore = BUF_INIT;
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *root = NULL;
	int common = json_path(&l->job->doc, 0, "workspace.common");
	struct git_repo here;
	int fd;

	if (!cwd)
		return guard_worker(l, why);
	fd = guard_cwd(cwd, &path, why);
	if (fd < 0)
		return -1;
	close(fd);
	if (!path_below(path, l->workspace)) {
		bool same = git_discover(path, &here, &ignore) == 0;

		if (same) {
			same = json_is(&l->job->doc, common, here.common);
			git_repo_release(&here);
		}
		if (!same) {
			buf_addf(why, "the job belongs to another repository, '%s'", l->workspace);
			return -1;
		}
	}
	fd = guard_cwd(l->workspace, &root, &ignore);
	if (fd < 0)
		return guard_files(l, why);
	close(fd);
	return 0;
}

int
land_ask_token(const struct land_ask *a, const struct land *l, char token[PLAN_TOKEN],
	enum answer_code *code, struct buf *why)
{
	if (!a->yes) {
		*code = ANSWER_CONFIRMATION_REQUIRED;
		buf_addstr(why, "landing needs the user's word: show them a preview, then say yes "
			"(--yes, confirmed_by_user)");
		return -1;
	}
	if (a->token && strlen(a->token) == PLAN_TOKEN - 1) {
		memcpy(token, a->token, PLAN_TOKEN);
		return 0;
	}
	if (a->token) {
		*code = ANSWER_TOKEN_MISMATCH;
		buf_addstr(why, "that is no token of a preview");
		return -1;
	}
	if (land_previewed(l, token) < 0) {
		*code = ANSWER_PREVIEW_REQUIRED;
		buf_addstr(why, "there was no preview of this landing (--preview, preview: true)");
		return -1;
	}
	return 0;
}
