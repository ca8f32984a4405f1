/* SPDX-License-Identifier: MIT */
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lfs.h"
#include "path.h"
#include "plan.h"
#include "store.h"
#include "walk.h"

#define WHOLE ((uint64_t)8 << 20)	/* up to this read at once, so that its length is true */

static int
add_link(struct git_build *b, int root, const char *path, struct content *c)
{
	CLEANUP(buf) struct buf target = BUF_INIT;

	if (walk_readlink(root, path, &target) < 0)
		return -1;
	c->mode = GIT_MODE_LINK;
	c->link_outside = !plan_link_safe(path, target.p, target.len);
	c->mark = git_build_blob(b, target.p, target.len);
	return c->mark < 0 ? -1 : 0;
}

static int
add_small(struct git_build *b, int fd, uint64_t size, struct content *c)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct lfs_pointer p;

	if (buf_grow(&text, (size_t)size) < 0 || buf_read(&text, fd, WHOLE * 4) < 0)
		return -1;
	c->lfs = lfs_parse(text.p, text.len, &p) == 0;
	c->mark = git_build_blob(b, text.p, text.len);
	return c->mark < 0 ? -1 : 0;
}

int
content_add(struct git_build *b, int root, const char *path, struct content *c)
{
	struct stat st;
	CLEANUP(fd) int fd = walk_open(root, path, &st);

	*c = (struct content){ 0 };
	if (fd < 0 && errno == ELOOP)
		return add_link(b, root, path, c);
	if (fd < 0) {
		/* ENXIO: a socket, or a FIFO or device that cannot be opened */
		if (errno == ENXIO || errno == ENODEV)
			errno = EINVAL;
		else if (errno == EINVAL) {
			CLEANUP(fd) int dir = path_open(root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
			errno = dir >= 0 ? EISDIR : EINVAL;
		}
		return -1;
	}
	if ((uint64_t)st.st_size > CONTENT_MAX) {
		errno = EFBIG;
		return -1;
	}
	c->mode = st.st_mode & S_IXUSR ? GIT_MODE_EXEC : GIT_MODE_FILE;
	c->extra = st.st_mode & (S_ISUID | S_ISGID | S_ISVTX);
	if ((uint64_t)st.st_size <= WHOLE)
		return add_small(b, fd, (uint64_t)st.st_size, c);
	c->mark = git_build_blob_fd(b, fd, (uint64_t)st.st_size);
	return c->mark < 0 ? -1 : 0;
}
