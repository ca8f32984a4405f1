/* SPDX-License-Identifier: MIT */
/*
 * git: everything we do with git. Running it (gitrun.h), reading objects
 * (gitcat.h), finding and making repositories (repo.h).
 */
#ifndef JOBDIR_GIT_H
#define JOBDIR_GIT_H

#include "gitcat.h"
#include "gitrun.h"
#include "repo.h"

#endif
