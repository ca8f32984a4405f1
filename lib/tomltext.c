/* SPDX-License-Identifier: MIT */
#include "tomltext.h"

#include <errno.h>
#include <string.h>

#include "buf.h"

/* ---- characters ---- */

int
tomltext_peek(const struct tomltext *s)
{
	return s->at < s->len ? (unsigned char)s->p[s->at] : -1;
}

bool
tomltext_see(const struct tomltext *s, const char *what)
{
	size_t n = strlen(what);

	return s->len - s->at >= n && !memcmp(s->p + s->at, what, n);
}

int
tomltext_bad(struct tomltext *s, const char *why)
{
	if (!s->bad)
		s->bad = why;
	errno = EINVAL;
	return -1;
}

void
tomltext_blanks(struct tomltext *s)
{
	while (tomltext_peek(s) == ' ' || tomltext_peek(s) == '\t')
		s->at++;
}

static bool
newline(struct tomltext *s)
{
	if (tomltext_peek(s) == '\n')
		s->at++;
	else if (tomltext_see(s, "\r\n"))
		s->at += 2;
	else
		return false;
	return true;
}

static bool
is_control(int c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

static int
comment(struct tomltext *s)
{
	if (tomltext_peek(s) != '#')
		return 0;
	while (s->at < s->len && tomltext_peek(s) != '\n' && !tomltext_see(s, "\r\n")) {
		if (is_control(tomltext_peek(s)))
			return tomltext_bad(s, "a control character in a comment");
		s->at++;
	}
	return 0;
}

/* Blanks, a comment, the end of the line. */
int
tomltext_line_end(struct tomltext *s)
{
	tomltext_blanks(s);
	if (comment(s))
		return -1;
	if (s->at < s->len && !newline(s))
		return tomltext_bad(s, "more on the line than there may be");
	return 0;
}

/* Between the elements of an array. */
int
tomltext_space(struct tomltext *s)
{
	do {
		tomltext_blanks(s);
		if (comment(s))
			return -1;
	} while (newline(s));
	return 0;
}

/* ---- strings ---- */

static int
add_code(struct buf *out, unsigned long c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -1;
	if (!out)
		return 0;
	if (c < 0x80)
		return buf_addch(out, (char)c);
	if (c >= 0x10000) {
		(void)buf_addch(out, (char)(0xf0 | c >> 18));
		(void)buf_addch(out, (char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		(void)buf_addch(out, (char)(0xe0 | c >> 12));
	}
	(void)buf_addch(out, (char)(c < 0x800 ? 0xc0 | c >> 6 : 0x80 | (c >> 6 & 0x3f)));
	return buf_addch(out, (char)(0x80 | (c & 0x3f)));
}

/* After a backslash. A line that ends with one goes on at the next character. */
static int
escape(struct tomltext *s, struct buf *out, bool multi)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	int c = tomltext_peek(s);
	const char *found = c > 0 ? strchr(from, c) : NULL;
	size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
	unsigned long code = 0;

	if (found) {
		s->at++;
		return out ? buf_addch(out, to[found - from]) : 0;
	}
	if (multi && !digits) {
		size_t from_at = s->at;

		tomltext_blanks(s);
		if (!newline(s)) {
			s->at = from_at;
			return tomltext_bad(s, "an unknown escape in a string");
		}
		do
			tomltext_blanks(s);
		while (newline(s));
		return 0;
	}
	if (!digits || s->len - s->at <= digits)
		return tomltext_bad(s, "an unknown escape in a string");
	for (s->at++; digits; digits--, s->at++) {
		int h = tomltext_peek(s);
		int v = h >= '0' && h <= '9' ? h - '0' : h >= 'a' && h <= 'f' ? h - 'a' + 10 :
			h >= 'A' && h <= 'F' ? h - 'A' + 10 : -1;

		if (v < 0)
			return tomltext_bad(s, "an unknown escape in a string");
		code = code << 4 | (unsigned)v;
	}
	return add_code(out, code) ? tomltext_bad(s, "an escape in a string that is no character") : 0;
}

/* At a quote: the string, decoded into out (NULL: only passed over). */
int
tomltext_string(struct tomltext *s, struct buf *out, bool may_be_multi)
{
	char q = s->p[s->at];
	char three[4] = { q, q, q, '\0' };
	bool multi = tomltext_see(s, three);

	if (multi && !may_be_multi)
		return tomltext_bad(s, "a string over lines as a key");
	s->at += multi ? 3 : 1;
	if (multi)
		(void)newline(s);	/* the first one does not count */
	for (;;) {
		int c = tomltext_peek(s);

		if (c < 0)
			return tomltext_bad(s, "a string that does not end");
		if (!multi && c == q) {
			s->at++;
			return 0;
		}
		if (multi && tomltext_see(s, three)) {
			/* Up to two more quotes belong to it. */
			for (int i = 0; i < 2 && s->at + 3 < s->len && s->p[s->at + 3] == q; i++, s->at++)
				if (out && buf_addch(out, q))
					return -1;
			s->at += 3;
			return 0;
		}
		if (c == '\\' && q == '"') {
			s->at++;
			if (escape(s, out, multi))
				return -1;
			continue;
		}
		if (multi && newline(s)) {
			if (out && buf_addch(out, '\n'))
				return -1;
			continue;
		}
		if (is_control(c))
			return tomltext_bad(s, multi ? "a control character in a string" :
				"a string that does not end on its line");
		if (out && buf_addch(out, (char)c))
			return -1;
		s->at++;
	}
}
