/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "t.h"

static int dir;

static int
exists(const char *name)
{
	struct stat st;

	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
}

static const char *
text(const char *name)
{
	static struct buf b = BUF_INIT;

	buf_reset(&b);
	return store_read(dir, name, &b, 1000) < 0 ? NULL : b.p;
}

static int
debris(void)
{
	return system("test -z \"$(find . -name '.tmp-*')\"");
}

static void
replacing(void)
{
	struct stat st;

	EQ(store_replace(dir, "a", "one", 3, 0), 0, "a new file");
	EQ(store_replace(dir, "a", "second", 6, STORE_NOSYNC), 0, "replaced");
	IS(text("a"), "second", "the second text");
	OK(!fstatat(dir, "a", &st, 0) && (st.st_mode & 07777) == 0600, "mode 0600");
	OK(store_replace(dir, "x/y", "", 0, 0) < 0 && errno == EINVAL, "a slash is refused");
	OK(store_replace(dir, "..", "", 0, 0) < 0 && errno == EINVAL, ".. is refused");
	OK(!mkdirat(dir, "isdir", 0700), "setup");
	OK(store_replace(dir, "isdir", "x", 1, 0) < 0, "a directory is not replaced");
	OK(!debris(), "no temporary file is left");
}

static void
once(void)
{
	int made = 0;

	EQ(store_once(dir, "end", "first", 5, NULL, 0), 0, "the first wins");
	EQ(store_once(dir, "end", "other", 5, NULL, 0), 1, "the second is told");
	IS(text("end"), "first", "and changed nothing");
	OK(!symlinkat("nowhere", dir, "link"), "setup");
	EQ(store_once(dir, "link", "x", 1, NULL, 0), 1, "a dangling link is a name that is taken");
	for (int i = 0; i < 8; i++)
		if (!fork())
			_exit(store_once(dir, "race", i % 2 ? "odd" : "even", 3 + !(i % 2), NULL, 0));
	for (int i = 0; i < 8; i++) {
		int status;

		OK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) < 2, "a racer ended");
		made += !WEXITSTATUS(status);
	}
	EQ(made, 1, "of eight at once one wins");
	OK(text("race") && (!strcmp(text("race"), "odd") || !strcmp(text("race"), "even")), "whole");
	OK(!debris(), "no temporary file is left");
}

static void
appending(void)
{
	struct buf b = BUF_INIT;

	EQ(store_append(dir, "log", "a\n", 2), 0, "append makes the file");
	EQ(store_append(dir, "log", "b\n", 2), 0, "append appends");
	IS(text("log"), "a\nb\n", "both lines");
	OK(store_append(dir, "link", "x", 1) < 0 && errno == ELOOP, "a link is refused");
	EQ(store_reserve(dir, "reserve", 65536), 0, "a reserve");
	OK(store_reserve(dir, "reserve", 65536) < 0 && errno == EEXIST, "only once");
	OK(store_read(dir, "reserve", &b, 65535) < 0 && errno == EFBIG, "too big to read");
	EQ(store_read(dir, "reserve", &b, 65536), 0, "exactly the limit");
	EQ(b.len, 65536, "its length");
	OK(store_read(dir, "absent", &b, 10) < 0 && errno == ENOENT, "absent");
	OK(store_read(dir, "link", &b, 10) < 0 && errno == ELOOP, "a link is not read");
	OK(store_read(dir, "isdir", &b, 10) < 0, "a directory is not read");
	OK(!mkfifoat(dir, "fifo", 0600), "setup");
	OK(store_read(dir, "fifo", &b, 10) < 0 && errno == EINVAL, "a FIFO does not hang the reader");
	buf_release(&b);
}

