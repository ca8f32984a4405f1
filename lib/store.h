/* SPDX-License-Identifier: MIT */
/*
 * store: files that are absent or complete.
 *
 * All names are relative to a directory descriptor, contain no '/', and are
 * opened O_NOFOLLOW|O_CLOEXEC; new files have mode 0600, directories 0700.
 * "Durable" means file and directory were fsynced. A failed fsync is never
 * retried on the same descriptor: the temporary file is removed and the call
 * fails. Temporary names start with STORE_TEMP. Who tidies up may take a temporary
 * file for one left behind: it is written again, then the call fails with ESTALE.
 * Returns 0 or -1 with errno, unless said otherwise.
 */
#ifndef JOBDIR_STORE_H
#define JOBDIR_STORE_H

#include <stddef.h>
#include <sys/types.h>
#include "storerm.h"		/* store_remove() */

struct buf;

#define STORE_TEMP ".tmp-"

enum store_flags {
	STORE_NOSYNC = 1 << 0,	/* atomic but not durable (state.json, phase) */
	STORE_NODIRSYNC = 1 << 1, /* file synced; the caller syncs the directory */
};

/* Write a new file and rename it over NAME. */
int store_replace(int dirfd, const char *name, const void *p, size_t len, int flags);

/*
 * Write-once: publish NAME with linkat. Returns 0 if this call made it, 1 if
 * NAME existed already (which is left alone), -1 on error. If space is gone
 * (ENOSPC, EDQUOT) and RESERVE (may be NULL) names a preallocated file, the
 * bytes are written into that and it is linked instead (R1.6).
 */
int store_once(int dirfd, const char *name, const void *p, size_t len,
	const char *reserve, int flags);

/* Preallocate a file of SIZE bytes for store_once(). */
int store_reserve(int dirfd, const char *name, size_t size);

/* Append whole bytes with one write, O_APPEND, creating the file. */
int store_append(int dirfd, const char *name, const void *p, size_t len);

/*
 * Read a whole regular file, appending to out. -1 with ENOENT if absent,
 * EFBIG over max, EINVAL if it is not a regular file, ELOOP for a symlink.
 */
int store_read(int dirfd, const char *name, struct buf *out, size_t max);

/* mkdir + open; the directory may exist (then O_NOFOLLOW must hold). */
int store_mkdir(int dirfd, const char *name);	/* fd or -1 */
int store_opendir(int dirfd, const char *name);	/* fd or -1, O_DIRECTORY|O_NOFOLLOW */
/* Create every missing directory of an absolute path (0700); fd or -1. */
int store_mkpath(const char *path);

int store_sync(int fd);				/* fsync, EINTR looped */

/* Full write and read loops: EINTR and short counts handled. */
int store_write_all(int fd, const void *p, size_t len);
ssize_t store_read_some(int fd, void *p, size_t len);

#endif
