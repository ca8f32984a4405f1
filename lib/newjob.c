/* SPDX-License-Identifier: MIT */
#include "newjob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "env.h"
#include "envfile.h"
#include "home.h"
#include "joborder.h"
#include "jobroot.h"
#include "lock.h"
#include "path.h"
#include "proc.h"
#include "store.h"

#define PROOF "locks-work"		/* the device for which it was proved */
#define RENAME_NOREPLACE_FLAG 1u	/* <linux/fs.h> would bring half the kernel in */

int
newjob_locks_work(const struct root *r)
{
	CLEANUP(buf) struct buf had = BUF_INIT, have = BUF_INIT;
	struct stat st;
	int got;

	if (fstat(r->fd, &st) < 0 || buf_addf(&have, "%llu\n", (unsigned long long)st.st_dev) < 0)
		return -1;
	/* A root that was copied elsewhere has to prove it again. */
	if (!store_read(r->fd, PROOF, &had, 64) && !strcmp(had.p, have.p))
		return 1;
	got = lock_works(r->fd);
	if (got == 1 && store_replace(r->fd, PROOF, have.p, have.len, STORE_NOSYNC) < 0)
		return -1;
	return got;
}

static void
hidden_name(char name[48], const char *id)
{
	(void)snprintf(name, 48, ".new-%.28s", id);	/* fits */
}

/* A file of its own name at once: the directory is not visible yet. */
static int
put(int dir, const char *name, const void *p, size_t len)
{
	CLEANUP(fd) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);

	return fd < 0 || (len && store_write_all(fd, p, len) < 0) ? -1 : 0;
}

static int
sync_file(int dir, const char *name)
{
	CLEANUP(fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -1 : store_sync(fd);
}

static int
fill(struct newjob *n, const struct joborder *o, const char *created, const char *request)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	n->lock = lock_open(n->dir, JOB_LOCK);
	if (n->lock < 0 || lock_try(n->lock, true))
		return -1;
	if (joborder_write(&text, o, n->id, created, request) < 0 ||
	    put(n->dir, JOB_JSON, text.p, text.len) < 0 ||
	    put(n->dir, JOB_TREE_LOCK, NULL, 0) < 0 ||
	    store_reserve(n->dir, JOB_END_RESERVE, JOB_RESERVE) < 0)
		return -1;
	n->prompt = o->prompt;
	return o->prompt ? put(n->dir, JOB_PROMPT, o->prompt, o->prompt_len) : 0;
}

int
newjob_build(struct newjob *n, const struct root *r, const struct joborder *o, const char *request)
{
	char stamp[CLOCK_STAMP], name[48], day[32];
	int64_t now = clock_wall_ms();

	*n = (struct newjob){ .root = r, .slug = o->ws.slug, .path = o->ws.path, .day = -1, .dir = -1,
		.lock = -1, .word = -1 };
	clock_stamp(stamp, now);
	if (job_id_new(n->id, now) < 0)
		return -1;
	(void)snprintf(day, sizeof day, "jobs/%.8s", n->id + 4);	/* fits */
	hidden_name(name, n->id);
	n->day = root_dir(r, day, true);
	if (n->day < 0 || mkdirat(n->day, name, 0700) < 0)
		return -1;
	n->dir = store_opendir(n->day, name);
	return n->dir < 0 ? -1 : fill(n, o, stamp, request);
}

/* supervise's environment: no secrets in it, ours or an outer job's, and nothing of an outer job. */
static char **
clean_env(const struct root *r)
{
	CLEANUP(buf) struct buf state = BUF_INIT;
	char *extra[] = { NULL, (char[]){ "JOBDIR_ID" }, (char[]){ "JOBDIR_JOB" },
		(char[]){ "JOBDIR_SERVICE" }, NULL };

	if (buf_addf(&state, "JOBDIR_STATE=%s", r->path) < 0)
		return NULL;
	extra[0] = state.p;
	return env_sanitised(environ, extra);
}

/* A memfd of the secrets in our environment and the env file; 0 if there are none. */
static int
collect_secrets(int *fd)
{
	CLEANUP(buf) struct buf b = BUF_INIT, why = BUF_INIT;

	if (envfile_secrets(&b, &why) < 0)
		return -1;	/* spawn read the file before and said what is wrong with it */
	if (!b.len)
		return 0;
	*fd = proc_memfd("secrets", b.p, b.len);
	explicit_bzero(b.p, b.len);
	return *fd < 0 ? -1 : 0;
}

