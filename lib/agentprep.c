/* SPDX-License-Identifier: MIT */
#include "agentprep.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "claude.h"
#include "config.h"
#include "confineword.h"
#include "env.h"
#include "home.h"
#include "job.h"
#include "jobenv.h"
#include "path.h"
#include "profiles.h"
#include "session.h"
#include "store.h"
#include "strv.h"
#include "takeover.h"
#include "wallchain.h"
#include "which.h"

#define DATA_MAX (1 << 20)
#define PROMPT_MAX (16 << 20)
#define INSTRUCTIONS_MAX (64 << 10)
#define INSTRUCTIONS "repository.md"	/* in home/ */

extern char **environ;

/* The parameters as strings; they must outlive the vector's making only. */
struct params {
	char *profile, *permission, *sensitive, *model, *schema_name, *instructions;
	char **dirs;
	struct buf table, schema;
	struct json profiles;
};

static void
params_release(struct params *q)
{
	free(q->profile);
	free(q->permission);
	free(q->sensitive);
	free(q->model);
	free(q->schema_name);
	free(q->instructions);
	strv_free(q->dirs);
	json_release(&q->profiles);
	buf_release(&q->table);
	buf_release(&q->schema);
}

static int
fail(struct buf *why, const char *what)
{
	int err = errno;

	(void)buf_addf(why, "%s: %s", what, strerror(err));
	errno = err;
	return -1;
}

/* The array of strings add_dirs, each of them absolute: the rest is not ours to resolve. */
static int
load_dirs(struct params *q, const struct job *j)
{
	int list = job_param(j, "add_dirs");
	size_t n = 0;

	if (json_type(&j->doc, list) != JSON_T_ARRAY)
		return 0;
	q->dirs = calloc(json_len(&j->doc, list) + 1, sizeof *q->dirs);
	if (!q->dirs)
		return -1;
	for (int e = json_first(&j->doc, list); e >= 0; e = json_next(&j->doc, e)) {
		char *dir = json_cstr(&j->doc, e);

		if (dir && *dir == '/')
			q->dirs[n++] = dir;
		else
			free(dir);
	}
	return 0;
}

static int
load_params(struct params *q, const struct job *j, const char *mode, struct buf *why)
{
	q->profile = json_cstr(&j->doc, job_param(j, "profile"));
	q->permission = json_cstr(&j->doc, job_param(j, "permission_mode"));
	q->sensitive = json_cstr(&j->doc, job_param(j, "sensitive"));
	q->model = json_cstr(&j->doc, job_param(j, "model"));
	if (load_dirs(q, j) < 0)
		return fail(why, "add_dirs");
	if (profiles_load(&q->table, &q->profiles, why) < 0)
		return -1;
	q->schema_name = claude_schema_name(&q->profiles, mode);
	if (!q->schema_name || strchr(q->schema_name, '/')) {
		(void)buf_addf(why, "no such mode: '%s'", mode);
		errno = EINVAL;
		return -1;
	}
	return profiles_read(q->schema_name, &q->schema, why);
}

/* ---- the repository's own instructions, as text ---- */

/* CLAUDE.md, else AGENTS.md, of one directory; a link is not followed. */
static void
add_instructions(struct buf *out, int dir, const char *of)
{
	static const char *const names[] = { "CLAUDE.md", "AGENTS.md" };

	for (size_t i = 0; i < 2; i++) {
		struct buf text CLEANUP(buf) = BUF_INIT;

		if (store_read(dir, names[i], &text, INSTRUCTIONS_MAX) < 0 || text.len == 0)
			continue;	/* absent, or too long to be one */
		(void)buf_addf(out, "# Instructions of %s (its %s)\n\n", of, names[i]);
		(void)buf_add(out, text.p, text.len);
		(void)buf_addstr(out, "\n\n");
		return;
	}
}

/*
 * With --setting-sources user the agent reads no CLAUDE.md by itself; so it is given, as
 * text, in a file of the job's own home.
 */
static int
write_instructions(struct params *q, const struct job *j, int home, int top, int cwd)
{
	struct buf text CLEANUP(buf) = BUF_INIT, path CLEANUP(buf) = BUF_INIT;

	if (top >= 0)
		add_instructions(&text, top, "this repository");
	if (cwd >= 0)
		add_instructions(&text, cwd, "the working directory");
	if (text.len == 0)
		return 0;
	if (!buf_ok(&text) || store_replace(home, INSTRUCTIONS, text.p, text.len, STORE_NOSYNC) < 0)
		return -1;
	(void)buf_addf(&path, "%s/" JOB_HOME "/" INSTRUCTIONS, j->path);
	q->instructions = buf_steal(&path);
	return q->instructions ? 0 : -1;
}

