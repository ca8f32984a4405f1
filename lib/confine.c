/* SPDX-License-Identifier: MIT */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "buf.h"
#include "callfilter.h"
#include "jsonw.h"
#include "walls.h"

static unsigned
wanted(const struct policy *p, bool mounts)
{
	bool any = p->any_port || (mounts && p->own_net);

	return LANDLOCK_FS | LANDLOCK_TRUNCATE | LANDLOCK_SCOPE | (any ? 0 : LANDLOCK_CONNECT);
}

static int
fail(struct buf *why, const char *what, const char *subject)
{
	int e = errno;

	(void)buf_addf(why, "%s '%s': %s", what, subject, strerror(e));
	errno = e;
	return -1;
}

static int
allow_path(struct landlock *l, const char *path, unsigned rights, struct buf *why)
{
	CLEANUP(fd) int fd = open(path, O_PATH | O_CLOEXEC);

	/* Not there, or closed to us; too little of anything else is no reason to go on. */
	if (fd < 0 && (rights & POLICY_MAYBE) &&
	    (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0;
	if (fd < 0)
		return fail(why, "cannot allow", path);
	return landlock_allow(l, fd, rights & ~(unsigned)POLICY_MAYBE) < 0 ?
		fail(why, "cannot allow", path) : 0;
}

static int
fill_rules(struct landlock *l, const struct policy *p, bool mounts, struct buf *why)
{
	/* Only where they are the program's own. */
	static const char *const own[] = { "/dev/pts", "/dev/shm", "/tmp" };
	const unsigned all = POLICY_READ | POLICY_WRITE | POLICY_EXEC | POLICY_DEVICE |
		POLICY_MAYBE;

	for (size_t i = 0; i < p->npaths; i++) {
		unsigned rights = p->paths[i].rights;

		/* Its mount says whether it is written to: there must be one. */
		if (rights & POLICY_CACHE)
			rights = (rights & ~(unsigned)POLICY_CACHE) | (mounts ? POLICY_WRITE : 0);
		if (allow_path(l, p->paths[i].path, rights, why) < 0)
			return -1;
	}
	for (size_t i = 0; mounts && i < (p->tmp ? 3 : 2); i++)
		if (allow_path(l, own[i], all, why) < 0)
			return -1;
	for (size_t i = 0; i < p->nports && !p->any_port; i++)
		if (landlock_allow_port(l, p->ports[i], LANDLOCK_CONNECT) < 0)
			return fail(why, "cannot allow", "a port");
	return 0;
}

static int
enter_landlock(const struct policy *p, bool mounts, struct landlock *l, struct buf *why)
{
	if (landlock_open(l, wanted(p, mounts)) < 0)
		return fail(why, "cannot make", "a Landlock ruleset");
	if (l->fd >= 0 && fill_rules(l, p, mounts, why) < 0) {
		landlock_close(l);
		return -1;
	}
	return landlock_enforce(l) < 0 ? fail(why, "cannot enforce", "Landlock") : 0;
}

int
confine_enter(const struct policy *p, struct level *level, struct buf *why)
{
	struct callfilter filter = { .unix_sockets = p->unix_sockets, .udp = p->udp };
	bool seccomp = level_seccomp(), mounts;
	const char *stage = "";
	struct landlock l;
	int got = p->no_mounts ? 1 : walls_enter(p, &stage);

	if (got < 0)
		return fail(why, "cannot make a mount namespace", stage);
	mounts = !got;
	if (walls_drop_capabilities() < 0)
		return fail(why, "cannot drop", "capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(why, "cannot set", "no-new-privs");
	if (enter_landlock(p, mounts, &l, why) < 0)
		return -1;
	if (seccomp && callfilter_enforce(&filter) < 0)
		return fail(why, "cannot load", "the call filter");
	level_set(level, l.abi, l.want, mounts, seccomp);
	return 0;
}

bool
confine_cache_is_private(const struct level *level, const char *path)
{
	struct statvfs v;

	return level->mounts && statvfs(path, &v) == 0 && !(v.f_flag & ST_RDONLY);
}
