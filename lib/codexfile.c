/* SPDX-License-Identifier: MIT */
#include "codexfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "home.h"
#include "lock.h"
#include "path.h"
#include "store.h"

char *
codexfile_global(void)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	const char *codex = getenv("CODEX_HOME"), *home = getenv("HOME");

	if (codex && *codex == '/') {
		(void)buf_addf(&b, "%s/config.toml", codex);
	} else if (home && *home == '/') {
		(void)buf_addf(&b, "%s/.codex/config.toml", home);
	} else {
		errno = ENOENT;
		return NULL;
	}
	return buf_steal(&b);
}

static int
say(struct buf *why, const char *path, const char *words)
{
	int err = errno;

	(void)buf_addf(why, "'%s': %s", path, words);
	errno = err;
	return -1;
}

/* Where it really is, if it is; else as it was named. */
static char *
really(const char *path, struct buf *why)
{
	CLEANUP(fd) int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd >= 0)
		return path_of_fd(fd);
	if (errno != ENOENT) {
		(void)say(why, path, strerror(errno));
		return NULL;
	}
	if (!lstat(path, &st)) {
		(void)say(why, path, "is a link to nothing; remove it or make what it names");
		return NULL;
	}
	return strdup(path);
}

static int
take_lock(struct codexfile *f, struct buf *why)
{
	CLEANUP(free) char *state = home_state();
	CLEANUP(fd) int dir = state ? store_mkpath(state) : -1;

	f->lock = dir < 0 ? -1 : lock_open(dir, "setup.lock");
	if (f->lock >= 0 && !lock_wait(f->lock, true))
		return 0;
	return say(why, state ? state : "the state root", strerror(errno));
}

static int
read_it(struct codexfile *f, struct buf *why)
{
	if (fstatat(f->dirfd, f->name, &f->st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : say(why, f->path, strerror(errno));
	f->exists = true;
	if (!store_read(f->dirfd, f->name, &f->text, CODEXFILE_MAX))
		return 0;
	return say(why, f->path, errno == EINVAL ? "is no file" : errno == EFBIG ?
		"is larger than 4 MiB" : strerror(errno));
}

int
codexfile_open(struct codexfile *f, const char *path, bool write, struct buf *why)
{
	CLEANUP(free) char *dir = NULL;
	char *slash;

	*f = (struct codexfile){ .dirfd = -1, .lock = -1, .text = BUF_INIT };
	if (write && take_lock(f, why))
		return -1;
	f->path = really(path, why);
	slash = f->path ? strrchr(f->path, '/') : NULL;
	if (!slash)
		return -1;
	f->name = strdup(slash + 1);
	dir = strndup(f->path, (size_t)(slash - f->path));
	if (!f->name || !dir)
		return -1;
	/* Its directory may be a link too, which is the user's choice. */
	f->dirfd = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dirfd < 0 && errno == ENOENT)
		f->dirfd = write ? store_mkpath(dir) : -1;
	if (f->dirfd < 0)
		return !write && errno == ENOENT ? 0 : say(why, dir, strerror(errno));
	if (read_it(f, why))
		return -1;
	if (write && f->exists && f->st.st_uid != geteuid()) {
		errno = EPERM;
		return say(why, f->path, "belongs to another user");
	}
	return 0;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_dev == b->st_dev &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Codex writes the file too, without a lock of ours. */
static bool
has_changed(const struct codexfile *f)
{
	struct stat now;

	if (fstatat(f->dirfd, f->name, &now, AT_SYMLINK_NOFOLLOW))
		return errno != ENOENT || f->exists;
	return !f->exists || !is_same(&now, &f->st);
}

/* config.toml.bak-20261121-143000, and -2 and so on when that is taken. */
static int
keep(struct codexfile *f)
{
	char stamp[16];

	clock_compact(stamp, clock_wall_ms());
	for (int i = 1; i < 100; i++) {
		CLEANUP(buf) struct buf name = BUF_INIT;
		CLEANUP(buf) struct buf path = BUF_INIT;
		int got;

		(void)buf_addf(&name, "%s.bak-%s", f->name, stamp);
		if (i > 1)
			(void)buf_addf(&name, "-%d", i);
		(void)buf_addf(&path, "%.*s%s", (int)(strlen(f->path) - strlen(f->name)), f->path, name.p);
		if (!buf_ok(&name) || !buf_ok(&path))
			return -1;
		got = store_once(f->dirfd, name.p, f->text.p, f->text.len, NULL, 0);
		if (got < 0)
			return -1;
		if (!got) {
			f->backup = buf_steal(&path);
			return f->backup ? 0 : -1;
		}
	}
	errno = EEXIST;
	return -1;
}

int
codexfile_write(struct codexfile *f, const char *text, size_t len, struct buf *why)
{
	if (f->exists && len == f->text.len && !memcmp(text, f->text.p, len))
		return 0;
	if (f->exists && keep(f))
		return say(why, f->path, strerror(errno));
	if (has_changed(f)) {
		errno = EAGAIN;
		return say(why, f->path, "was changed by another program meanwhile");
	}
	if (store_replace(f->dirfd, f->name, text, len, 0))
		return say(why, f->path, strerror(errno));
	/* The mode that the user gave it; until here it is 0600. */
	if (f->exists && (f->st.st_mode & 07777) != 0600 &&
	    fchmodat(f->dirfd, f->name, f->st.st_mode & 07777, 0))
		return say(why, f->path, strerror(errno));
	return 0;
}

void
codexfile_close(struct codexfile *f)
{
	cleanup_fd(&f->dirfd);
	cleanup_fd(&f->lock);	/* which lets the next one in */
	buf_release(&f->text);
	free(f->path);
	free(f->name);
	free(f->backup);
	*f = (struct codexfile){ .dirfd = -1, .lock = -1, .text = BUF_INIT };
}
