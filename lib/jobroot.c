/* SPDX-License-Identifier: MIT */
#include "jobroot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "home.h"
#include "jobname.h"
#include "lock.h"
#include "path.h"
#include "store.h"

int
root_open(struct root *r, bool make)
{
	CLEANUP(free) char *named = home_state();
	CLEANUP(fd) int fd = -1;
	struct stat st;

	*r = (struct root){ .fd = -1 };
	if (!named)
		return -1;
	fd = make ? store_mkpath(named) : open(named, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (st.st_uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	r->path = path_of_fd(fd);
	if (!r->path)
		return -1;
	r->fd = steal_fd(&fd);
	return 0;
}

void
root_close(struct root *r)
{
	cleanup_fd(&r->fd);
	free(r->path);
	*r = (struct root){ .fd = -1 };
}

char *
root_why(int err)
{
	CLEANUP(free) char *named = home_state();
	char *s;

	if (named && err == EPERM)
		return asprintf(&s, "the state root '%s' is somebody else's", named) < 0 ? NULL : s;
	if (named)
		return asprintf(&s, "the state root '%s': %s", named, strerror(err)) < 0 ? NULL : s;
	return strdup(err == EDESTADDRREQ ? "no place for jobs: neither JOBDIR_STATE nor HOME is set" :
		err == EINVAL ? "no place for jobs: JOBDIR_STATE is not an absolute path" : strerror(err));
}

/* Open NAME, first making it, durably: a job in it must survive as well. */
static int
open_or_make(int at, const char *name)
{
	int fd = store_opendir(at, name);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (!mkdirat(at, name, 0700)) {
		if (store_sync(at) < 0)
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return store_opendir(at, name);
}

int
root_dir(const struct root *r, const char *rel, bool make)
{
	CLEANUP(fd) int at = -1;
	char name[NAME_MAX + 1];

	if (!path_is_clean(rel, strlen(rel))) {
		errno = EINVAL;
		return -1;
	}
	if (r->fd < 0) {
		errno = ENOENT;
		return -1;
	}
	while (*rel) {
		size_t n = strcspn(rel, "/");
		int from = at >= 0 ? at : r->fd;
		int next;

		if (n > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, rel, n);
		name[n] = '\0';
		rel += n + (rel[n] == '/');
		next = make ? open_or_make(from, name) : store_opendir(from, name);
		if (next < 0)
			return -1;
		cleanup_fd(&at);
		at = next;
	}
	return steal_fd(&at);
}

/*
 * Names of one length, collected from a directory. With keep, only the
 * greatest that many survive: the array is sorted and cut whenever it has
 * grown to twice as many, so the cost is that of reading the directory.
 */
struct names {
	struct buf b;
	size_t width;			/* with the NUL */
	size_t n;
	size_t keep;			/* 0: all */
};

static int
descending(const void *a, const void *b)
{
	return strcmp(b, a);
}

static int
ascending(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
names_settle(struct names *v)
{
	if (v->n > 1)
		qsort(v->b.p, v->n, v->width, descending);
	if (v->keep && v->n > v->keep) {
		v->n = v->keep;
		buf_setlen(&v->b, v->n * v->width);
	}
}

static int
names_add(struct names *v, const char *name)
{
	if (buf_add(&v->b, name, v->width) < 0)
		return -1;
	v->n++;
	if (v->keep && v->keep < SIZE_MAX / 4 && v->n >= 2 * v->keep + 64)
		names_settle(v);
	return 0;
}

static bool
is_day(const char *s)
{
	return strlen(s) == 8 && strspn(s, "0123456789") == 8;
}

/* Read a directory (fd is taken); absent is empty. Unsorted. */
static int
names_read(struct names *v, int fd, bool (*wanted)(const char *))
{
	CLEANUP(dir) DIR *d = NULL;
	struct dirent *e;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);	/* only read from */
		return -1;
	}
	while ((errno = 0, e = readdir(d)))
		if (wanted(e->d_name) && names_add(v, e->d_name) < 0)
			return -1;
	return errno ? -1 : 0;
}

/* The jobs of one day; *left counts down unless unlimited. */
static int
each_of_day(const struct root *r, const char *dir, const char *day, size_t limit, size_t *done,
	int (*fn)(const char *id, void *arg), void *arg)
{
	struct names ids = { .b = BUF_INIT, .width = JOB_ID_LEN + 1, .keep = limit ? limit - *done : 0 };
	char rel[128];
	int got;

	(void)snprintf(rel, sizeof rel, "%s/%s", dir, day);	/* a slug is at most 57 bytes */
	got = names_read(&ids, root_dir(r, rel, false), job_id_valid);
	names_settle(&ids);
	for (size_t i = 0; !got && i < ids.n; i++) {
		const char *id = ids.b.p + i * ids.width;

		if (strncmp(id + 4, day, 8))
			continue;	/* not where it belongs: nobody could open it */
		got = fn(id, arg);
		(*done)++;
	}
	buf_release(&ids.b);
	return got;
}

int
job_each(const struct root *r, const char *slug, size_t limit,
	int (*fn)(const char *id, void *arg), void *arg)
{
	struct names days = { .b = BUF_INIT, .width = 9 };
	char dir[100] = "jobs";
	size_t done = 0;
	int got = 0;

	if (slug && (size_t)snprintf(dir, sizeof dir, "workspaces/%s", slug) >= sizeof dir) {
		errno = ENAMETOOLONG;
		return -1;
	}
	got = names_read(&days, root_dir(r, dir, false), is_day);
	names_settle(&days);
	for (size_t i = 0; !got && i < days.n && (!limit || done < limit); i++)
		got = each_of_day(r, dir, days.b.p + i * days.width, limit, &done, fn, arg);
	buf_release(&days.b);
	return got;
}

int
job_each_active(const struct root *r, int (*fn)(const char *id, void *arg), void *arg)
{
	struct names ids = { .b = BUF_INIT, .width = JOB_ID_LEN + 1 };
	int got = names_read(&ids, root_dir(r, "running", false), job_id_valid);

	if (ids.n > 1)
		qsort(ids.b.p, ids.n, ids.width, ascending);
	for (size_t i = 0; !got && i < ids.n; i++)
		got = fn(ids.b.p + i * ids.width, arg);
	buf_release(&ids.b);
	return got;
}

int
job_running_clear(const struct root *r, const char *id)
{
	char rel[64];

	(void)snprintf(rel, sizeof rel, "running/%.28s", id);	/* fits */
	return !unlinkat(r->fd, rel, 0) || errno == ENOENT ? 0 : -1;
}

/* Is jobs/DAY/PREFIXid there? Its directory, or -1. */
static int
open_as(const struct root *r, const char *prefix, const char *id)
{
	char rel[64];

	(void)snprintf(rel, sizeof rel, "jobs/%.8s/%s%.28s", id + 4, prefix, id);	/* fits */
	return root_dir(r, rel, false);
}

int
job_running_stale(const struct root *r, const char *id)
{
	CLEANUP(fd) int job = open_as(r, "", id);
	CLEANUP(fd) int hidden = -1;
	CLEANUP(fd) int lock = -1;

	if (job >= 0 || errno != ENOENT)
		return job >= 0 ? 0 : -1;
	hidden = open_as(r, ".new-", id);
	if (hidden >= 0) {
		lock = openat(hidden, JOB_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (lock >= 0 && lock_held(lock))
			return 0;		/* being built */
	}
	/* It may have been published between the first look and now. */
	job = open_as(r, "", id);
	if (job >= 0 || errno != ENOENT)
		return job >= 0 ? 0 : -1;
	return job_running_clear(r, id) < 0 ? -1 : 1;
}
