/* SPDX-License-Identifier: MIT */
#include "ownlogin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bind.h"
#include "buf.h"
#include "config.h"
#include "job.h"
#include "json.h"
#include "path.h"
#include "share.h"
#include "store.h"

#define FILE_MAX (64u << 10)
#define MARGIN_MS 60000
#define MEND "run 'claude' once, outside of a job"

bool
ownlogin_wanted(void)
{
	const char *how = config_text("JOBDIR_LOGIN", NULL);

	return how && strcmp(how, "key");
}

static char *
refuse(struct buf *why, const char *path, const char *what)
{
	(void)buf_addf(why, "JOBDIR_LOGIN: '%s' %s", path, what);
	return NULL;
}

/* ~ is the person's: this runs outside of every job. */
static int
name_of(struct buf *path, struct buf *why)
{
	const char *how = config_text("JOBDIR_LOGIN", NULL), *home = getenv("HOME");

	if (*how == '/')
		return buf_addstr(path, how);
	if (!strcmp(how, "mine") && home && *home == '/')
		return buf_addf(path, "%s/.claude/" OWNLOGIN_NAME, home);
	(void)buf_addf(why, "JOBDIR_LOGIN is key, mine or the absolute path of a login file, not '%s'",
		how);
	return -1;
}

/* Who asks for it wants it hidden; that is why nobody else may be able to read it. */
static bool
may_be_lent(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && !(st->st_mode & 077);
}

static void
add_secret(struct buf *out, const char *name, const char *value)
{
	if (!value || !out)
		return;
	(void)buf_addf(out, "%s=%s", name, value);	/* sticky */
	(void)buf_addch(out, '\0');
}

/* NULL: the login can be used. Else what is wrong. */
static const char *
judge(const struct json *d, int64_t now, struct buf *secrets)
{
	int login = json_get(d, 0, "claudeAiOauth");
	CLEANUP(free) char *token = json_get_cstr(d, login, "accessToken");
	CLEANUP(free) char *refresh = json_get_cstr(d, login, "refreshToken");
	int64_t until = json_get_int(d, login, "expiresAt", INT64_MAX);
	bool good = token && *token;

	add_secret(secrets, "CLAUDE_ACCESS_TOKEN", token);
	add_secret(secrets, "CLAUDE_REFRESH_TOKEN", refresh);
	if (token)
		explicit_bzero(token, strlen(token));
	if (refresh)
		explicit_bzero(refresh, strlen(refresh));
	if (!good)
		return "holds no login: " MEND ", and log in";
	return until < now + MARGIN_MS ? "holds a login that has expired: " MEND : NULL;
}

char *
ownlogin_find(int64_t now, struct buf *secrets, struct buf *why)
{
	CLEANUP(buf) struct buf path = BUF_INIT, text = BUF_INIT;
	CLEANUP(fd) int fd = -1;
	struct json d = { 0 };
	const char *wrong;
	struct stat st;

	if (name_of(&path, why) < 0)
		return NULL;
	/* A person may keep it behind a link; where it is in truth is what a job is lent. */
	fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(why, path.p, strerror(errno));
	if (!may_be_lent(&st))
		return refuse(why, path.p, "is no file of yours that nobody else can read (chmod 600)");
	if (buf_read(&text, fd, FILE_MAX) < 0)
		return refuse(why, path.p, strerror(errno));
	wrong = json_parse(&d, text.p, text.len, NULL) == JSON_OK ? judge(&d, now, secrets) :
		"is no JSON";
	json_release(&d);
	explicit_bzero(text.p, text.len);
	return wrong ? refuse(why, path.p, wrong) : path_of_fd(fd);
}

/* An empty file to mount on, whatever an earlier agent may have left there. */
static int
make_place(int jobfd)
{
	CLEANUP(fd) int home = store_mkdir(jobfd, JOB_HOME);
	CLEANUP(fd) int fd = -1;
	struct stat st;

	if (home < 0)
		return -1;
	if (!fstatat(home, OWNLOGIN_NAME, &st, AT_SYMLINK_NOFOLLOW)) {
		if (S_ISREG(st.st_mode) && !st.st_size && st.st_nlink == 1)
			return 0;
		if (unlinkat(home, OWNLOGIN_NAME, 0) < 0)
			return -1;
	}
	fd = openat(home, OWNLOGIN_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : 0;
}

int
ownlogin_lend(const struct job *j, const char *path, int userns, int mntns)
{
	CLEANUP(buf) struct buf place = BUF_INIT;
	struct tree_share one = { .source = (char *)(uintptr_t)path };

	if (buf_addf(&place, "%s/" JOB_HOME "/" OWNLOGIN_NAME, j->path) < 0 || make_place(j->fd) < 0)
		return -1;
	one.target = place.p;
	return bind_file(userns, mntns, &one);
}

void
ownlogin_back(int jobfd)
{
	CLEANUP(fd) int home = store_opendir(jobfd, JOB_HOME);
	struct stat st;

	/* Only what make_place() made: nothing was ever written to it. */
	if (home >= 0 && !fstatat(home, OWNLOGIN_NAME, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISREG(st.st_mode) && !st.st_size)
		(void)unlinkat(home, OWNLOGIN_NAME, 0);
}
