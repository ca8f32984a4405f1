/* SPDX-License-Identifier: MIT */
/*
 * proc: starting, watching and ending processes.
 *
 * argv vectors always; never a shell. Everything between fork and exec is
 * async-signal-safe; a failure there comes back to the parent as errno and a
 * stage.
 *
 *	procstart	starting one process; descriptors, signals, reaping
 *	procrun		running one to its end, collecting what it says
 *	proctree	a lock one can poll for; ending every descendant
 */
#ifndef JOBDIR_PROC_H
#define JOBDIR_PROC_H

#include "procrun.h"
#include "procstart.h"
#include "proctree.h"

#endif
