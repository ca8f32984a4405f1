/* SPDX-License-Identifier: MIT */
/*
 * showname: a file name for a person's eyes. Pure.
 */
#ifndef JOBDIR_SHOWNAME_H
#define JOBDIR_SHOWNAME_H

struct buf;

/*
 * Append the name; where it has bytes that could deceive (control, quote,
 * backslash, invalid UTF-8, characters that turn the direction of text or
 * cannot be seen) in double quotes with octal escapes, as git does. 0 or -1+ENOMEM.
 */
int show_name(struct buf *out, const char *name);

#endif
