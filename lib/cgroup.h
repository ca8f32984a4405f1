/* SPDX-License-Identifier: MIT */
/*
 * cgroup: a cgroup v2 of a job's own below the one we are in, where that is
 * permitted (delegation, or root) and the kernel has cgroup.kill (5.14). The
 * hierarchy is found in /proc/self/cgroup and mountinfo, so that a v2 tree
 * beside v1 controllers serves as well.
 */
#ifndef JOBDIR_CGROUP_H
#define JOBDIR_CGROUP_H

#include "buf.h"

#define CGROUP_NAME 96

struct cgroup {
	int parent, dir;		/* -1: none */
	int procs;			/* cgroup.procs, for writing */
	char name[CGROUP_NAME];
	struct buf path;		/* of dir, absolute */
};

/*
 * The name of a job's cgroup: also of its directory's inode, for a copy of a job is
 * another one, and must not end the processes of the first.
 */
int cgroup_name(char name[CGROUP_NAME], const char *id, int jobfd);	/* 0 or -1+errno */

/* What it is to be called, and who notes its path down before there is anything to clear away. */
struct cgroup_plan {
	const char *name;
	void (*note)(void *arg, const char *path);	/* NULL: nobody */
	void *arg;
};

void cgroup_init(struct cgroup *g);
int cgroup_make(struct cgroup *g, const struct cgroup_plan *plan, struct buf *why); /* 0 or -1+errno */
int cgroup_enter(const struct cgroup *g);	/* the calling process; async-signal-safe */
/* Kill all that are in it; how many were listed, or -1+errno. */
int cgroup_kill(const struct cgroup *g);
/* Remove the (empty) cgroup and close. */
void cgroup_release(struct cgroup *g);

/*
 * End and remove a cgroup that its maker left, by the path that he noted down: it
 * counts only if it is one, and has that name. How many were listed, or -1+errno.
 */
int cgroup_end_left(const char *path, const char *name);

/*
 * Pure: where is the cgroup we are in? cgroups is the text of /proc/self/cgroup,
 * mounts that of mountinfo; the path is appended to out. -1: not on v2, or not visible.
 */
int cgroup_locate(const char *cgroups, const char *mounts, struct buf *out);

#endif
