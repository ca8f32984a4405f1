/* SPDX-License-Identifier: MIT */
#include "numbered.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "buf.h"
#include "store.h"

int
numbered_put(int dirfd, const char *what, const struct buf *text)
{
	char name[40];
	struct stat st;
	int rc = 1;

	if (!buf_ok(text)) {
		errno = ENOMEM;
		return -1;
	}
	for (unsigned n = 1; rc == 1; n++) {
		snprintf(name, sizeof(name), "%s-%u.json", what, n);
		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			rc = store_once(dirfd, name, text->p, text->len, NULL, 0);
	}
	return rc;
}