/* ---- where it works ---- */

static int
open_dir(const char *path)
{
	return path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

/*
 * A write job works in its tree, at the place of the caller's directory; a
 * reader in the workspace itself. *top is the top level when that is another.
 */
static int
open_cwd(struct agentprep *p, const struct job *j, const char *mode, int *top, struct buf *why)
{
	char *prefix CLEANUP(free) = job_workspace_prefix(j);
	char *cwd CLEANUP(free) = job_cwd(j);
	char *root CLEANUP(free) = job_workspace_root(j);
	size_t n = prefix ? strlen(prefix) : 0;

	while (n && prefix[n - 1] == '/')
		prefix[--n] = '\0';
	if (!strcmp(mode, "write")) {
		*top = store_opendir(j->fd, JOB_TREE);
		if (*top < 0)
			return fail(why, "the job has no tree");
		p->cwd = n ? path_open(*top, prefix, O_RDONLY | O_DIRECTORY, 0) : steal_fd(top);
	} else {
		p->cwd = open_dir(cwd);
		*top = n ? open_dir(root) : -1;
	}
	return p->cwd < 0 ? fail(why, "cannot open the directory to work in") : 0;
}

/*
 * What the user named with --env, before ours: sanitising again would drop it.
 * ours is taken over; a new vector, or NULL+ENOMEM.
 */
static char **
with_job_env(const struct job *j, char **ours)
{
	size_t n = 0, have = 0;

	while (ours && ours[have])
		have++;
	char **v = ours ? jobenv(j, have) : NULL;
	if (!v) {
		strv_free(ours);
		errno = ENOMEM;
		return NULL;
	}
	while (v[n])
		n++;
	memcpy(v + n, ours, have * sizeof *v);
	free(ours);
	return v;
}

static int
load_env(struct agentprep *p, const struct job *j, int login, struct buf *why)
{
	struct buf home CLEANUP(buf) = BUF_INIT, tmp CLEANUP(buf) = BUF_INIT, secret = BUF_INIT;
	int depth = (int)json_get_int(&j->doc, 0, "depth", 1) + 1;
	char **extra = NULL;

	(void)buf_addf(&home, "%s/" JOB_HOME, j->path);
	(void)buf_addf(&tmp, "%s/" JOB_TMP, j->path);
	if (buf_ok(&home) && buf_ok(&tmp) && (login < 0 || buf_read(&secret, login, DATA_MAX) == 0))
		extra = claude_env(home.p, tmp.p, depth, secret.p, secret.len);
	if (extra)
		extra = with_job_env(j, extra);
	if (extra)
		p->envp = env_sanitised(environ, extra);
	strv_free(extra);
	p->login = secret.len > 0;
	explicit_bzero(secret.p, secret.len);
	buf_release(&secret);
	return p->envp ? 0 : fail(why, "cannot make the environment");
}

/*
 * A limit, as a number or (spawn --param) its text. Absent: none. One that is not
 * understood must not turn into none.
 */
static int
load_limit(const struct job *j, const char *name, int64_t *whole, double *real, struct buf *why)
{
	int n = job_param(j, name), r;
	struct buf text CLEANUP(buf) = BUF_INIT;
	const struct json *d = &j->doc;
	struct json own = { 0 };

	if (n < 0)
		return 0;
	if (json_type(d, n) == JSON_T_STRING) {
		if (json_str(d, n, &text) == 0 && json_parse(&own, text.p, text.len, NULL) == JSON_OK)
			n = 0;
		d = &own;
	}
	r = whole ? json_int(d, n, whole) : json_num(d, n, real);
	json_release(&own);
	if (r == 0 && (whole ? *whole > 0 : *real > 0))
		return 0;
	(void)buf_addf(why, "parameter '%s' is not a %snumber above 0", name, whole ? "whole " : "");
	errno = EINVAL;
	return -1;
}

/* The walls, then the agent; argv is taken over. */
static int
add_chain(struct agentprep *p, const struct job *j, const struct params *q,
	const struct claude_run *run, char **argv, struct buf *why)
{
	CLEANUP(free) char *word = confine_word(j);
	struct wallchain w = {
		.job = j, .mode = run->mode, .program = run->program, .profiles = &q->profiles,
		.sensitive = run->sensitive, .dirs = run->add_dirs, .confine = word,
		.base_url = env_get(p->envp, "ANTHROPIC_BASE_URL"),
	};
	struct strv all = { 0 };
	int got = argv ? wallchain_make(&w, &all, why) : -1;

	for (char **a = argv; got == 0 && *a; a++)
		strv_push(&all, *a);
	strv_free(argv);
	p->argv = strv_finish(&all);
	if (got < 0) {
		int e = errno;

		strv_free(p->argv);
		p->argv = NULL;
		errno = e;
	}
	return p->argv ? 0 : -1;
}

static int
load_argv(struct agentprep *p, const struct job *j, const char *mode, struct params *q,
	struct buf *why)
{
	const char *bin = config_text("CLAUDE_BIN", NULL);
	struct claude_run run = {
		.mode = mode, .profile = q->profile, .permission = q->permission,
		.sensitive = q->sensitive, .schema = q->schema.p,
		.model = p->model ? p->model : q->model,
		.resume = p->resume, .fork = p->fork, .instructions = q->instructions,
		.add_dirs = (const char *const *)q->dirs,
	};

	/* What is not there is told by whoever starts it; the walls would only say that it is not there. */
	p->program = which(bin ? bin : "claude", env_get(p->envp, "PATH"));
	p->missing = p->program ? 0 : errno;
	if (!p->program)
		p->program = strdup(bin ? bin : "claude");
	if (!p->program)
		return -1;
	run.program = p->program;
	if (load_limit(j, "max_turns", &run.max_turns, NULL, why) < 0 ||
	    load_limit(j, "max_cost_usd", NULL, &run.max_cost_usd, why) < 0)
		return -1;
	return add_chain(p, j, q, &run, claude_argv(&q->profiles, &run, why), why);
}

/* Which session, if any: the one named, the one taken over, or a person's own choice. */
static int
load_session(struct agentprep *p, const struct job *j, const char *mode, const char *named,
	struct buf *why)
{
	struct root r = { .fd = -1 };
	struct session s;
	int got;

	if (json_get(&j->doc, 0, "continues") >= 0 && strcmp(mode, "write") != 0) {
		got = root_open(&r, false) < 0 ? fail(why, "the state root") : takeover(j, &r, why);
		root_close(&r);
		if (got < 0)
			return -1;
	}
	if (named) {
		p->resume = strdup(named);
		return p->resume ? 0 : -1;
	}
	if (session_read(j, &s) == 0) {
		p->resume = s.id;
		p->fork = s.forked;
		s.id = NULL;
		session_release(&s);
		return 0;
	}
	if (errno != ENOENT)
		return fail(why, JOB_SESSION);
	p->resume = json_cstr(&j->doc, job_param(j, "resume_session"));
	return 0;
}

int
agentprep_load(struct agentprep *p, const struct job *j, const char *mode, const char *resume,
	int login, struct buf *why)
{
	struct params q = { .table = BUF_INIT, .schema = BUF_INIT };
	int home CLEANUP(fd) = -1, tmp CLEANUP(fd) = -1, top CLEANUP(fd) = -1;
	int r = -1;

	if (load_session(p, j, mode, resume, why) < 0)
		return -1;
	home = store_mkdir(j->fd, JOB_HOME);
	tmp = store_mkdir(j->fd, JOB_TMP);
	if (home < 0 || tmp < 0)
		return fail(why, "cannot make home and tmp");
	if (store_read(j->fd, JOB_PROMPT, &p->prompt, PROMPT_MAX) < 0)
		return fail(why, JOB_PROMPT);
	if (open_cwd(p, j, mode, &top, why) < 0 || load_env(p, j, login, why) < 0)
		return -1;
	if (load_params(&q, j, mode, why) == 0) {
		r = write_instructions(&q, j, home, top, p->cwd);
		if (r < 0)
			(void)fail(why, "cannot write the repository's instructions");
		else
			r = load_argv(p, j, mode, &q, why);
	}
	params_release(&q);
	return r;
}

void
agentprep_release(struct agentprep *p)
{
	strv_free(p->argv);
	free(p->program);
	free(p->resume);
	env_free(p->envp);
	cleanup_fd(&p->cwd);
	buf_release(&p->prompt);
	*p = (struct agentprep)AGENTPREP_INIT;
}
