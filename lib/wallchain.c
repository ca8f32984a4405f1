/* SPDX-License-Identifier: MIT */
#include "wallchain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "config.h"
#include "home.h"
#include "job.h"
#include "path.h"
#include "sensitive.h"
#include "store.h"
#include "strv.h"
#include "treeinfo.h"
#include "url.h"
#include "wallask.h"
#include "walltools.h"

#define MASKS_MAX 2000			/* an argument each */
#define ISOLATION_MAX (64u << 10)
#define ALTERNATES_MAX (64u << 10)

struct making {
	const struct wallchain *w;
	struct strv *out;
	struct buf *why;
	const char *root;		/* of what is searched for masks */
	size_t masks;
};

static void
add(struct making *m, const char *option, const char *path)
{
	walltools_place(m->out, option, path);
}

static void
add_below(struct making *m, const char *option, const char *dir, const char *name)
{
	CLEANUP(buf) struct buf path = BUF_INIT;

	if (buf_addf(&path, "%s/%s", dir, name) < 0)
		m->out->failed = true;
	else
		add(m, option, path.p);
}

/* Absolute paths with ':' between, from our own environment. */
static int
each_listed(struct making *m, const char *variable, int (*each)(void *arg, const char *path))
{
	const char *list = config_text(variable, NULL);
	CLEANUP(free) char *copy = list ? strdup(list) : NULL;
	char *save, *p;

	for (p = copy ? strtok_r(copy, ":", &save) : NULL; p; p = strtok_r(NULL, ":", &save)) {
		if (*p != '/') {
			(void)buf_addf(m->why, "%s holds absolute paths with ':' between, not '%s'",
				variable, p);
			errno = EINVAL;
			return -1;
		}
		if (each(m, p) < 0)
			return -1;
	}
	return 0;
}

static int
asked_read(void *arg, const char *path)
{
	add(arg, "--read", path);
	return 0;
}

static int
asked_write(void *arg, const char *path)
{
	add(arg, "--write", path);
	return 0;
}

/* Objects that the person's repository borrows itself: only what is a directory of objects. */
static void
add_alternates(struct making *m, const char *objects)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int fd = open(objects, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd) int info = fd < 0 ? -1 : store_opendir(fd, "info");
	char *save, *line;

	if (info < 0 || store_read(info, "alternates", &text, ALTERNATES_MAX) < 0)
		return;			/* borrows nothing */
	for (line = strtok_r(text.p, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		CLEANUP(fd) int to = openat(fd, line, O_PATH | O_DIRECTORY | O_CLOEXEC);
		CLEANUP(free) char *real = to < 0 ? NULL : path_of_fd(to);
		const char *base = real ? strrchr(real, '/') : NULL;

		if (base && !strcmp(base, "/objects"))
			strv_push2(m->out, "--read", real);
	}
}

static int
add_objects(struct making *m)
{
	CLEANUP(buf) struct buf objects = BUF_INIT;
	struct tree_info i;

	if (tree_info_read(m->w->job->fd, &i, m->why) < 0)
		return -1;
	(void)buf_addf(&objects, "%s/objects", i.common);
	tree_info_release(&i);
	if (!buf_ok(&objects))
		return -1;
	add(m, "--read", objects.p);
	add_alternates(m, objects.p);
	return 0;
}

/* A reader works in the workspace itself; a linked worktree has its repository elsewhere. */
static void
add_workspace(struct making *m)
{
	const struct json *d = &m->w->job->doc;
	CLEANUP(free) char *root = job_workspace_root(m->w->job);
	CLEANUP(free) char *cwd = job_cwd(m->w->job);
	CLEANUP(free) char *common = json_get_cstr(d, json_get(d, 0, "workspace"), "common");

	if (root)
		add(m, "--read", root);
	if (common)
		add(m, "--read", common);
	if (cwd)
		add(m, "--read", cwd);
}

