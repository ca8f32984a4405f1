/* SPDX-License-Identifier: MIT */
/*
 * showname: a file name for a person's eyes. Pure.
 */
#ifndef JOBDIR_SHOWNAME_H
#define JOBDIR_SHOWNAME_H

#include <stdbool.h>

struct buf;

/*
 * Append the name; where it has bytes that could deceive (control, quote,
 * backslash, invalid UTF-8, characters that turn the direction of text or
 * cannot be seen) in double quotes with octal escapes, as git does. 0 or -1+ENOMEM.
 */
int show_name(struct buf *out, const char *name);

/* The bytes of a name in quotes, as git writes them (all of its escapes); false: it is none. */
bool show_name_unquote(struct buf *out, const char *quoted);

/* The name that show_name() wrote so, with its quotes; false: nothing that it writes. */
bool show_name_read(struct buf *out, const char *shown);

/* Is there anything in it that cannot be seen, or is no text at all? */
bool show_name_deceives(const char *name);

#endif
