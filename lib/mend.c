/* SPDX-License-Identifier: MIT */
#include "mend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "journal.h"
#include "repo.h"

void
mend_workspace(const char *root, struct buf *said)
{
	CLEANUP(fd) int ws = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct journal_report r;

	if (ws < 0)
		return;
	journal_report_init(&r);
	if (journal_recover(ws, &r) < 0 && errno != EBUSY)
		(void)buf_addf(said, "'%s': %s", root, r.why.len ? r.why.p : strerror(errno));
	else if (r.recovered)
		(void)buf_addf(said, "a landing that had been cut off in '%s' was undone", root);
	for (size_t i = 0; i < r.nkept; i++)
		(void)buf_addf(said, "%s '%s' as it was before is kept in '%s'", i ? "," : ";",
			r.kept[i].path, r.kept[i].old ? r.kept[i].old : "");
	journal_report_release(&r);
}

int
mend_repository(const char *dir, struct journal_report *r, struct buf *why)
{
	struct git_repo repo;
	int rc, e;

	if (git_discover(dir, &repo, why) < 0) {
		errno = EINVAL;
		return -1;
	}
	CLEANUP(fd) int ws = open(repo.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	rc = ws < 0 ? -1 : journal_recover(ws, r);
	e = errno;
	git_repo_release(&repo);
	if (rc < 0)
		buf_addstr(why, r->why.len ? r->why.p : strerror(e));
	errno = e;
	return rc < 0 ? -1 : rc > 0;
}
