/* SPDX-License-Identifier: MIT */
/*
 * path: opening what lies beneath a directory, and nothing else.
 *
 * Every name that came from outside (an agent, a request, a repository) is
 * opened through here: openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
 * RESOLVE_NO_MAGICLINKS); where the kernel has no openat2 (ENOSYS, EPERM) a
 * walk component by component with O_NOFOLLOW. Never realpath()+prefix.
 */
#ifndef JOBDIR_PATH_H
#define JOBDIR_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;

/* Relative, not empty, no empty, "." or ".." component, no NUL, no leading or trailing '/'. */
bool path_is_clean(const char *p, size_t len);

/*
 * openat() beneath dirfd without following any symlink. O_CLOEXEC is added. fd,
 * or -1: ELOOP a link, EXDEV not path_is_clean(), ENOENT …
 */
int path_open(int dirfd, const char *rel, int flags, mode_t mode);

/*
 * Open the parent directory of REL beneath dirfd; *base points into REL at
 * the last component. With make, missing parents are created (mode 0777 &
 * ~umask). fd or -1. For REL without '/', a duplicate of dirfd.
 */
int path_open_parent(int dirfd, const char *rel, bool make, const char **base);

/*
 * Give ourselves permissions (mode bits) on something of our own beneath dirfd; through a
 * descriptor, so never through a link (ELOOP). 0 or -1.
 */
int path_permit(int dirfd, const char *rel, mode_t add);

/*
 * The absolute, symlink-free path of what an open descriptor refers to
 * (readlink of /proc/self/fd/N), malloc'd, or NULL+errno (ENOENT: deleted).
 * Use: open the directory a person named, then ask where it really is.
 */
char *path_of_fd(int fd);

/* dir equals or lies below root (both absolute, as path_of_fd gives them). */
bool path_below(const char *path, const char *root);

/* Test switch: force the component walk. */
extern bool path_no_openat2;

#endif
