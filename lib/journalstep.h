/* SPDX-License-Identifier: MIT */
/*
 * journalstep: one step of a landing and its undoing (journal.h). Internal to
 * the journal modules.
 */
#ifndef JOBDIR_JOURNALSTEP_H
#define JOBDIR_JOURNALSTEP_H

#include "landing.h"

/* The name of a slot, of the old file beside it ('o'), … */
#define JOURNAL_SLOT 24
void journal_slot(char out[JOURNAL_SLOT], size_t i, bool old);
/* The directory entry i is staged in; -1: its place is gone. */
int journal_slot_dir(const struct landing *l, size_t i);

/* Do entry i. -1+errno; journal_step_why() words it. */
int journal_do(struct landing *l, size_t i);
const char *journal_step_why(int err);
/*
 * For an errno of opening a parent: it is gone, or another thing now. Else it
 * could not be opened, and nothing may be concluded.
 */
bool journal_replaced(int err);
/* Undo entry i, done or not. 0, or -1+errno. Edits met are added to r->kept. */
int journal_undo(struct landing *l, size_t i, struct journal_report *r);

#endif
