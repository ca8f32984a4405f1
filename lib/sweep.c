/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean.h"
#include "clock.h"
#include "lock.h"
#include "store.h"

enum {
	DAY_MS = 86400 * 1000,
	AUTO_LOOK = 2000,		/* jobs that one automatic cleaning opens */
	BUILD_MS = 10 * 60 * 1000,	/* longer than any spawn takes to lock what it builds */
};

#define NEW ".new-"

struct select {
	struct buf *ids;
	int64_t now, older_ms;
	size_t keep, seen;
};

static int
pick(const char *id, void *arg)
{
	struct select *s = arg;
	bool many = s->seen++ >= s->keep;

	if (!many && clean_id_age(id, s->now) < s->older_ms)
		return 0;
	return buf_add(s->ids, id, JOB_ID_LEN + 1);
}

static int
ascending(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
sort(struct buf *names, size_t width)
{
	if (names->len > width)
		qsort(names->p, names->len / width, width, ascending);
}

int
sweep_select(const struct root *r, const char *slug, int64_t older_ms, size_t keep,
	struct buf *ids, size_t *many)
{
	struct select s = { ids, clock_wall_ms(), older_ms, keep, 0 };
	int got = job_each(r, slug, 0, pick, &s);

	sort(ids, JOB_ID_LEN + 1);
	if (many)
		*many = s.seen > keep ? s.seen - keep : 0;
	return got < 0 ? -1 : 0;
}

/* Call fn for every name in a directory ("": the root) that is there; the sum of its answers, -1+errno. */
static long
each_name(const struct root *r, const char *rel,
	long (*fn)(const struct root *r, int dirfd, const char *name, void *arg), void *arg)
{
	CLEANUP(dir) DIR *d = NULL;
	struct dirent *e;
	long sum = 0;
	int fd = *rel ? root_dir(r, rel, false) : store_opendir(r->fd, ".");

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);	/* only read from */
		return -1;
	}
	while ((errno = 0, e = readdir(d))) {
		long n = *e->d_name == '.' && (!e->d_name[1] || e->d_name[1] == '.') ? 0 :
		    fn(r, fd, e->d_name, arg);

		if (n < 0)
			return -1;
		sum += n;
	}
	return errno ? -1 : sum;
}

