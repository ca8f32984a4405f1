/* SPDX-License-Identifier: MIT */
/*
 * foldtab: what characters fold to, and how marks order (see fold.h). All tables are in order.
 */
#ifndef JOBDIR_FOLDTAB_H
#define JOBDIR_FOLDTAB_H

#include <stdint.h>

struct fold_run {		/* first, first + step, … last fold to themselves + delta */
	uint32_t first, last;
	int32_t step, delta;
};
struct fold_many {		/* one character to two, three or four */
	uint32_t from, to[4];
};

struct fold_class {		/* first to last have this canonical combining class */
	uint32_t first, last;
	uint32_t class;
};

extern const struct fold_run fold_runs[];
extern const unsigned fold_nruns;
extern const struct fold_many fold_many[];
extern const unsigned fold_nmany;
extern const struct fold_class fold_classes[];
extern const unsigned fold_nclasses;

#endif
