/* SPDX-License-Identifier: MIT */
/* landing: reports, and where git keeps what is ours. */
#include "landing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "store.h"

void
journal_report_init(struct journal_report *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->why);
}

void
journal_report_release(struct journal_report *r)
{
	for (size_t i = 0; i < r->nkept; i++) {
		free(r->kept[i].path);
		free(r->kept[i].old);
	}
	free(r->kept);
	buf_release(&r->why);
	journal_report_init(r);
}

/* .git is a file: "gitdir: PATH", absolute or relative to the workspace. */
static int
git_dir_of_file(int ws)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	if (store_read(ws, ".git", &text, PATH_MAX + 16) < 0)
		return -1;
	while (text.len && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == '\r'))
		buf_setlen(&text, text.len - 1);
	if (text.len < 9 || strncmp(text.p, "gitdir: ", 8)) {
		errno = ENOENT;
		return -1;
	}
	return openat(ws, text.p + 8, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
journal_git(int ws)
{
	int git = openat(ws, ".git", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return git < 0 && errno == ENOTDIR ? git_dir_of_file(ws) : git;
}

int
journal_dir(int ws, bool make)
{
	CLEANUP(fd) int git = journal_git(ws);

	if (git < 0)
		return -1;
	return make ? store_mkdir(git, "jobdir") : store_opendir(git, "jobdir");
}
