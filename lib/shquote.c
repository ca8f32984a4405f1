/* SPDX-License-Identifier: MIT */
#include "shquote.h"

#include <string.h>
#include "buf.h"

int
shquote(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789@%+=:,./_-";
	size_t n = strspn(word, plain);

	if (n && !word[n])
		return buf_add(out, word, n);
	(void)buf_addch(out, '\'');		/* sticky: the last one tells */
	for (; *word; word++)
		if (*word == '\'')
			(void)buf_addstr(out, "'\\''");
		else
			(void)buf_addch(out, *word);
	return buf_addch(out, '\'');
}

int
shquote_argv(struct buf *out, const char *const *argv)
{
	for (size_t i = 0; argv[i]; i++) {
		if (i)
			(void)buf_addch(out, ' ');	/* sticky */
		if (shquote(out, argv[i]) < 0)
			return -1;
	}
	return buf_ok(out) ? 0 : -1;
}
