/* SPDX-License-Identifier: MIT */
/*
 * collide: paths that some file system cannot tell apart (scan_collisions()).
 */
#ifndef JOBDIR_COLLIDE_H
#define JOBDIR_COLLIDE_H

#include "scandef.h"

/*
 * Refuse new items whose name some file system takes for the name of another
 * file or directory that will be there too.
 */
int scan_collisions(struct scan *s);

#endif
