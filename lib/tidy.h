/* SPDX-License-Identifier: MIT */
/*
 * tidy: cleaning that happens by itself. At most once a day, by the age of the
 * file `cleaned` in the state root, a detached `jobdir-clean --auto` is started;
 * otherwise it costs one stat.
 */
#ifndef JOBDIR_TIDY_H
#define JOBDIR_TIDY_H

struct root;

/* Whatever goes wrong here is no error of the caller's. */
void tidy(const struct root *r);

#endif
