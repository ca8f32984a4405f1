/* SPDX-License-Identifier: MIT */
#include "showname.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "num.h"

/* U+200B..200F, 2028..202E, 2060..206F, FEFF and C1 controls. */
static bool
deceives(const unsigned char *p, int n)
{
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n != 3)
		return false;
	if (p[0] == 0xef)
		return p[1] == 0xbb && p[2] == 0xbf;
	if (p[0] != 0xe2)
		return false;
	return (p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
		(p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf);
}

/* Length of the plain character at p, or 0: it must be escaped. */
static int
plain(const char *p)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
	int n = num_utf8(p, strnlen(p, 4));
	return n && !deceives((const unsigned char *)p, n) ? n : 0;
}

int
show_name(struct buf *out, const char *name)
{
	bool quote = false;
	int n;

	for (const char *p = name; *p && !quote; p += n)
		quote = (n = plain(p)) == 0;
	if (!quote)
		return buf_addstr(out, name);
	(void)buf_addch(out, '"');
	for (const char *p = name; *p; p += n) {
		if ((n = plain(p)))
			(void)buf_add(out, p, (size_t)n);
		else if (*p == '"' || *p == '\\')
			(void)buf_addf(out, "\\%c", *p);
		else
			(void)buf_addf(out, "\\%03o", (unsigned char)*p);
		n = n ? n : 1;
	}
	return buf_addch(out, '"');
}
