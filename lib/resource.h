/* SPDX-License-Identifier: MIT */
/*
 * resource: the files of jobs as MCP resources, job://ID/FILE?offset=N.
 *
 * Read-only, redacted, text only, a page at a time, and only of jobs whose
 * working directory the guard of the tools allows (guard.h). What belongs to the agent
 * (tree, its repositories, home, tmp) is not there: the change is in changes.patch.
 * Results are JSON text for the member "result".
 */
#ifndef JOBDIR_RESOURCE_H
#define JOBDIR_RESOURCE_H

struct buf;
struct root;

#define RESOURCE_PAGE 8000	/* bytes of a file in one answer */
#define RESOURCE_JOBS 10	/* jobs in one page of the list */
#define RESOURCE_LOOKS 500	/* … and most jobs looked at for it */

/* cursor: NULL or the nextCursor of the page before. 0, or -1+errno (EINVAL: no such cursor). */
int resource_list(const struct root *r, const char *cursor, struct buf *out);
void resource_templates(struct buf *out);

/*
 * 0, or -1 with errno: ENOENT no such job or file (also what may not be
 * read), EINVAL not a URI of ours or an offset behind the end, EILSEQ not
 * text, others of the system.
 */
int resource_read(const struct root *r, const char *uri, struct buf *out);

#endif
