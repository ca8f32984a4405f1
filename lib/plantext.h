/* SPDX-License-Identifier: MIT */
/* plantext: words and bytes of a plan; declared in plan.h. */
#ifndef JOBDIR_PLANTEXT_H
#define JOBDIR_PLANTEXT_H

#include "plan.h"

#endif
