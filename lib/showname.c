/* SPDX-License-Identifier: MIT */
#include "showname.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "num.h"

/* What hides or reorders text, and what is not seen in a name. */
static bool
deceives(uint32_t c)
{
	return num_utf8_hides(c) || (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 ||
		(c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Length of the plain character at p, or 0: it must be escaped. */
static int
plain(const char *p)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
	int n = num_utf8(p, strnlen(p, 4));
	return n && !deceives(num_utf8_code(p, n)) ? n : 0;
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
