/* SPDX-License-Identifier: MIT */
/*
 * shquote: words as a POSIX shell would have to be given them. Pure.
 */
#ifndef JOBDIR_SHQUOTE_H
#define JOBDIR_SHQUOTE_H

struct buf;

/* One word; quoted only if it must be. 0 or -1+ENOMEM. */
int shquote(struct buf *out, const char *word);
/* A whole argument vector, with spaces between. */
int shquote_argv(struct buf *out, const char *const *argv);

#endif