static int
add_places(struct making *m)
{
	static const char *const ours[] = { JOB_HOME, JOB_TMP };
	bool writes = !strcmp(m->w->mode, "write");
	const char *job = m->w->job->path;

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		add_below(m, "--write", job, ours[i]);
	add_below(m, "--tmp", job, JOB_TMP);
	if (writes) {
		add_below(m, "--write", job, JOB_TREE);
		add_below(m, "--write", job, JOB_AGENT_GIT);
		if (add_objects(m) < 0)
			return -1;
	} else {
		add_workspace(m);
	}
	for (const char *const *d = m->w->dirs; d && *d; d++)
		add(m, "--read", *d);
	walltools_add(m->out, m->w->program);
	if (walltools_caches(m->out, m->w->job->fd, job, m->why) < 0)
		return -1;
	return each_listed(m, "JOBDIR_ALLOW_READ", asked_read) < 0 ||
		each_listed(m, "JOBDIR_ALLOW_WRITE", asked_write) < 0 ||
		wallask_each(m->w->job, "allow_read", asked_read, m) < 0 ||
		wallask_each(m->w->job, "allow_write", asked_write, m) < 0 ? -1 : 0;
}

/* ---- masks ---- */

static int
mask(void *arg, const char *path)
{
	struct making *m = arg;

	if (++m->masks > MASKS_MAX) {
		(void)buf_addf(m->why, "the sensitive-file policy hides more than %d files of '%s'",
			MASKS_MAX, m->root);
		errno = E2BIG;
		return -1;
	}
	add_below(m, "--mask", m->root, path);
	return 0;
}

/* What else may be read, where it is a directory: a file somebody named stays what it is. */
static int
mask_below(void *arg, const char *path)
{
	struct making *m = arg;
	CLEANUP(fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	CLEANUP(free) char *real = fd < 0 ? NULL : path_of_fd(fd);

	if (!real)
		return fd < 0 ? 0 : -1;	/* closed to us is closed to the agent */
	m->root = real;
	return sensitive_find(m->w->profiles, m->w->sensitive, fd, mask, m, m->why);
}

static int
add_masks(struct making *m)
{
	CLEANUP(buf) struct buf tree = BUF_INIT;
	CLEANUP(free) char *root = job_workspace_root(m->w->job);
	CLEANUP(free) char *cwd = job_cwd(m->w->job);
	const char *work;

	if (buf_addf(&tree, "%s/" JOB_TREE, m->w->job->path) < 0)
		return -1;
	work = !strcmp(m->w->mode, "write") ? tree.p : root ? root : cwd;
	if (!work || mask_below(m, work) < 0)
		return -1;
	for (const char *const *d = m->w->dirs; d && *d; d++)
		if (mask_below(m, *d) < 0)
			return -1;
	return each_listed(m, "JOBDIR_ALLOW_READ", mask_below) < 0 ||
		each_listed(m, "JOBDIR_ALLOW_WRITE", mask_below) < 0 ||
		wallask_each(m->w->job, "allow_read", mask_below, m) < 0 ||
		wallask_each(m->w->job, "allow_write", mask_below, m) < 0 ? -1 : 0;
}

/* ---- the network ---- */

static int
asked_port(void *arg, const char *port)
{
	struct making *m = arg;

	strv_push2(m->out, "--port", port);
	return 0;
}

static int
add_ports(struct making *m, bool door)
{
	const char *list = config_text("JOBDIR_ALLOW_PORT", NULL);
	CLEANUP(free) char *copy = list ? strdup(list) : NULL;
	CLEANUP(buf) struct buf number = BUF_INIT;
	char *save, *p;
	uint16_t port = 443;
	bool local = false;

	if (door) {			/* the namespace has nothing but lo and the door */
		strv_push(m->out, "--any-port");
		return 0;
	}
	if (m->w->offline) {
		strv_push(m->out, "--own-net");
		return 0;
	}
	if (m->w->base_url && url_port(m->w->base_url, &port, &local) < 0) {
		(void)buf_addstr(m->why, "ANTHROPIC_BASE_URL is no http or https URL");
		return -1;
	}
	(void)buf_addf(&number, "%u", port);
	strv_push2(m->out, "--port", number.p);
	if (!local) {			/* names must be looked up */
		strv_push2(m->out, "--port", "53");
		strv_push(m->out, "--udp");
	}
	for (p = copy ? strtok_r(copy, ",:", &save) : NULL; p; p = strtok_r(NULL, ",:", &save))
		strv_push2(m->out, "--port", p);
	return wallask_each(m->w->job, "allow_port", asked_port, m);
}

/* ---- the level ---- */

struct stated {
	bool fs, truncate, tcp, scope, seccomp, mounts, pidns, door;
};

static int
read_stated(const struct job *j, struct stated *s)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d = { 0 };

	*s = (struct stated){ 0 };
	if (store_read(j->fd, JOB_ISOLATION, &text, ISOLATION_MAX) < 0)
		return errno == ENOENT ? 0 : -1;	/* nothing is stated: nothing is promised */
	if (json_parse(&d, text.p, text.len, NULL) == JSON_OK) {
		s->fs = json_get_bool(&d, 0, "fs", false);
		s->truncate = json_get_bool(&d, 0, "truncate", false);
		s->tcp = json_get_bool(&d, 0, "tcp", false);
		s->scope = json_get_bool(&d, 0, "scope", false);
		s->seccomp = json_get_bool(&d, 0, "seccomp", false);
		s->mounts = json_get_bool(&d, 0, "mounts", false);
		s->pidns = json_get_bool(&d, 0, "pidns", false);
		s->door = json_is(&d, json_get(&d, 0, "net"), "door");
	}
	json_release(&d);
	return 0;
}

