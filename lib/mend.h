/* SPDX-License-Identifier: MIT */
/*
 * mend: a landing that was cut off in a workspace is finished or undone by
 * whatever command comes there next.
 */
#ifndef JOBDIR_MEND_H
#define JOBDIR_MEND_H

struct buf;
struct journal_report;

/*
 * Look for one in the working tree with this top level (NULL: nothing to do) and
 * recover. Costs one open when there is none. said gets one sentence, without a
 * newline, when there was one, or why it could not be mended; a landing at work
 * right now is left alone. Never fails the caller: apply refuses what is not mended.
 */
void mend_workspace(const char *root, struct buf *said);

/*
 * Only undo what a killed landing left in the repository that dir lies in. 1 undone, 0 there
 * was nothing, -1 with why (EINVAL: no repository).
 */
int mend_repository(const char *dir, struct journal_report *r, struct buf *why);

#endif