/* A directory that a killed spawn left: its lock is free, and it is not just being made. */
static long
drop_unpublished(const struct root *r, int dirfd, const char *name, void *arg)
{
	CLEANUP(fd) int fd = -1, lock = -1, trash = -1;
	struct stat st;

	(void)arg;
	if (strncmp(name, NEW, sizeof NEW - 1) != 0)
		return 0;
	fd = store_opendir(dirfd, name);
	if (fd < 0 || fstat(fd, &st) < 0 || clock_wall_ms() - st.st_mtim.tv_sec * 1000 < BUILD_MS)
		return 0;
	lock = openat(fd, JOB_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (lock < 0 ? errno != ENOENT : lock_held(lock) != 0)
		return 0;
	trash = root_dir(r, "trash", true);
	return trash >= 0 && renameat(dirfd, name, trash, name + 1) == 0;
}

static bool
is_day(const char *name)
{
	return strlen(name) == 8 && strspn(name, "0123456789") == 8;
}

static long
sweep_day(const struct root *r, int jobs, const char *day, void *arg)
{
	char rel[32], yesterday[16];
	long n;

	(void)arg;
	if (!is_day(day))
		return 0;
	(void)snprintf(rel, sizeof rel, "jobs/%s", day);
	n = each_name(r, rel, drop_unpublished, NULL);
	clock_compact(yesterday, clock_wall_ms() - DAY_MS);
	/* Not empty: it stays. Not those that spawn may be about to use. */
	if (n >= 0 && strncmp(day, yesterday, 8) < 0)
		n += unlinkat(jobs, day, AT_REMOVEDIR) == 0;
	return n;
}

static long
drop_wait(const struct root *r, int dirfd, const char *name, void *arg)
{
	char rel[64];
	struct stat st;

	(void)arg;
	if (!job_id_valid(name))
		return 0;
	job_id_path(name, rel);
	if (fstatat(r->fd, rel, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return 0;
	return unlinkat(dirfd, name, 0) == 0;
}

/* A temporary file of a writer that was killed, and is not just being written. */
static long
drop_temp(const struct root *r, int dirfd, const char *name, void *arg)
{
	struct stat st;

	(void)r;
	(void)arg;
	if (strncmp(name, STORE_TEMP, sizeof STORE_TEMP - 1) != 0 ||
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    clock_wall_ms() - st.st_mtim.tv_sec * 1000 < BUILD_MS)
		return 0;
	return unlinkat(dirfd, name, 0) == 0;
}

static long
sweep_slug(const struct root *r, int workspaces, const char *slug, void *arg)
{
	CLEANUP(buf) struct buf rel = BUF_INIT;
	long n;

	(void)workspaces;
	(void)arg;
	if (buf_addf(&rel, "workspaces/%s", slug) < 0)
		return -1;
	n = each_name(r, rel.p, drop_temp, NULL);
	return n < 0 ? 0 : n;		/* a stranger among them stops nothing */
}

static long
sweep_temps(const struct root *r)
{
	static const char *const dirs[] = { "", "queue", "waits" };
	long sum = each_name(r, "workspaces", sweep_slug, NULL);

	for (size_t i = 0; sum >= 0 && i < sizeof dirs / sizeof *dirs; i++) {
		long n = each_name(r, dirs[i], drop_temp, NULL);

		sum = n < 0 ? -1 : sum + n;
	}
	return sum;
}

/* Asking about the job removes the entry of one that ended or was lost. */
static int
check_running(const char *id, void *arg)
{
	const struct root *r = arg;
	struct job j;

	if (job_open_id(&j, r, id) < 0) {
		if (errno == ENOENT)
			(void)job_running_stale(r, id);	/* the next one tries again */
		return 0;
	}
	if (job_is_terminal(&j, r) == 1)
		(void)job_ended_clear(&j, r);
	job_close(&j);
	return 0;
}

long
sweep_debris(const struct root *r)
{
	struct root root = *r;
	long jobs = each_name(r, "jobs", sweep_day, NULL);
	long waits = jobs < 0 ? -1 : each_name(r, "waits", drop_wait, NULL);
	long temps = waits < 0 ? -1 : sweep_temps(r);

	return temps < 0 || job_each_active(r, check_running, &root) < 0 ? -1 : jobs + waits + temps;
}

/* ---- by itself ---- */

/* Held by who cleans by itself: one at a time. fd, or -1: another does. */
static int
my_turn(const struct root *r)
{
	CLEANUP(fd) int trash = root_dir(r, "trash", true);
	CLEANUP(fd) int fd = trash < 0 ? -1 : lock_open(trash, ".lock");

	return fd < 0 || lock_try(fd, true) != 0 ? -1 : steal_fd(&fd);
}

static long
add_day(const struct root *r, int dirfd, const char *name, void *arg)
{
	(void)r;
	(void)dirfd;
	return is_day(name) ? buf_add(arg, name, 9) : 0;
}

static long
count_job(const struct root *r, int dirfd, const char *name, void *arg)
{
	(void)r;
	(void)dirfd;
	(void)arg;
	return job_id_valid(name);
}

static long
add_job(const struct root *r, int dirfd, const char *name, void *arg)
{
	(void)r;
	(void)dirfd;
	return job_id_valid(name) ? buf_add(arg, name, JOB_ID_LEN + 1) : 0;
}

/* Of the days, ascending, how many hold nothing but what the newest SWEEP_KEEP jobs outnumber. */
static size_t
given_up(const struct root *r, const struct buf *days, int64_t now)
{
	size_t n = days->len / 9, seen = 0;
	char limit[16], rel[32];

	clock_compact(limit, now - (int64_t)(SWEEP_DAYS + 1) * DAY_MS);
	while (n && seen < SWEEP_KEEP && strncmp(days->p + (n - 1) * 9, limit, 8) >= 0) {
		long here;

		(void)snprintf(rel, sizeof rel, "jobs/%.8s", days->p + --n * 9);
		here = each_name(r, rel, count_job, NULL);
		seen += here > 0 ? (size_t)here : 0;
	}
	return n;
}

/* Clean one day, oldest first, looking at no more than *budget jobs. Number removed, -1+errno. */
static long
auto_day(const struct root *r, const char *day, size_t *budget)
{
	CLEANUP(buf) struct buf ids = BUF_INIT;
	long removed = 0;
	char rel[32];

	(void)snprintf(rel, sizeof rel, "jobs/%.8s", day);
	if (each_name(r, rel, drop_unpublished, NULL) < 0 || each_name(r, rel, add_job, &ids) < 0)
		return -1;
	sort(&ids, JOB_ID_LEN + 1);
	for (size_t i = 0; i < ids.len && *budget; i += JOB_ID_LEN + 1, --*budget) {
		struct clean_verdict v;

		clean_one(r, ids.p + i, 0, NULL, 0, &v);
		removed += v.fate == CLEAN_REMOVED;
	}
	return removed;
}

long
sweep_auto(const struct root *r)
{
	CLEANUP(buf) struct buf days = BUF_INIT;
	CLEANUP(fd) int turn = my_turn(r);
	struct root root = *r;
	int64_t now = clock_wall_ms();
	size_t budget = AUTO_LOOK, old, start;
	long removed = 0;

	if (turn < 0)
		return 0;
	if (each_name(r, "jobs", add_day, &days) < 0)
		return -1;
	sort(&days, 9);
	old = given_up(r, &days, now);
	/* Another beginning each day: jobs that must be kept would else use up the budget for ever. */
	start = old && old * SWEEP_KEEP > AUTO_LOOK ? (size_t)(now / DAY_MS) % old : 0;
	for (size_t i = 0; i < old && budget; i++) {
		long n = auto_day(r, days.p + (start + i) % old * 9, &budget);

		if (n < 0)
			return -1;
		removed += n;
	}
	return job_each_active(r, check_running, &root) < 0 || clean_trash(r) < 0 ? -1 : removed;
}
