/* SPDX-License-Identifier: MIT */
/*
 * changeread: the other half of changes.json: change_read() of change.h. Every
 * member is checked: what apply works on has the shape it relies on.
 */
#ifndef JOBDIR_CHANGEREAD_H
#define JOBDIR_CHANGEREAD_H

#include "change.h"

#endif
