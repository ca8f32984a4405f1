/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "store.h"
#include "t.h"

static atomic_int items, dirs, bads, outside, stop_at;
static int vanish = -1;			/* a directory that goes when something in it is met */

static int
on_dir(void *arg, const struct walk_item *it)
{
	(void)arg;
	dirs++;
	return strcmp(it->name, "skip") != 0;
}

static int
on_item(void *arg, const struct walk_item *it)
{
	(void)arg;
	items++;
	if (!strcmp(it->name, "secret"))
		outside++;
	if (vanish >= 0)
		(void)store_remove(vanish, "gone");
	if (stop_at && items >= stop_at) {
		errno = ECANCELED;
		return -1;
	}
	return 0;
}

static int
on_bad(void *arg, const struct walk_item *it, enum walk_bad why)
{
	(void)arg;
	(void)it;
	(void)why;
	bads++;
	return 0;
}

static int
walk(int root)
{
	struct walk_ops ops = { .dir = on_dir, .item = on_item, .bad = on_bad };

	items = dirs = bads = 0;
	return walk_tree(root, &ops);
}

static void
touch(int dir, const char *name)
{
	(void)store_replace(dir, name, "x", 1, STORE_NOSYNC);
}

static void
many(int top)
{
	int root = store_mkdir(top, "many"), inner;
	char name[16];

	for (int i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "d%d", i);
		inner = store_mkdir(root, name);
		touch(inner, "a");
		touch(inner, "b");
		(void)close(inner);
	}
	inner = store_mkdir(root, "skip");
	touch(inner, "c");
	(void)close(inner);
	EQ(walk(root), 0, "two hundred directories");
	EQ(items, 400, "every item once, whoever visited it");
	EQ(dirs, 201, "every directory once");
	stop_at = 10;
	OK(walk(root) < 0 && errno == ECANCELED, "a callback stops everybody");
	stop_at = 0;
	EQ(fchmodat(root, "d7", 0, 0), 0, "a dark directory");
	EQ(walk(root), 0, "is walked");
	EQ(items, 400, "all the same");
	(void)close(root);
}

static void
removed_while_read(int top)
{
	int root = store_mkdir(top, "vanishing"), inner = store_mkdir(root, "gone");

	touch(inner, "a");
	(void)close(inner);
	vanish = root;
	EQ(walk(root), 0, "a directory that is removed while it is read is no error");
	EQ(items, 1, "what was met of it was met");
	vanish = -1;
	(void)close(root);
}

/* Deeper than there may be descriptors, and than a path may be long. */
static void
deep(int top)
{
	int fd = store_mkdir(top, "deep"), next, root = dup(fd);

	for (int i = 0; i < 3000; i++) {
		next = store_mkdir(fd, "d");
		(void)close(fd);
		fd = next;
	}
	touch(fd, "bottom");
	(void)close(fd);
	EQ(walk(root), 0, "three thousand levels");
	EQ(bads, 1, "cut where the path gets too long");
	EQ(items, 0, "and not entered");
	(void)close(root);
}

/* Somebody swaps a directory and a symlink to the outside, as fast as he can. */
static void
race(int top)
{
	int root = store_mkdir(top, "race"), in = store_mkdir(root, "in"), out = store_mkdir(top, "out");
	struct stat st;
	int escapes = 0;

	touch(in, "plain");
	touch(out, "secret");
	touch(out, "plain");
	EQ(symlinkat("../out", root, "link"), 0, "a link to the outside");
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			(void)renameat2(root, "in", root, "link", RENAME_EXCHANGE);
	for (int i = 0; i < 3000; i++) {
		(void)walk(root);
		int fd = walk_open(root, "in/secret", &st);
		escapes += fd >= 0;
		if (fd >= 0)
			(void)close(fd);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	EQ(outside, 0, "the walk never sees the outside");
	EQ(escapes, 0, "nor is anything there opened");
	(void)close(root);
	(void)close(in);
	(void)close(out);
}

int
main(void)
{
	char name[] = "/tmp/jobdir-unit-XXXXXX";
	int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int top = mkdtemp(name) ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	many(top);
	removed_while_read(top);
	deep(top);
	race(top);
	(void)store_remove(tmp, strrchr(name, '/') + 1);
	return t_done();
}
