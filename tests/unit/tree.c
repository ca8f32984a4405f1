/* SPDX-License-Identifier: MIT */
#include "takeover.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "change.h"
#include "job.h"
#include "lock.h"
#include "store.h"
#include "t.h"

static char top[] = "/tmp/jobdir-unit-XXXXXX";

static void
put(const char *rel, const char *text)
{
	struct buf path = BUF_INIT;

	(void)buf_addf(&path, "%s/%s", top, rel);
	int fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	OK(fd >= 0 && store_write_all(fd, text, strlen(text)) == 0, rel);
	(void)close(fd);
	buf_release(&path);
}

/* git with the person's hand. */
static void
git(const char *const *args)
{
	struct buf dir = BUF_INIT;

	(void)buf_addf(&dir, "%s/r", top);
	int fd = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	static const char *const config[] = { "user.name=T", "user.email=t@e", NULL };
	struct git g = { .cwd = true, .cwd_fd = fd, .config = config };
	EQ(git_run(&g, args, NULL, 0, NULL, 0, NULL), 0, args[0]);
	(void)close(fd);
	buf_release(&dir);
}

static int
job(struct job *j, const char *name)
{
	struct buf path = BUF_INIT, text = BUF_INIT;

	(void)buf_addf(&path, "%s/job-20261121-110000-%s", top, name);
	int dir = store_mkpath(path.p);
	(void)buf_addf(&text, "{\"format\":1,\"id\":\"job-20261121-110000-%s\",\"recipe\":\"write\","
		"\"cwd\":\"%s/r\",\"workspace\":{\"root\":\"%s/r\",\"prefix\":\"\",\"common\":\"%s/r/.git\","
		"\"slug\":\"r-0\"},\"params\":{}}", name, top, top, top);
	(void)store_replace(dir, "job.json", text.p, text.len, STORE_NOSYNC);
	int rc = job_open_fd(j, dir, path.p);
	buf_release(&text);
	buf_release(&path);
	return rc;
}

static bool
there(const struct job *j, const char *name)
{
	struct stat st;

	return fstatat(j->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
make(struct job *a)
{
	struct buf why = BUF_INIT, text = BUF_INIT;
	struct tree_dirty dirty;
	struct tree_share *share;
	size_t n;

	EQ(tree_hold(a), -1, "no tree to hold");
	EQ(errno, ENOENT, "says so");
	put("r/new", "n\n");
	EQ(tree_make(a, TREE_ASK, NULL, &dirty, &why), -1, "dirty");
	EQ(errno, EUCLEAN, "is said");
	EQ(dirty.total, 1, "one file");
	IS(dirty.files[0].path, "new", "its name");
	tree_dirty_release(&dirty);
	buf_reset(&why);
	EQ(tree_make(a, TREE_SNAPSHOT, NULL, NULL, &why), 0, why.p);
	EQ(tree_share_list(a, &share, &n, &why), 0, "shares");
	EQ(n, 1, "one");
	OK(strstr(share[0].source, "/r/target") && strstr(share[0].target, "/tree/target"), "from, to");
	tree_share_free(share, n);
	int lock = lock_open(a->fd, JOB_TREE_LOCK);
	EQ(lock_try(lock, true), 0, "somebody removes the tree");
	EQ(tree_hold(a), -1, "then it cannot be held");
	EQ(errno, EBUSY, "says so");
	(void)close(lock);
	buf_release(&text);
	buf_release(&why);
}

static void
take_over(struct job *a, struct job *b)
{
	struct buf why = BUF_INIT, text = BUF_INIT;
	struct change c;

	EQ(mkdirat(a->fd, "home", 0700), 0, "a home");
	EQ(takeover_move(a, b, true, false, &why), -1, "not sealed: not given away");
	EQ(errno, ENOENT, "says so");
	put("job-20261121-110000-aaaaaaaa/tree/a", "one\n");
	EQ(change_of(a, true, -1, &c, &why), 0, "sealed");
	EQ(c.nfiles, 1, "one file");
	EQ(tree_object(a, c.files[0].new, &text, 100, &why), 0, "its content");
	IS(text.p, "one\n", "is what was written");
	OK(tree_object(a, c.files[0].new, &text, 2, &why) < 0 && errno == EFBIG, "too large");
	change_release(&c);
	EQ(takeover_move(a, b, true, false, &why), 0, why.p);
	OK(!there(a, "tree") && there(a, "ctl.git") && there(a, "changes.json"), "the change stays");
	OK(there(b, "tree") && there(b, "ctl.git") && there(b, "tree.json"), "the tree moved");
	EQ(change_of(a, false, -1, &c, &why), 0, "the old change is still shown");
	EQ(c.nfiles, 1, "as it was");
	change_release(&c);
	put("job-20261121-110000-bbbbbbbb/tree/b", "two\n");
	EQ(change_of(b, true, -1, &c, &why), 0, "and the new one");
	EQ(c.nfiles, 2, "has both");
	change_release(&c);
	buf_reset(&text);
	int tree = store_opendir(b->fd, "tree");
	EQ(store_read(tree, ".git", &text, 4096), 0, "tree/.git");
	OK(strstr(text.p, "bbbbbbbb/agent.git"), "points to its own repository");
	(void)close(tree);
	buf_release(&text);
	buf_release(&why);
}

int
main(void)
{
	static const char *const init[] = { "init", "-q", ".", NULL };
	static const char *const add[] = { "add", "a", ".gitignore", NULL };
	static const char *const commit[] = { "commit", "-qm", "x", NULL };
	int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct job a, b;

	int dir = mkdtemp(top) ? open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	OK(mkdirat(dir, "r", 0755) == 0 && mkdirat(dir, "r/target", 0755) == 0, "a directory");
	put("r/a", "a\n");
	put("r/.gitignore", "target/\n");
	git(init);
	git(add);
	git(commit);
	EQ(job(&a, "aaaaaaaa"), 0, "a job");
	EQ(job(&b, "bbbbbbbb"), 0, "and another");
	make(&a);
	take_over(&a, &b);
	job_close(&a);
	job_close(&b);
	(void)close(dir);
	(void)store_remove(tmp, strrchr(top, '/') + 1);
	return t_done();
}
