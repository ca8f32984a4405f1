/* SPDX-License-Identifier: MIT */
/* chatargs: one JSON object out of what a provider sends as arguments. */
#include "chatargs.h"

#include <string.h>

/* Inside the object: the number of bytes up to its end. */
static size_t
inside(struct chatargs *a, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (a->quoted) {
			if (a->escaped)
				a->escaped = false;
			else if (c == '\\')
				a->escaped = true;
			else if (c == '"')
				a->quoted = false;
		} else if (c == '"') {
			a->quoted = true;
		} else if (c == '{' || c == '[') {
			a->depth++;
		} else if ((c == '}' || c == ']') && --a->depth == 0) {
			a->state = CHATARGS_DONE;
			return i + 1;
		}
	}
	return n;
}

size_t
chatargs_take(struct chatargs *a, const char *p, size_t n, size_t *from, bool *brace)
{
	size_t i = 0, start = 0;
	bool here = false;		/* the brace is in this piece, at start */

	*brace = false;
	*from = 0;
	while (i < n && a->state != CHATARGS_INSIDE && a->state != CHATARGS_DONE) {
		char c = p[i];

		if (a->state == CHATARGS_BEFORE) {
			if (c == '{') {
				a->state = CHATARGS_OPENED;
				start = i;
				here = true;
			}
			i++;
		} else if (memchr(" \t\r\n", c, 4)) {
			i++;
		} else if (c == '}') {
			a->empty = true;
			a->state = CHATARGS_BEFORE;
			here = false;
			i++;
		} else {
			a->state = CHATARGS_INSIDE;
			a->depth = 1;
			*brace = !here;
			if (!here)
				start = i;
		}
	}
	if (a->state != CHATARGS_INSIDE || (i == n && !here && !*brace))
		return 0;
	*from = here || *brace ? start : 0;
	return i - *from + inside(a, p + i, n - i);
}

bool
chatargs_complete(const struct chatargs *a)
{
	return a->state == CHATARGS_DONE || (a->empty && a->state == CHATARGS_BEFORE);
}
