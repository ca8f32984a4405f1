/* SPDX-License-Identifier: MIT */
/* resulttext: a verdict as text for people at a terminal. */
#ifndef JOBDIR_RESULTTEXT_H
#define JOBDIR_RESULTTEXT_H

#include "verdict.h"

/* Append. 0 or -1+ENOMEM. */
int result_text(struct buf *out, const struct verdict *v, const struct job_status *st);

#endif
