/* SPDX-License-Identifier: MIT */
/*
 * gitrun: build the argv and the environment, and run.
 *
 * The switches are security.md section 4's; each stands for an attack that was
 * tried. Objects that git would fetch lazily are missing instead: our own
 * repositories have no remote, and no protocol is allowed anywhere.
 */
#include "gitrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "strv.h"

static const char *const neutral[] = {
	"core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false",
	"core.splitIndex=false", "core.attributesFile=/dev/null",
	"core.excludesFile=/dev/null", "core.autocrlf=false", "core.symlinks=true",
	"core.fileMode=true", "core.trustctime=true", "core.checkStat=default",
	"core.ignoreCase=false", "core.precomposeUnicode=false", "core.protectHFS=true",
	"core.protectNTFS=true", "core.sparseCheckout=false", "core.commitGraph=true",
	"core.alternateRefsCommand=/bin/false", "submodule.recurse=false",
	"diff.ignoreSubmodules=all", "diff.external=", "index.version=2", "gc.auto=0",
	"maintenance.auto=false", "protocol.allow=never", "advice.detachedHead=false",
};

static const char *const fixed_env[] = {
	"LC_ALL=C", "GIT_ATTR_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=/bin/false",
	"GIT_SSH_COMMAND=/bin/false", "GIT_ALLOW_PROTOCOL=none", "GIT_PAGER=cat",
	"GIT_EDITOR=/bin/false",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* NAME=VALUE, or an option and its value. */
static void
push_joined(struct strv *v, const char *a, const char *b)
{
	struct buf s = BUF_INIT;

	(void)buf_addstr(&s, a);	/* sticky: buf_steal tells */
	(void)buf_addstr(&s, b);
	strv_own(v, buf_steal(&s));
}

static void
inherit(struct strv *e, const char *name_is)
{
	char name[32];
	const char *value;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(name_is, "="), name_is);	/* fits */
	value = getenv(name);
	if (value)
		push_joined(e, name_is, value);
}

static void
build_env(struct strv *e, const struct git *g)
{
	if (getenv("PATH"))
		inherit(e, "PATH=");
	else
		strv_push(e, "PATH=/usr/local/bin:/usr/bin:/bin");
	if (g->user_config) {
		inherit(e, "HOME=");
		inherit(e, "XDG_CONFIG_HOME=");
		inherit(e, "GIT_CONFIG_GLOBAL=");
		inherit(e, "GIT_CONFIG_NOSYSTEM=");
	} else {
		strv_push(e, "HOME=/nonexistent");
		strv_push(e, "GIT_CONFIG_NOSYSTEM=1");
		strv_push(e, "GIT_CONFIG_GLOBAL=/dev/null");
	}
	for (size_t i = 0; i < COUNT(fixed_env); i++)
		strv_push(e, fixed_env[i]);
	if (!g->magic)
		strv_push(e, "GIT_LITERAL_PATHSPECS=1");
	if (g->index)
		push_joined(e, "GIT_INDEX_FILE=", g->index);
}

/* The argv and environment git is run with, both strv_free()d. 0 or -1+ENOMEM. */
static int
command(const struct git *g, const char *const *args, char ***argv, char ***envp)
{
	struct strv a = { 0 }, e = { 0 };

	strv_push(&a, "git");
	for (size_t i = 0; i < COUNT(neutral) && !g->user_config; i++)
		strv_push2(&a, "-c", neutral[i]);
	for (const char *const *c = g->config; c && *c; c++)
		strv_push2(&a, "-c", *c);
	if (g->git_dir)
		push_joined(&a, "--git-dir=", g->git_dir);
	if (g->work_tree)
		push_joined(&a, "--work-tree=", g->work_tree);
	for (; *args; args++)
		strv_push(&a, *args);
	build_env(&e, g);
	*argv = strv_finish(&a);
	*envp = strv_finish(&e);
	if (*argv && *envp)
		return 0;
	strv_free(*argv);
	strv_free(*envp);
	errno = ENOMEM;
	return -1;
}

/* The directory git starts in: never whatever ours happens to be. */
static int
start_dir(const struct git *g, int *opened)
{
	*opened = -1;
	if (g->cwd)
		return g->cwd_fd;
	return *opened = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* "git VERB: first line it said", without git's own "fatal: ". */
static void
say_why(struct buf *why, const char *verb, const struct buf *err, const char *other)
{
	const char *line = err->p, *end = line + strcspn(line, "\n");

	if (!why)
		return;
	if (end > line && !strncmp(line, "fatal: ", 7))
		line += 7;
	if (end == line)
		(void)buf_addf(why, "git %s %s", verb, other);	/* sticky in why */
	else
		(void)buf_addf(why, "git %s: %.*s", verb, (int)(end - line), line);
}

int
git_run(const struct git *g, const char *const *args, const void *in, size_t inlen,
	struct buf *out, size_t max, struct buf *why)
{
	CLEANUP(buf) struct buf err = BUF_INIT;
	CLEANUP(buf) struct buf drop = BUF_INIT;
	CLEANUP(fd) int opened = -1;
	struct proc_spec spec = { 0 };
	char **argv, **envp;
	int status, rc;

	if (command(g, args, &argv, &envp) < 0)
		return -1;
	spec.argv = argv;
	spec.envp = envp;
	spec.deathsig = !g->finish;
	spec.cwd_fd = start_dir(g, &opened);
	rc = proc_run(&spec, in, inlen, out ? out : &drop, out ? max : GIT_OUT_MAX, &err, -1,
		&status);
	int e = errno;
	strv_free(argv);
	strv_free(envp);
	if (rc < 0) {
		errno = e == ENOENT ? ENOEXEC : e;
		say_why(why, args[0], &err, git_strerror(errno));
		return -1;
	}
	if (!WIFEXITED(status)) {
		say_why(why, args[0], &err, "was killed");
		errno = EINTR;
		return -1;
	}
	if (WEXITSTATUS(status))
		say_why(why, args[0], &err, "failed");
	return WEXITSTATUS(status);
}

int
git_start(struct proc *p, const struct git *g, const char *const *args, int in, int out)
{
	struct proc_fd fds[2];
	struct proc_spec spec = { .fds = fds, .deathsig = true };
	CLEANUP(fd) int opened = -1;
	char **argv, **envp;

	if (command(g, args, &argv, &envp) < 0)
		return -1;
	if (in >= 0)
		fds[spec.nfds++] = (struct proc_fd){ in, 0 };
	if (out >= 0)
		fds[spec.nfds++] = (struct proc_fd){ out, 1 };
	spec.argv = argv;
	spec.envp = envp;
	spec.cwd_fd = start_dir(g, &opened);
	int rc = proc_start(p, &spec, NULL);
	int e = errno;
	strv_free(argv);
	strv_free(envp);
	errno = rc < 0 && e == ENOENT ? ENOEXEC : e;
	return rc;
}

const char *
git_strerror(int err)
{
	return err == ENOEXEC ? "git cannot be run: it is not installed, or not in PATH"
		: strerror(err);
}

bool
git_oid_valid(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return !s[n] && (n == 40 || n == 64);
}

bool
git_oid_zero(const char *s)
{
	return s[strspn(s, "0")] == '\0';
}
