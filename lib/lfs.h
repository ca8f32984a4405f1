/* SPDX-License-Identifier: MIT */
/*
 * lfs: Git LFS pointers, which stand in a repository for large files.
 */
#ifndef JOBDIR_LFS_H
#define JOBDIR_LFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lfs_pointer {
	char sha256[65];
	uint64_t size;
};

/* 0 if the bytes are a pointer (p filled), else -1. Pure. */
int lfs_parse(const char *s, size_t len, struct lfs_pointer *p);
/* Does the file hold what the pointer stands for? 1, 0; -1+errno. Reads to its end. */
int lfs_matches(const struct lfs_pointer *p, int fd);

#endif
