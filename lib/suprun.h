/* SPDX-License-Identifier: MIT */
/*
 * suprun: the start of the payload (super_start(), declared in super.h).
 */
#ifndef JOBDIR_SUPRUN_H
#define JOBDIR_SUPRUN_H

#include "super.h"

#endif
