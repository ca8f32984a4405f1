/* SPDX-License-Identifier: MIT */
#include "anscache.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "jobroot.h"
#include "store.h"

#define DIR_NAME "analyze"
#define ENTRY_MAX (1u << 20)
#define WEEK_MS INT64_C(604800000)

static int
open_dir(bool make)
{
	struct root r;
	int fd;

	if (root_open(&r, make) < 0)
		return -1;
	fd = make ? store_mkdir(r.fd, DIR_NAME) : store_opendir(r.fd, DIR_NAME);
	root_close(&r);
	return fd;
}

static int64_t
age_ms(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return INT64_MAX;
	return clock_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000 - st.st_mtim.tv_nsec / 1000000;
}

int
anscache_get(const char *key, int64_t max_age_ms, struct buf *out)
{
	CLEANUP(fd) int dir = max_age_ms > 0 ? open_dir(false) : -1;
	int64_t age = dir < 0 ? 0 : age_ms(dir, key);

	/* An age below 0: the clock was set back, and nothing is known. */
	return dir < 0 || age < 0 || age > max_age_ms ? -1 : store_read(dir, key, out, ENTRY_MAX);
}

void
anscache_put(const char *key, const char *text, unsigned long len)
{
	CLEANUP(fd) int dir = open_dir(true);
	DIR *d = dir < 0 ? NULL : fdopendir(fcntl(dir, F_DUPFD_CLOEXEC, 3));
	struct dirent *e;

	/* Also what a put that was killed left behind, under a hidden name. */
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && age_ms(dir, e->d_name) > WEEK_MS)
			(void)unlinkat(dir, e->d_name, 0);	/* another did it, or it stays */
	if (d)
		(void)closedir(d);
	if (dir >= 0)
		(void)store_replace(dir, key, text, len, STORE_NOSYNC);	/* only a cache */
}
