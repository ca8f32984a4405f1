/* SPDX-License-Identifier: MIT */
#include "which.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"

/* 0, ENOENT or EACCES. */
static int
judge(const char *file)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return errno == EACCES ? EACCES : ENOENT;
	return S_ISREG(st.st_mode) && !faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) ? 0 : EACCES;
}

char *
which(const char *file, const char *path)
{
	int found = ENOENT;

	if (strchr(file, '/')) {
		errno = judge(file);
		return errno ? NULL : strdup(file);
	}
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (size_t n; *file; path += n + 1) {
		CLEANUP(buf) struct buf b = BUF_INIT;
		int got;

		n = strcspn(path, ":");
		if (buf_addf(&b, "%.*s%s%s", (int)n, path, n ? "/" : "./", file) < 0)
			return NULL;
		got = judge(b.p);
		if (!got)
			return buf_steal(&b);
		if (got == EACCES)
			found = EACCES;
		if (!path[n])
			break;
	}
	errno = found;
	return NULL;
}
