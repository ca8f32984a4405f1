/* SPDX-License-Identifier: MIT */
#include "agentgit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobname.h"
#include "store.h"

/* A copy, not a link: the agent can write what it owns. With its times, for the stat cache. */
static int
copy(int from, const char *name, int to)
{
	CLEANUP(fd) int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(fd) int out = -1;
	struct stat st;

	if (in < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(in, &st) < 0)
		return -1;
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -1;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		left -= n;
	}
	struct timespec t[2] = { st.st_atim, st.st_mtim };
	return futimens(out, t);
}

static int
copy_packs(int ctl, int agent)
{
	CLEANUP(fd) int from = openat(ctl, "objects/pack", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd) int to = openat(agent, "objects/pack", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(dir) DIR *dp = NULL;
	struct dirent *d;

	if (from < 0 || to < 0 || !(dp = fdopendir(from)))
		return -1;
	int dir = steal_fd(&from);	/* now dp's */
	while ((d = readdir(dp)))
		if (d->d_name[0] != '.' && copy(dir, d->d_name, to) < 0)
			return -1;
	return 0;
}

int
agent_git_make(int stage, const struct tree_info *i, const char *objects, const char *common)
{
	bool sha1 = !strcmp(i->format, "sha1");
	CLEANUP(buf) struct buf config = BUF_INIT;

	if (git_make(stage, JOB_AGENT_GIT, i->format, i->base_commit, objects) < 0)
		return -1;
	CLEANUP(fd) int agent = store_opendir(stage, JOB_AGENT_GIT);
	CLEANUP(fd) int ctl = store_opendir(stage, JOB_CTL_GIT);
	CLEANUP(fd) int person = open(common, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (agent < 0 || ctl < 0 || person < 0)
		return -1;
	/* a name to commit under: there is no person's configuration in a job */
	(void)buf_addf(&config, "[core]\n\trepositoryformatversion = %d\n\tfilemode = true\n"
		"\tbare = false\n%s[user]\n\tname = agent\n\temail = agent@localhost\n"
		"[gc]\n\tauto = 0\n", !sha1, sha1 ? "" : "[extensions]\n\tobjectFormat = sha256\n");
	if (!buf_ok(&config) ||
		store_replace(agent, "config", config.p, config.len, STORE_NOSYNC) < 0)
		return -1;
	if (i->snapshot && copy_packs(ctl, agent) < 0)
		return -1;
	return copy(ctl, "index", agent) < 0 ? -1 : copy(person, "packed-refs", agent);
}

int
agent_git_point(int tree, const char *agent_git)
{
	CLEANUP(buf) struct buf line = BUF_INIT;

	if (store_remove(tree, ".git") < 0 || buf_addf(&line, "gitdir: %s\n", agent_git) < 0)
		return -1;
	return store_replace(tree, ".git", line.p, line.len, STORE_NOSYNC);
}
