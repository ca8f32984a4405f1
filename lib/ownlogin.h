/* SPDX-License-Identifier: MIT */
/*
 * ownlogin: the person's own login file of Claude Code, lent to a job read-only
 * (JOBDIR_LOGIN=mine). The agent can use what is in it through a door that
 * leads to its issuer alone, and nothing that it does changes the file.
 */
#ifndef JOBDIR_OWNLOGIN_H
#define JOBDIR_OWNLOGIN_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct job;

#define OWNLOGIN_NAME ".credentials.json"

/* Was it asked for? What JOBDIR_LOGIN says otherwise is for ownlogin_find() to refuse. */
bool ownlogin_wanted(void);

/*
 * Where it really is (absolute, no link), malloc'd: a file of ours that nobody else may read,
 * whose login is good for another minute after now (ms). Its tokens are appended to secrets as
 * NAME=VALUE strings, each ended by NUL; NULL: no. NULL with a sentence in why.
 */
char *ownlogin_find(int64_t now, struct buf *secrets, struct buf *why);

/*
 * Mount it in the namespaces of a job (userns -1: none), read-only, as JOB/home/.credentials.json;
 * once is enough. The process has left its own namespaces after this: for a child that ends
 * then. 0 or -1+errno.
 */
int ownlogin_lend(const struct job *j, const char *path, int userns, int mntns);
/* The job is over: what it was mounted on goes. */
void ownlogin_back(int jobfd);

#endif
