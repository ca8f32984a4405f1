/* SPDX-License-Identifier: MIT */
/*
 * foldtab: what characters fold to (see fold.h). Both tables are in order.
 */
#ifndef JOBDIR_FOLDTAB_H
#define JOBDIR_FOLDTAB_H

#include <stdint.h>

struct fold_run {		/* first, first + step, … last fold to themselves + delta */
	uint32_t first, last;
	int32_t step, delta;
};
struct fold_many {		/* one character to two, three or four */
	uint16_t from, to[4];
};

extern const struct fold_run fold_runs[];
extern const unsigned fold_nruns;
extern const struct fold_many fold_many[];
extern const unsigned fold_nmany;

#endif
