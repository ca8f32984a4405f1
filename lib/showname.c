/* SPDX-License-Identifier: MIT */
#include "showname.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "num.h"

/* The joiners, too, are not seen in a name. */
static bool
deceives(uint32_t c)
{
	return num_utf8_hides(c) || c == 0x200c || c == 0x200d;
}

bool
show_name_deceives(const char *name)
{
	for (int n; *name; name += n) {
		n = num_utf8(name, strnlen(name, 4));
		if (!n || deceives(num_utf8_code(name, n)))
			return true;
	}
	return false;
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

/* A byte of the quoted form at *p, which is moved past it; -1: there is none. */
static int
one_byte(const char **p)
{
	static const char letters[] = "abtnvfr", bytes[] = "\a\b\t\n\v\f\r";
	const char *s = *p, *at;
	int c = 0;

	if (*s != '\\') {
		*p = s + 1;
		return (unsigned char)*s;
	}
	s++;
	if (*s == '"' || *s == '\\') {
		*p = s + 1;
		return *s;
	}
	if (*s && (at = strchr(letters, *s))) {	/* git writes these */
		*p = s + 1;
		return bytes[at - letters];
	}
	for (int i = 0; i < 3; i++, s++) {
		if (*s < '0' || *s > '7')
			return -1;
		c = c * 8 + (*s - '0');
	}
	*p = s;
	return c > 0 && c < 256 ? c : -1;
}

bool
show_name_unquote(struct buf *out, const char *quoted)
{
	size_t n = strlen(quoted);
	const char *p = quoted + 1, *end = quoted + n - 1;
	int c;

	if (n < 2 || *quoted != '"' || *end != '"')
		return false;
	while (p < end)
		if ((c = one_byte(&p)) < 0 || buf_addch(out, (char)c) < 0)
			return false;
	return p == end;
}

bool
show_name_read(struct buf *out, const char *shown)
{
	CLEANUP(buf) struct buf again = BUF_INIT;

	/* Only what we write ourselves: else it is a name with a quote in it. */
	return show_name_unquote(out, shown) && out->len && show_name(&again, out->p) == 0 &&
		!strcmp(again.p, shown);
}
