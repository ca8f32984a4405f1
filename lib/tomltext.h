/* SPDX-License-Identifier: MIT */
/*
 * tomltext: blanks, comments and strings of TOML, read at a position that moves
 * on. What fails says why in `bad`, once, with errno EINVAL; or is out of memory.
 */
#ifndef JOBDIR_TOMLTEXT_H
#define JOBDIR_TOMLTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct tomltext {
	const char *p;
	size_t at, len;
	const char *bad;		/* why not, at `at` */
};

int tomltext_peek(const struct tomltext *s);		/* the byte, or -1: the end */
bool tomltext_see(const struct tomltext *s, const char *what);
int tomltext_bad(struct tomltext *s, const char *why);	/* -1 */
void tomltext_blanks(struct tomltext *s);
/* Blanks, a comment, the end of the line; -1: there is more on it. */
int tomltext_line_end(struct tomltext *s);
/* Between the elements of an array: over lines and comments. */
int tomltext_space(struct tomltext *s);
/* At a quote: the string, decoded into out (NULL: only passed over). */
int tomltext_string(struct tomltext *s, struct buf *out, bool may_be_multi);

#endif
