/* SPDX-License-Identifier: MIT */
/*
 * instruct: what the server tells a model about its tools.
 */
#ifndef JOBDIR_INSTRUCT_H
#define JOBDIR_INSTRUCT_H

/* For a toolset; NULL: all of them. */
const char *instruct_text(const char *toolset);

#endif