static int
start(struct newjob *n, char *const *envp, int secrets)
{
	static const char *const options[] = { NULL, "--job=3", "--root=4", "--lock=5", "--ready=6",
		"--secrets=7" };
	CLEANUP(free) char *program = home_command("supervise");
	CLEANUP(fd) int ready = -1;
	const char *argv[7] = { program };
	struct proc_fd fds[] = { { n->dir, 3 }, { n->root->fd, 4 }, { n->lock, 5 }, { -1, 6 },
		{ secrets, 7 } };
	struct proc_spec spec = { .argv = (char *const *)(uintptr_t)argv, .envp = envp, .cwd_fd = -1,
		.fds = fds, .nfds = secrets < 0 ? 4 : 5, .detach = true };
	struct proc p;
	int ends[2];

	if (!program || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	ready = fds[3].from = ends[0];
	n->word = ends[1];
	for (size_t i = 1; i <= spec.nfds; i++)
		argv[i] = options[i];
	/* Not our working directory: it may be on a file system to be unmounted. */
	spec.cwd_fd = n->root->fd;
	return proc_start(&p, &spec, NULL);
}

int
newjob_start(struct newjob *n)
{
	CLEANUP(fd) int secrets = -1;
	char **envp = clean_env(n->root);
	int got = -1;

	if (envp && !collect_secrets(&secrets))
		got = start(n, envp, secrets);
	env_free(envp);
	return got;
}

/* DIR/NAME -> to; made durable only as far as the next fsync goes: an index can be made again. */
static int
put_link(int dir, const char *id, const char *up)
{
	char to[80], path[64];

	job_id_path(id, path);
	(void)snprintf(to, sizeof to, "%s%s", up, path);	/* fits */
	return dir < 0 ? -1 : symlinkat(to, dir, id);
}

static int
put_links(struct newjob *n)
{
	CLEANUP(fd) int running = root_dir(n->root, "running", true);
	CLEANUP(fd) int ws = -1;
	CLEANUP(fd) int day = -1;
	CLEANUP(buf) struct buf rel = BUF_INIT, path = BUF_INIT;
	struct stat st;

	if (buf_addf(&rel, "workspaces/%s", n->slug) < 0)
		return -1;
	ws = root_dir(n->root, rel.p, true);
	if (ws < 0 || buf_addf(&rel, "/%.8s", n->id + 4) < 0)
		return -1;
	if (fstatat(ws, "path", &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    (buf_addf(&path, "%s\n", n->path) < 0 ||
	     store_once(ws, "path", path.p, path.len, NULL, STORE_NOSYNC) < 0))
		return -1;
	day = root_dir(n->root, rel.p, true);
	return put_link(day, n->id, "../../../") < 0 || put_link(running, n->id, "../") < 0 ? -1 : 0;
}

int
newjob_publish(struct newjob *n)
{
	char name[48];

	hidden_name(name, n->id);
	if (sync_file(n->dir, JOB_JSON) < 0 || (n->prompt && sync_file(n->dir, JOB_PROMPT) < 0) ||
	    store_sync(n->dir) < 0 || put_links(n) < 0 ||
	    syscall(SYS_renameat2, n->day, name, n->day, n->id, RENAME_NOREPLACE_FLAG) < 0)
		return -1;
	if (store_sync(n->day) < 0)
		return -1;
	/* supervise may be dead already: then the job is lost, and reads so. */
	(void)!write(n->word, "g", 1);
	return 0;
}

void
newjob_close(struct newjob *n)
{
	cleanup_fd(&n->word);
	cleanup_fd(&n->lock);
	cleanup_fd(&n->dir);
	cleanup_fd(&n->day);
}

static void
unlink_links(const struct root *r, const char *id, const char *slug)
{
	CLEANUP(buf) struct buf rel = BUF_INIT;
	CLEANUP(fd) int day = -1;

	(void)job_running_clear(r, id);		/* debris that whoever lists removes as well */
	if (slug && !buf_addf(&rel, "workspaces/%s/%.8s", slug, id + 4))
		day = root_dir(r, rel.p, false);
	if (day >= 0)
		(void)unlinkat(day, id, 0);	/* likewise */
}

void
newjob_discard(struct newjob *n)
{
	int e = errno;			/* what went wrong is still to be told */
	char name[48];

	hidden_name(name, n->id);
	if (n->day >= 0) {
		(void)store_remove(n->day, name);	/* else it is debris that clean knows */
		/* Renamed, but not durable: nobody was told of it. */
		if (newjob_published(n->dir, n->id))
			(void)store_remove(n->day, n->id);
		unlink_links(n->root, n->id, n->slug);
	}
	newjob_close(n);
	errno = e;
}

int
newjob_published(int jobfd, const char *id)
{
	CLEANUP(free) char *path = jobfd < 0 ? NULL : path_of_fd(jobfd);
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && !strcmp(slash + 1, id);
}

void
newjob_abandon(const struct root *r, const char *id, const struct json *job)
{
	CLEANUP(free) char *slug = json_get_cstr(job, json_get(job, 0, "workspace"), "slug");
	CLEANUP(free) char *cwd = json_get_cstr(job, 0, "cwd");
	CLEANUP(fd) int day = -1;
	char name[48], rel[32];

	if (!slug && cwd)
		slug = job_slug(cwd);
	(void)snprintf(rel, sizeof rel, "jobs/%.8s", id + 4);	/* fits */
	hidden_name(name, id);
	day = root_dir(r, rel, false);
	if (day >= 0)
		(void)store_remove(day, name);	/* else it is debris that clean knows */
	unlink_links(r, id, slug);
}
