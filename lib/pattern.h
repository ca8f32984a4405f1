/* SPDX-License-Identifier: MIT */
/*
 * pattern: the regular expressions that our manifests use, and no others:
 *
 *	^[CLASS]+$	^[CLASS]{N}$
 *
 * CLASS: ASCII characters and ranges a-z; '^' in front: all others, bytes from
 * 0x80 included; '-' itself comes last. Pure.
 */
#ifndef JOBDIR_PATTERN_H
#define JOBDIR_PATTERN_H

#include <stddef.h>

/* NULL: the text fits; else why not. A pattern that is none of ours is fit by nothing. */
const char *pattern_misfit(const char *pattern, size_t plen, const char *p, size_t len);

#endif
