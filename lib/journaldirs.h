/* SPDX-License-Identifier: MIT */
/*
 * journaldirs: the directories that a landing makes and removes. Internal to
 * the journal modules.
 */
#ifndef JOBDIR_JOURNALDIRS_H
#define JOBDIR_JOURNALDIRS_H

#include <stdbool.h>
#include "landing.h"

/* Remove what may have become empty (make false), make what is needed; and back. */
int journal_do_dirs(struct landing *l, bool make);
int journal_undo_dirs(struct landing *l, bool made);

#endif
