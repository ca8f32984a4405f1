/* SPDX-License-Identifier: MIT */
/*
 * seal: finding out what a job changed, and making it last: change_of() of
 * change.h.
 *
 * All work is done in a scratch repository, JOB/.diff, which borrows ctl.git's
 * objects: what a killed attempt leaves is one directory that the next
 * removes. ctl.git gets one pack, at the end. Attempts of one job exclude each
 * other by a lock in ctl.git, taken after tree.lock.
 */
#ifndef JOBDIR_SEAL_H
#define JOBDIR_SEAL_H

#include "change.h"

#endif