/* What is missing of the full level, in words; NULL: nothing. */
static const char *
missing(const struct stated *s)
{
	return !s->fs ? "files outside (Landlock)" :
		!s->truncate ? "truncating files outside (Landlock ABI 3 or user namespaces)" :
		!s->seccomp ? "system calls (seccomp)" :
		!s->pidns && !s->scope ? "signals (user namespaces or Landlock ABI 6)" :
		!s->door && !s->tcp ? "the network (user namespaces or Landlock ABI 4)" : NULL;
}

/* What isolation.json says is in force must be: else the program is not started. */
static void
add_require(struct making *m, const struct stated *s)
{
	CLEANUP(buf) struct buf words = BUF_INIT;

	(void)buf_addf(&words, "%s%s%s%s%s", s->fs ? "fs," : "", s->truncate ? "truncate," : "",
		s->scope ? "scope," : "", s->seccomp ? "seccomp," : "", s->mounts ? "mounts," : "");
	if (!buf_ok(&words)) {
		m->out->failed = true;
	} else if (words.len) {
		buf_setlen(&words, words.len - 1);
		strv_push2(m->out, "--require", words.p);
	}
}

static int
judge(struct making *m, const struct stated *s)
{
	const char *how = m->w->confine, *lack = missing(s);

	if (how && strcmp(how, "require") && strcmp(how, "prefer")) {
		(void)buf_addf(m->why, "confine is require, prefer or off, not '%s'", how);
		errno = EINVAL;
		return -1;
	}
	if (!lack || (how ? !strcmp(how, "prefer") : strcmp(m->w->mode, "write") != 0))
		return 0;
	(void)buf_addf(m->why, "this system cannot confine %s; --confine=prefer runs the job all the same",
		lack);
	errno = EPERM;
	return -1;
}

int
wallchain_make(const struct wallchain *w, struct strv *out, struct buf *why)
{
	CLEANUP(free) char *limits = home_command("limits");
	CLEANUP(free) char *confine = home_command("confine");
	struct making m = { .w = w, .out = out, .why = why };
	struct stated s;

	if (!limits || !confine || read_stated(w->job, &s) < 0)
		return -1;
	strv_push(out, limits);
	strv_push(out, "--core=0");
	strv_push(out, "--processes=8192");
	strv_push(out, "--");
	if (w->by_hand)
		s.pidns = s.door = false;
	if (w->confine && !strcmp(w->confine, "off"))
		return out->failed ? -1 : 0;
	if (judge(&m, &s) < 0)
		return -1;
	strv_push(out, confine);
	if (add_places(&m) < 0 || add_masks(&m) < 0 || add_ports(&m, s.door) < 0)
		return -1;
	add_require(&m, &s);
	strv_push(out, "--");
	return out->failed ? -1 : 0;
}
