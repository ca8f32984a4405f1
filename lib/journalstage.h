/* SPDX-License-Identifier: MIT */
/* journalstage: from a plan to a staged, published journal. Internal to the journal modules. */
#ifndef JOBDIR_JOURNALSTAGE_H
#define JOBDIR_JOURNALSTAGE_H

#include "landing.h"

/* Names in git's directory for us. */
#define JOURNAL_LOCK "lock"
#define JOURNAL_NEW "new"
#define JOURNAL_LIVE "journal"
#define JOURNAL_DONE "done"
/* … and in each of the three. */
#define JOURNAL_PLAN "plan"
#define JOURNAL_PLACES "places"		/* NUL-separated; written before a place is made */

/* More writes than this are synced with one syncfs() instead of one by one. */
#define JOURNAL_MANY 64

/*
 * Fill l->j from the plan and stage every file in new/ (or its place), synced.
 * Nothing in the workspace changes, but for .jobdir-landing on other mounts.
 */
int journal_stage(struct landing *l, const struct plan *p,
	int (*source)(const struct plan_entry *e, struct buf *out, void *arg), void *arg,
	struct buf *why);

/* Open the staging places of l->j again (recovery); one that is gone is -1. */
int journal_open_places(struct landing *l);
/* Remove the staging places named in a directory's `places` file. */
int journal_drop_places(int ws, int dir);

#endif
