/* SPDX-License-Identifier: MIT */
#include "checkall.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "checkjudge.h"
#include "checkrun.h"
#include "checkwall.h"
#include "env.h"
#include "job.h"
#include "jobenv.h"
#include "path.h"
#include "store.h"
#include "strv.h"
#include "tree.h"
#include "treeback.h"
#include "which.h"

#define TOUCHED_MAX 20

extern char **environ;

static int
fail(struct buf *why, const char *what)
{
	int e = errno;

	if (!why->len)
		(void)buf_addf(why, "%s: %s", what, strerror(e));
	errno = e;
	return -1;
}

void
checkall_release(struct checkall *a)
{
	checkrec_release(&a->round);
	change_release(&a->change);
	change_release(&a->after);
	json_release(&a->exit);
	json_release(&a->report);
	buf_release(&a->exit_text);
	buf_release(&a->report_text);
	checklog_close(&a->log);
}

static bool
has_tree(const struct job *j)
{
	return faccessat(j->fd, JOB_CTL_GIT, F_OK, 0) == 0;
}

/* Where the agent worked: the tree, at the place of the caller's directory; else the directory. */
static int
open_cwd(const struct job *j)
{
	CLEANUP(free) char *cwd = job_cwd(j);
	CLEANUP(free) char *prefix = job_workspace_prefix(j);
	CLEANUP(fd) int tree = has_tree(j) ? store_opendir(j->fd, JOB_TREE) : -1;
	size_t n = prefix ? strlen(prefix) : 0;

	while (n && prefix[n - 1] == '/')
		prefix[--n] = '\0';
	if (tree < 0 && has_tree(j))
		return -1;
	if (tree < 0)
		return cwd ? open(cwd, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return n ? path_open(tree, prefix, O_RDONLY | O_DIRECTORY, 0) : steal_fd(&tree);
}

/* The sanitised environment; temporary files go into the job. */
static char **
make_env(const struct job *j)
{
	CLEANUP(buf) struct buf tmp = BUF_INIT, id = BUF_INIT;
	CLEANUP(fd) int dir = store_mkdir(j->fd, JOB_TMP);
	char **extra = jobenv(j, 2), **out = NULL;
	size_t n = 0;

	while (extra && extra[n])
		n++;
	(void)buf_addf(&tmp, "TMPDIR=%s/" JOB_TMP, j->path);	/* sticky */
	(void)buf_addf(&id, "JOBDIR_ID=%s", j->id);	/* by which its processes are known */
	if (extra && dir >= 0 && buf_ok(&tmp) && buf_ok(&id)) {
		extra[n] = buf_steal(&tmp);
		extra[n + 1] = buf_steal(&id);
		out = env_sanitised(environ, extra);
	}
	env_free(extra);
	return out;
}

/* ---- one command ---- */

/* What all commands of a round share. */
struct place {
	int cwd;
	char **env, **walls;
};

/* The walls would say only by a status that it is not there: errno of that, or 0. */
static int
missing(const struct checkcmd *c, const struct place *p)
{
	if (strchr(*c->argv, '/'))
		return faccessat(p->cwd, *c->argv, X_OK, AT_EACCESS) < 0 ? errno : 0;
	CLEANUP(free) char *found = which(*c->argv, env_get(p->env, "PATH"));

	return found ? 0 : errno;
}

static void
describe(struct buf *d, const struct checkrun *r, int64_t limit)
{
	if (r->error)
		(void)buf_addf(d, "cannot run it: %s", strerror(r->error));
	else if (r->timed_out)
		(void)buf_addf(d, "timed out after %lld.%lld s", (long long)limit / 1000,
		    (long long)limit % 1000 / 100);
	else if (WIFSIGNALED(r->status))
		(void)buf_addf(d, "killed by signal %d", WTERMSIG(r->status));
	else if (WEXITSTATUS(r->status))
		(void)buf_addf(d, "exit status %d", WEXITSTATUS(r->status));
	else
		(void)buf_addf(d, "%lld.%lld s", (long long)r->took_ms / 1000,
		    (long long)r->took_ms % 1000 / 100);
	if (r->left)
		(void)buf_addstr(d, "; what it left running was killed");
}

/* A command that could not even be tried. */
static int
unusable(struct checkall *a, const struct checkcmd *c, const char *words)
{
	struct checkone *one = checkrec_add(&a->round, c->label, "command", false, words);

	if (!one)
		return -1;
	one->command = strdup(c->text);
	return one->command ? 0 : -1;
}

/* It is run, and what came of it recorded. 1: a signal came. */
static int
attempt_one(struct checkall *a, const struct checkcmd *c, struct checkrun *r, struct buf *why)
{
	CLEANUP(buf) struct buf d = BUF_INIT;
	pid_t spare[REDACTOR_MAX];
	int in = -1, done = -1;

	if (checklog_begin(&a->log, c->file, &in, &done) < 0)
		return fail(why, "no log for a check");
	r->log = in;
	r->spare = spare;
	r->nspare = redactor_pids(&a->log.own, spare);
	int got = checkrun(r), e = errno;
	if (checklog_end(&a->log, &in, &done) < 0)
		return fail(why, "the log of a check cannot be written");
	errno = e;
	if (got < 0)
		return fail(why, "a check cannot be run");
	if (r->stopped) {
		a->stopped = r->stopped;
		return 1;
	}
	describe(&d, r, c->timeout_ms);
	struct checkone *one = buf_ok(&d) ? checkrec_add(&a->round, c->label, "command",
	    !r->error && !r->timed_out && r->status == 0, d.p) : NULL;
	if (!one)
		return -1;
	one->took_ms = r->took_ms;
	one->command = strdup(c->text);
	one->log = checklog_path(&a->log, c->file);
	return one->command && one->log ? 0 : -1;
}

static int
command(struct checkall *a, const struct checkcmd *c, const struct place *p, struct buf *why)
{
	CLEANUP(buf) struct buf words = BUF_INIT;

	if (!c->argv)
		return unusable(a, c, c->bad ? c->bad : "no command");
	if (p->cwd < 0)
		return unusable(a, c, "the directory to run it in is gone");
	int absent = missing(c, p);
	if (absent)
		return buf_addf(&words, "cannot run it: %s", strerror(absent)) < 0 ? -1 :
		    unusable(a, c, words.p);
	char **argv = checkwall_argv(p->walls, c->argv);
	struct checkrun r = { .argv = argv, .envp = p->env, .cwd = p->cwd, .signals = a->signals,
	    .timeout_ms = c->timeout_ms,
	    .umask = (mode_t)json_get_int(&a->job->doc, 0, "umask", 022) & 0777 };
	int rc = argv ? attempt_one(a, c, &r, why) : -1;

	strv_free(argv);
	return rc;
}

/* Tell of those that are new. */
static void
tell(struct checkall *a, size_t *told)
{
	for (; *told < a->round.n; ++*told)
		if (a->told)
			a->told(&a->round.v[*told], a->arg);
}

static int
commands(struct checkall *a, size_t *told, struct buf *why)
{
	struct place p = { .cwd = -1 };
	int rc = 0;

	if (!a->spec->ncmds)
		return 0;
	p.cwd = open_cwd(a->job);
	p.env = make_env(a->job);		/* makes tmp/ as well */
	p.walls = checkwall_make(a->job, has_tree(a->job), a->by_hand, why);
	if (!p.env || !p.walls)
		rc = fail(why, p.env ? "no walls for the checks" : "no environment for the checks");
	for (size_t i = 0; i < a->spec->ncmds && rc == 0; i++) {
		rc = command(a, &a->spec->cmds[i], &p, why);
		tell(a, told);
	}
	strv_free(p.walls);
	env_free(p.env);
	cleanup_fd(&p.cwd);
	return rc;
}

/* ---- the change, before and after ---- */

static int
load_change(struct checkall *a, struct buf *why)
{
	CLEANUP(fd) int nowhere = a->spec->max_bytes >= 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;

	if (change_of(a->job, a->terminal, nowhere, &a->change, why) == 0) {
		a->changed_known = true;
		return 0;
	}
	if (errno != ENOENT)
		return fail(why, "cannot find out what changed");
	buf_reset(why);			/* a job without a tree is no error */
	return 0;
}

/* What did the checks do to the tree? Where nothing ran, nothing. */
static int
look_again(struct checkall *a, struct buf *why)
{
	if (!a->changed_known || !a->spec->ncmds)
		return 0;
	if (change_now(a->job, &a->after, why) < 0) {
		if (errno != ENOENT)
			return fail(why, "cannot find out what the checks changed");
		buf_reset(why);
		return 0;
	}
	a->touched_known = true;
	return treeback_list(&a->change, &a->after, TOUCHED_MAX, &a->round.touched, &a->round.ntouched,
	    &a->round.touched_total) < 0 ? fail(why, "out of memory") : 0;
}

static int
judge_agent(struct checkall *a, struct buf *why)
{
	CLEANUP(fd) int dir = a->attempt ? attempt_open(a->job, a->attempt) : -1;
	CLEANUP(free) char *recipe = job_recipe(a->job);
	CLEANUP(buf) struct buf tree = BUF_INIT;

	if (!a->attempt)
		return 0;
	attempt_json(dir, "exit.json", &a->exit_text, &a->exit);
	attempt_json(dir, "result.json", &a->report_text, &a->report);
	if (buf_addf(&tree, "%s/" JOB_TREE, a->job->path) < 0 ||
	    checkjudge_agent(&a->round, a->spec, &a->exit, &a->report,
	    a->changed_known ? &a->change : NULL, recipe && !strcmp(recipe, "write"), tree.p) < 0)
		return fail(why, "out of memory");
	return 0;
}

int
checkall(struct checkall *a, struct buf *why)
{
	int newest = attempt_last(a->job, &a->attempt), rc;
	size_t told = 0;

	cleanup_fd(&newest);		/* only its number is wanted */
	change_init(&a->change);
	change_init(&a->after);
	buf_init(&a->exit_text);
	buf_init(&a->report_text);
	if (checklog_open(&a->log, a->job, a->attempt) < 0)
		return fail(why, "no place for the logs of the checks");
	a->round.attempt = a->attempt;
	if (load_change(a, why) < 0)
		return -1;
	if (checkjudge_change(&a->round, a->spec, a->changed_known ? &a->change : NULL) < 0)
		return fail(why, "out of memory");
	tell(a, &told);
	rc = commands(a, &told, why);
	if (rc)
		return rc < 0 ? fail(why, "out of memory") : rc;
	if (judge_agent(a, why) < 0)
		return -1;
	tell(a, &told);
	if (look_again(a, why) < 0)
		return -1;
	a->round.passed = true;
	for (size_t i = 0; i < a->round.n; i++)
		a->round.passed = a->round.passed && a->round.v[i].passed;
	return checkrec_put(a->job, &a->round) < 0 ? fail(why, "cannot write checks.json") : 0;
}
