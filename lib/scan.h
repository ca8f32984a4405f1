/* SPDX-License-Identifier: MIT */
/*
 * scan: comparing the tree, as our own walk finds it, with the base's index:
 * what may have changed, what is gone, and what can never be part of a change.
 */
#ifndef JOBDIR_SCAN_H
#define JOBDIR_SCAN_H

#include "scandef.h"

int scan_tree(struct scan *s);
void scan_release(struct scan *s);

#endif
