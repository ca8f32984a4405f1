/* SPDX-License-Identifier: MIT */
/* gitbranch: plumbing that reads or writes one ref. */
#include "gitbranch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

#define SMALL ((size_t)1 << 16)
#define SETTLE_MS 200			/* git fills its lock in microseconds */

static char *
ref_of(const char *name)
{
	struct buf s = BUF_INIT;

	(void)buf_addf(&s, "refs/heads/%s", name);	/* sticky */
	return buf_steal(&s);
}

int
git_branch_ok(const char *name, struct buf *why)
{
	CLEANUP(free) char *ref = ref_of(name);
	const char *const args[] = { "check-ref-format", ref, NULL };
	struct git g = { .git_dir = "/" };
	int rc;

	if (!ref)
		return -1;
	if (name[0] == '-' || !strcmp(name, "HEAD"))
		return 0;
	rc = git_run(&g, args, NULL, 0, NULL, 0, why);
	return rc < 0 ? -1 : rc == 0;
}

int
git_branch_read(const struct git_repo *r, const char *name, char oid[GIT_OID_MAX + 1],
	struct buf *why)
{
	CLEANUP(free) char *ref = ref_of(name);
	const char *const args[] = { "rev-parse", "--verify", "-q", ref, NULL };
	struct git g = { .git_dir = r->common };
	CLEANUP(buf) struct buf out = BUF_INIT;
	CLEANUP(buf) struct buf words = BUF_INIT;
	int rc = ref ? git_run(&g, args, NULL, 0, &out, SMALL, &words) : -1;

	oid[0] = '\0';
	if (rc < 0) {
		(void)buf_add(why, words.p, words.len);
		return -1;
	}
	out.p[strcspn(out.p, "\n")] = '\0';
	if (rc == 0 && git_oid_valid(out.p))
		memcpy(oid, out.p, strlen(out.p) + 1);
	return 0;
}

int
git_branch_used(const struct git_repo *r, const char *name, struct buf *why)
{
	static const char *const args[] = { "worktree", "list", "--porcelain", NULL };
	CLEANUP(buf) struct buf line = BUF_INIT;
	CLEANUP(buf) struct buf out = BUF_INIT;
	struct git g = { .git_dir = r->common };
	int rc = git_run(&g, args, NULL, 0, &out, GIT_OUT_MAX, why);

	if (rc || buf_addf(&line, "\nbranch refs/heads/%s\n", name) < 0) {
		errno = rc < 0 ? errno : EBADMSG;
		return -1;
	}
	return strstr(out.p, line.p) != NULL;
}

/* The directories a loose ref is in: git syncs the file, and not them. */
static void
sync_dirs(const struct git_repo *r, const char *ref)
{
	CLEANUP(free) char *dir = strdup(ref);
	CLEANUP(fd) int common = open(r->common, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *slash;

	while (dir && (slash = strrchr(dir, '/'))) {
		*slash = '\0';
		CLEANUP(fd) int fd = openat(common, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			(void)store_sync(fd);	/* the branch is made: there is no way back */
	}
}

int
git_branch_set(const struct git_repo *r, const char *name, const char *old, const char *new,
	const char *message, struct buf *why)
{
	static const char *const config[] = { "core.fsync=all", NULL };
	CLEANUP(free) char *ref = ref_of(name);
	char none[GIT_OID_MAX + 1] = "", now[GIT_OID_MAX + 1];
	const char *const args[] = { "update-ref", "-m", message, "--no-deref", ref, new,
		*old ? old : none, NULL };
	struct git g = { .git_dir = r->common, .config = config, .finish = true };
	int rc;

	memset(none, '0', strlen(new));
	rc = ref ? git_run(&g, args, NULL, 0, NULL, 0, why) : -1;
	if (rc < 0)
		return -1;
	if (rc == 0) {
		sync_dirs(r, ref);
		return 0;
	}
	if (git_branch_read(r, name, now, why) < 0)
		return -1;
	errno = strcmp(now, old) ? EEXIST : EBUSY;
	return -1;
}

/* Is the file a beginning of "OID\n"? */
static bool
begins(int fd, const char *oid)
{
	CLEANUP(buf) struct buf want = BUF_INIT;
	char text[GIT_OID_MAX + 8];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	return n >= 0 && buf_addf(&want, "%s\n", oid) == 0 && (size_t)n <= want.len &&
		!memcmp(text, want.p, (size_t)n);
}

void
git_branch_unlock(const struct git_repo *r, const char *name, const char *new)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(fd) int common = open(r->common, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd) int fd = -1;
	struct stat was, now;

	if (common < 0 || buf_addf(&path, "refs/heads/%s.lock", name) < 0)
		return;
	fd = openat(common, path.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &was) < 0 || !S_ISREG(was.st_mode) || !begins(fd, new))
		return;
	(void)poll(NULL, 0, SETTLE_MS);
	/* Gone, or another's by now: then it was of somebody alive. */
	if (fstatat(common, path.p, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == was.st_ino &&
	    now.st_size == was.st_size && begins(fd, new))
		(void)unlinkat(common, path.p, 0);	/* then git says that it is there */
}

/* Without what would end a name or a line in a commit. */
static void
add_clean(struct buf *out, const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= ' ' && *s != '<' && *s != '>' && *s != 0x7f)
			(void)buf_addch(out, *s);	/* sticky */
}

int
git_identity(const struct git_repo *r, struct buf *out)
{
	static const char *const args[] = { "config", "-z", "--get-regexp", "^user\\.(name|email)$",
		NULL };
	struct git g = { .git_dir = r->git_dir, .user_config = true };
	CLEANUP(buf) struct buf all = BUF_INIT;
	CLEANUP(buf) struct buf name = BUF_INIT;
	CLEANUP(buf) struct buf mail = BUF_INIT;

	if (git_run(&g, args, NULL, 0, &all, SMALL, NULL) < 0)
		return -1;
	for (char *p = all.p, *end = p + all.len; p < end; p += strlen(p) + 1) {
		size_t n = strcspn(p, "\n");
		struct buf *to = !strncmp(p, "user.name\n", 10) ? &name : &mail;
		if (!p[n])
			continue;
		buf_reset(to);		/* the last one counts */
		add_clean(to, p + n + 1);
	}
	return buf_addf(out, "%s <%s>", name.len ? name.p : "jobdir",
		mail.len ? mail.p : "jobdir@localhost");
}
