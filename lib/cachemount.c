/* SPDX-License-Identifier: MIT */
#include "cachemount.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "buf.h"
#include "path.h"
#include "storerm.h"

/* Characters that mean something else in the options of overlayfs. */
static const char special[] = ":,\\";

static int
make(const char *path, mode_t mode)
{
	return mkdir(path, mode) < 0 && errno != EEXIST ? -1 : 0;
}

static int
overlay(const char *path, const char *upper, const char *work)
{
	CLEANUP(fd) int fs = fsopen("overlay", FSOPEN_CLOEXEC);

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", path, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "upperdir", upper, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "workdir", work, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0 ||
	    /* Else its end waits until all of the file system below is on the disk. */
	    fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static int
overlay_in(const char *path, const char *own)
{
	CLEANUP(buf) struct buf upper = BUF_INIT, work = BUF_INIT;
	CLEANUP(fd) int dir = open(own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	/* A mark of the last one is in there: no mount that was not synced is taken up again. */
	if (dir < 0 || (store_remove(dir, "work") < 0 && errno != ENOENT))
		return -1;
	/* The top of the view has the mode of the upper one. */
	if (stat(path, &st) < 0 || buf_addf(&upper, "%s/upper", own) < 0 ||
	    buf_addf(&work, "%s/work", own) < 0 || make(upper.p, st.st_mode & 0777) < 0 ||
	    make(work.p, 0700) < 0)
		return -1;
	return overlay(path, upper.p, work.p);
}

int
cachemount_open(const char *path, const char *own)
{
	int fd;

	if (strpbrk(path, special) || strpbrk(own, special)) {
		errno = EINVAL;
		return -1;
	}
	if (make(own, 0700) < 0)
		return -1;
	fd = overlay_in(path, own);
	if (fd >= 0 || mount("cache", own, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=25%") < 0)
		return fd;
	return overlay_in(path, own);
}
