/* SPDX-License-Identifier: MIT */
/*
 * journal: landing a plan in a workspace, all or nothing.
 *
 * Everything lives in the directory `git rev-parse --git-path jobdir` names:
 *
 *	lock		one landing (or recovery) at a time
 *	new/		being staged: dropped by whoever finds it
 *	journal/	published: undone by whoever finds it
 *	done/		committed: cleaned by whoever finds it
 *	kept-N/		old versions that an undo could not put back, because
 *			somebody had changed the file meanwhile; never removed by us
 *
 * Files are staged and synced in new/ (slots 0, 1, …) beside `plan`
 * (journalfile.h); rename to journal/ is the point from which a crash is
 * undone, rename to done/ the one from which it is finished. In between each
 * file is exchanged with its slot in one rename, and what came out is compared
 * with what the plan saw; any difference undoes everything. All undoing is by
 * inode number, so it can be killed and repeated at any instruction. Where a
 * target is on another mount its slot is in a directory .jobdir-landing at the
 * top of that mount instead. On a file system that cannot exchange, the old
 * file is moved out and the new one moved in without replacing.
 *
 *	struct landing l;
 *	journal_open(&l, ws, &report);		lock, recovery
 *	… make the plan …
 *	journal_land(&l, &plan, source, arg, &report);
 *	journal_close(&l);
 *
 * The user's index, HEAD and stash are never touched.
 */
#ifndef JOBDIR_JOURNAL_H
#define JOBDIR_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "landing.h"

/*
 * Take the lock (waiting up to ten seconds: EBUSY) and recover. 0; 1 if an
 * edit was met while undoing an old landing (r->kept): nothing else was done,
 * call again; -1+errno with r->why. l is closed unless 0 is returned.
 */
int journal_open(struct landing *l, int ws, struct journal_report *r);
void journal_close(struct landing *l);

/*
 * Land the entries of p that write. source appends the bytes an entry is to
 * have (a link's target); they must hash to entry->then. 0: landed, durable.
 * -1+errno with r->why: nothing of it is left (r->undone tells whether it had
 * begun; r->kept whether an edit met on the way back left two versions) unless
 * errno is EUCLEAN: the undo failed too, and recovery must finish it.
 */
int journal_land(struct landing *l, const struct plan *p,
	int (*source)(const struct plan_entry *e, struct buf *out, void *arg), void *arg,
	struct journal_report *r);

/*
 * For any command in a workspace: finish or undo what a killed landing left.
 * Costs one open when there is nothing. 0 nothing to do; 1 recovered (r->kept
 * names what met an edit); -1+errno (EBUSY: a landing is at work right now).
 */
int journal_recover(int ws, struct journal_report *r);

#endif
