/* SPDX-License-Identifier: MIT */
#include "jobdebris.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "jobname.h"
#include "store.h"

#define JOB_ATTEMPT "attempt-"		/* attempt.h */

static int64_t
written(const struct stat *st)
{
	return st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
}

/* Temporary files here that are not newer than the end; then what lies below, if wanted. */
static void
drop_in(int dirfd, const struct stat *end, bool attempts)
{
	CLEANUP(dir) DIR *d = NULL;
	struct dirent *e;
	struct stat st;
	int fd = store_opendir(dirfd, ".");

	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d && fd >= 0)
		(void)close(fd);	/* only read from */
	while (d && (e = readdir(d))) {
		CLEANUP(fd) int attempt = -1;

		if (!strncmp(e->d_name, STORE_TEMP, sizeof STORE_TEMP - 1)) {
			if (!fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
			    written(&st) <= written(end))
				(void)unlinkat(dirfd, e->d_name, 0);	/* else it stays: harmless */
		} else if (attempts && !strncmp(e->d_name, JOB_ATTEMPT, sizeof JOB_ATTEMPT - 1)) {
			attempt = store_opendir(dirfd, e->d_name);
			if (attempt >= 0)
				drop_in(attempt, end, false);
		}
	}
}

void
job_debris(int jobfd)
{
	struct stat end;

	if (fstatat(jobfd, JOB_END, &end, AT_SYMLINK_NOFOLLOW) < 0)
		return;			/* who has to write it will need the reserve */
	(void)unlinkat(jobfd, JOB_END_RESERVE, 0);	/* mostly gone long ago */
	drop_in(jobfd, &end, true);
}
