/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content.h"
#include "dirt.h"
#include "plan.h"

static int
note(struct tree_info *i, const char *path, const char *what)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	return buf_addf(&text, "'%s' is not in the snapshot: %s", path, what) < 0 ? -1
		: tree_info_add(&i->notes, &i->nnotes, text.p);
}

/* Where core.fileMode=false the bits on the disk say nothing: git's own are kept. */
static unsigned
mode_of(const struct tree_dirt *d, unsigned found)
{
	return found == GIT_MODE_LINK ? found : d->mode == GIT_MODE_EXEC ? GIT_MODE_EXEC : GIT_MODE_FILE;
}

/* What is at path now, into the build. */
static int
take(struct git_build *b, int root, const struct tree_dirt *d, bool modes, struct tree_info *i)
{
	struct content c;

	if (!plan_path_ok(d->path, strlen(d->path)))
		return note(i, d->path, "its name stands for .git on some file systems");
	if (content_add(b, root, d->path, &c) == 0)
		return git_build_set(b, d->path, modes ? c.mode : mode_of(d, c.mode), c.mark);
	if (errno == EFBIG)
		return note(i, d->path, "larger than 1 GiB");
	if (errno == EISDIR || errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return d->status == '?' ? 0 : git_build_delete(b, d->path);
	return errno == EINVAL ? note(i, d->path, "it is not a regular file") : -1;
}

int
snapshot_make(const struct git *g, const struct git_repo *r, struct tree_info *i, struct buf *why)
{
	CLEANUP(fd) int root = open(r->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tree_dirty d;
	struct git_build b;

	if (root < 0 || dirt_list(r, i->commit, &d, why) < 0)
		return -1;
	i->snapshot = false;
	int rc = d.total ? git_build_open(&b, g, i->commit) : 0;
	if (rc == 0 && d.total) {
		bool modes = git_says(r->git_dir, "core.fileMode", true);

		for (size_t k = 0; k < d.nfiles && rc == 0; k++)
			rc = take(&b, root, &d.files[k], modes, i);
		if (rc == 0) {
			i->snapshot = true;
			rc = git_build_finish(&b, "workspace as it was", i->base_commit, i->base, why);
		} else {
			git_build_abort(&b);
		}
	}
	int e = errno;
	if (rc < 0 && why && !why->len)
		(void)buf_addf(why, "cannot take the snapshot: %s",
			e == EAGAIN ? "files keep changing while they are read" : strerror(e));
	tree_dirty_release(&d);
	errno = e;
	return rc;
}
