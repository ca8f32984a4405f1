/* SPDX-License-Identifier: MIT */
/*
 * index: reading a git index that our own git wrote (versions 2 and 3), for
 * the stat data in it: what a file looked like when it was checked out.
 *
 * A file whose stat data is as recorded was not written since, because ctime
 * cannot be set back; except one written in the very tick the index was
 * (racy): that one never matches. The index must be one no stranger can write.
 */
#ifndef JOBDIR_INDEX_H
#define JOBDIR_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct index_entry {
	const unsigned char *rec;	/* the record, big-endian */
	const char *path;		/* ended by NUL, in the map */
	uint32_t len;
	uint32_t mode;
	bool seen;			/* the caller's */
};

struct index_dir {
	uint32_t first;			/* its first entry; the others follow */
	uint32_t len;			/* of its path, which is the beginning of the entry's */
};

struct index {
	struct index_entry *e;		/* in byte order of path */
	size_t n;
	struct index_dir *dirs;		/* every directory, in the order of its first entry */
	size_t ndirs;
	size_t oid_len;			/* 20 or 32 bytes */
	/* private */
	void *map;
	size_t size;
	int64_t sec;			/* when the index was written */
	long nsec;
	uint32_t *slot, *dir;		/* hash tables: number of entry or directory, + 1 */
	size_t mask;
};

/*
 * Open dirfd/name. 0; -1 with errno ENOENT, EBADMSG (not such an index, or it
 * has unmerged entries), ENOMEM.
 */
int index_open(struct index *x, int dirfd, const char *name, bool sha256);
void index_close(struct index *x);

/* The entry with this path, or NULL. */
struct index_entry *index_find(const struct index *x, const char *path, size_t len);
/* The directory (no slash at its end) below which some entry lies: its number, or -1. */
long index_dir(const struct index *x, const char *path, size_t len);

/* The file is certainly the one recorded: same type, mode bits and stat data, not racy. */
bool index_same(const struct index *x, const struct index_entry *e, const struct stat *st);
/* Was this recorded in the tick the index was written, or later? Then it proves nothing. */
bool index_racy(const struct index *x, const struct timespec *ctime);
/* Its object id in hex, room for 65. */
void index_oid(const struct index *x, const struct index_entry *e, char *hex);

#endif
