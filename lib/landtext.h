/* SPDX-License-Identifier: MIT */
/* landtext: a plan, and what came of it, as lines for a person; and as an exit status. */
#ifndef JOBDIR_LANDTEXT_H
#define JOBDIR_LANDTEXT_H

#include "landanswer.h"

/*
 * One line per entry ("modify    src/a.c (merged)"), conflicts after them, a
 * sum at the end. Names that could confuse a terminal are quoted as C strings.
 */
void landtext_plan(struct buf *out, const struct land *l);
/* The entries that stop it, alone. */
void landtext_stops(struct buf *out, const struct plan *p);
/* What happened: after a landing or a preview. */
void landtext_end(struct buf *out, const struct land *l, const struct land_show *s);
/* Edits that were met, two versions each. */
void landtext_kept(struct buf *out, const struct journal_report *r);

#endif
