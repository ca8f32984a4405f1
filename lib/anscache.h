/* SPDX-License-Identifier: MIT */
/*
 * anscache: answers of analyze, kept by a hash of all that was asked, in analyze/ of the
 * state root. Every entry is redacted text; old ones are removed as new ones come.
 */
#ifndef JOBDIR_ANSCACHE_H
#define JOBDIR_ANSCACHE_H

#include <stdint.h>

struct buf;

/* The entry of this key if it is not older than that. 0, or -1: there is none. */
int anscache_get(const char *key, int64_t max_age_ms, struct buf *out);
/* Keep; what is older than a week goes. Failure is no loss: no return value. */
void anscache_put(const char *key, const char *text, unsigned long len);

#endif