/* A full disk, where a mount of our own is possible. */
static void
full_disk(void)
{
	char fill[4096];
	int keep = dir, fd;

	if (system("mkdir -p small && mount -t tmpfs -o size=96k none small 2>/dev/null")) {
		printf("# no mount permitted: the full disk is not tried\n");
		return;
	}
	dir = store_opendir(keep, "small");
	EQ(store_reserve(dir, ".end", 65536), 0, "a reserve while there is room");
	fd = openat(dir, "hog", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	memset(fill, 'x', sizeof fill);
	while (write(fd, fill, sizeof fill) > 0)
		;
	close(fd);
	OK(store_replace(dir, "state", fill, 100, 0) < 0 && errno == ENOSPC, "the disk is full");
	OK(store_once(dir, "no", "x", 1, NULL, 0) < 0 && errno == ENOSPC, "without a reserve: full");
	EQ(store_once(dir, "end", "the end", 7, ".end", 0), 0, "the reserve carries the record");
	IS(text("end"), "the end", "whole");
	OK(!exists(".end"), "the reserve is used up");
	EQ(store_once(dir, "end", "another", 7, ".end", 0), 1, "and still it is written once");
	IS(text("end"), "the end", "unchanged");
	close(dir);
	dir = keep;
	EQ(system("umount -l small"), 0, "cleaned up");
}

static void
removing(void)
{
	int fd;

	OK(!system("mkdir -p t/a/b t/ro t/none keep && touch t/a/b/f t/ro/f t/none/f keep/me && "
		"ln -s ../keep t/link && ln -s /etc t/abs && mkfifo t/fifo && "
		"chmod 555 t/ro && chmod 0 t/none"), "a tree that hinders");
	EQ(store_remove(dir, "t"), 0, "is removed");
	OK(!exists("t"), "gone");
	OK(exists("keep") && !system("test -e keep/me"), "where the link pointed nothing is missing");
	EQ(store_remove(dir, "absent"), 0, "absent is success");
	OK(store_remove(dir, "..") < 0 && errno == EINVAL, ".. is refused");
	OK(store_remove(dir, "a/b") < 0 && errno == EINVAL, "a path is refused");
	EQ(store_remove(dir, "link"), 0, "a link itself");
	EQ(store_remove(dir, "a"), 0, "a file");

	/* Deeper than descriptors and PATH_MAX go. */
	fd = store_mkdir(dir, "deep");
	for (int i = 0; i < 3000 && fd >= 0; i++) {
		int next = store_mkdir(fd, "dddd");

		close(fd);
		fd = next;
	}
	OK(fd >= 0, "3,000 levels");
	close(fd);
	EQ(store_remove(dir, "deep"), 0, "are removed");
	OK(!exists("deep"), "gone as well");

	/* Where the deep ones were once moved to there is something that is not empty. */
	OK(!system("mkdir taken && cd taken && d=$(printf 'd/%.0s' $(seq 100)) && for i in 0 1 2; do "
		"mkdir -p .tmp-deep-$i/$d && touch .tmp-deep-$i/f; done"), "a deep one whose refuge is taken");
	EQ(store_remove(dir, "taken"), 0, "is removed");
	OK(!exists("taken"), "too");
}

int
main(void)
{
	char top[] = "/tmp/jobdir-store-XXXXXX", path[200];
	int fd;

	if (!mkdtemp(top) || chdir(top) < 0)
		return 99;
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	replacing();
	once();
	appending();
	full_disk();
	removing();
	snprintf(path, sizeof path, "%s/new/../new/er//est", top);
	fd = store_mkpath(path);
	OK(fd >= 0 && !system("test -d new/er/est"), "mkpath makes every level");
	close(fd);
	OK(store_mkpath("relative") < 0 && errno == EINVAL, "mkpath wants an absolute path");
	OK(!system("touch file"), "setup");
	snprintf(path, sizeof path, "%s/file/x", top);
	OK(store_mkpath(path) < 0 && errno == ENOTDIR, "a file in the way");
	if (chdir("/") < 0 || store_remove(AT_FDCWD, "nothing-here") < 0)
		return 99;
	fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EQ(store_remove(fd, top + 5), 0, "all of it removed");
	return t_done();
}
