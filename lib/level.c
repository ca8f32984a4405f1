/* SPDX-License-Identifier: MIT */
#include "level.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "buf.h"
#include "jsonw.h"
#include "landlock.h"
#include "walls.h"

void
level_set(struct level *l, int abi, unsigned has, bool mounts, bool seccomp)
{
	*l = (struct level){
		.landlock_abi = abi,
		.fs = has & LANDLOCK_FS,
		.truncate = (has & LANDLOCK_TRUNCATE) || mounts,
		.tcp = has & LANDLOCK_CONNECT,
		.scope = has & LANDLOCK_SCOPE,
		.seccomp = seccomp,
		.mounts = mounts,
	};
}

void
level_probe(struct level *l)
{
	int abi = landlock_abi();

	level_set(l, abi, landlock_has(abi, ~0u), walls_available(), level_seccomp());
}

bool
level_seccomp(void)
{
	return prctl(PR_GET_SECCOMP) >= 0;
}

static const struct {
	const char *name;
	size_t at;
} members[] = {
	{ "fs", offsetof(struct level, fs) },
	{ "truncate", offsetof(struct level, truncate) },
	{ "tcp", offsetof(struct level, tcp) },
	{ "scope", offsetof(struct level, scope) },
	{ "seccomp", offsetof(struct level, seccomp) },
	{ "mounts", offsetof(struct level, mounts) },
};

static bool
member(const struct level *l, size_t i)
{
	return *(const bool *)((const char *)l + members[i].at);
}

void
level_members(const struct level *l, struct jsonw *w)
{
	jsonw_mint(w, "landlock_abi", l->landlock_abi);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		jsonw_mbool(w, members[i].name, member(l, i));
}

void
level_missing(const struct level *l, struct jsonw *w)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (!member(l, i))
			jsonw_cstr(w, members[i].name);
}

const char *
level_lacks(const struct level *l, const char *words, size_t *len, bool *known)
{
	for (; *words; words += *len + (words[*len] == ',')) {
		bool has = false;

		*known = false;
		*len = strcspn(words, ",");
		for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
			if (strlen(members[i].name) != *len || memcmp(members[i].name, words, *len))
				continue;
			*known = true;
			has = member(l, i);
		}
		if (!has)
			return words;
	}
	return NULL;
}

bool
level_full(const struct level *l, bool pidns)
{
	return l->fs && l->truncate && l->seccomp && (pidns || l->scope) && (l->mounts || l->tcp);
}

/* The first byte of a file of the kernel's settings, or 0. */
static char
setting(const char *path)
{
	CLEANUP(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	return fd >= 0 && read(fd, &c, 1) == 1 ? c : 0;
}

const char *
level_raise(const struct level *l, bool pidns)
{
	if (!l->fs)
		return "boot a kernel with Landlock: add landlock to the lsm= parameter";
	if (!l->seccomp)
		return "boot a kernel with seccomp filters";
	if (l->mounts && pidns)
		return NULL;
	/* A filter or no-new-privs from outside: another sandbox says what we may. */
	if (prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "permit user namespaces to the container or sandbox around us "
			"(docker run --security-opt seccomp=unconfined)";
	if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == '1')
		return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
	return "sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000";
}
