/* SPDX-License-Identifier: MIT */
/*
 * jobopen: one job directory and its job.json.
 */
#ifndef JOBDIR_JOBOPEN_H
#define JOBDIR_JOBOPEN_H

#include <stdbool.h>
#include "jobname.h"
#include "json.h"

struct buf;
struct root;

struct job {
	int fd;				/* the job directory */
	char id[JOB_ID_LEN + 1];
	char *path;			/* absolute path, for children and messages */
	struct buf *text;		/* text of job.json */
	struct json doc;		/* parsed job.json; root node is 0 */
};

/*
 * Open a job named by a person or a request: an id, an unambiguous part of
 * one, a job directory, or (when it contains '/') a path to a job's tree.
 * Reads and checks job.json. Returns 0, or -1 with errno:
 *	ENOENT no such job		EINVAL not an id (bad characters, "../x")
 *	EMLINK the part is ambiguous	EPROTO unknown format
 *	EBADMSG job.json is damaged	EPERM owned by somebody else
 * job_open_why() words it: "no job 'x'".
 */
int job_open(struct job *j, const struct root *r, const char *name);
int job_open_id(struct job *j, const struct root *r, const char *id);	/* exact id, no search */
/* From an open directory (a recipe's own job). Takes the fd. path may be NULL. */
int job_open_fd(struct job *j, int fd, const char *path);
void job_close(struct job *j);
/*
 * Is it where it was opened? 0, or -1 (ENOENT: it was removed meanwhile). Who has
 * read several files of a job asks this last: then what was read was whole.
 */
int job_in_place(const struct job *j);
/* Is there something of this name in it? */
bool job_has(const struct job *j, const char *name);
const char *job_open_why(int err);	/* "no such job", "ambiguous job id", … */

/* Shorthands into job.json; NULL/dflt when absent. Strings malloc'd. */
char *job_recipe(const struct job *j);
char *job_cwd(const struct job *j);
char *job_workspace_root(const struct job *j);	/* NULL: no repository */
char *job_workspace_prefix(const struct job *j);
int job_param(const struct job *j, const char *name);	/* node in j->doc or JSON_ABSENT */

#endif
