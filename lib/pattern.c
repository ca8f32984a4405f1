/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include <stdbool.h>
#include <string.h>

struct class {
	const unsigned char *p;
	size_t len;
	bool not;
};

static bool
has(const struct class *c, unsigned char b)
{
	for (size_t i = 0; i < c->len; i++) {
		bool range = i + 2 < c->len && c->p[i + 1] == '-';

		if (b >= c->p[i] && b <= c->p[range ? i + 2 : i])
			return true;
		if (range)
			i += 2;
	}
	return false;
}

/* What stands behind the class: "+$", or "{N}$" (*n is N). */
static bool
tail(const char *p, size_t len, size_t *n)
{
	size_t i = 1;

	*n = 0;
	if (len == 2 && !memcmp(p, "+$", 2))
		return true;
	if (len < 4 || *p != '{')
		return false;
	for (; i < len && p[i] >= '0' && p[i] <= '9' && i < 6; i++)
		*n = *n * 10 + (size_t)(p[i] - '0');
	return i > 1 && *n && len - i == 2 && !memcmp(p + i, "}$", 2);
}

const char *
pattern_misfit(const char *pattern, size_t plen, const char *p, size_t len)
{
	const char *end = plen > 3 && !memcmp(pattern, "^[", 2) ?
		memchr(pattern + 3, ']', plen - 3) : NULL;
	struct class c;
	bool good = true;
	size_t n;

	if (!end || !tail(end + 1, plen - (size_t)(end + 1 - pattern), &n))
		return "has a pattern that cannot be checked";
	c.not = pattern[2] == '^';
	c.p = (const unsigned char *)pattern + 2 + c.not;
	c.len = (size_t)(end - pattern) - 2 - c.not;
	for (size_t i = 0; i < len && good; i++)
		good = has(&c, (unsigned char)p[i]) != c.not;
	if (n && (!good || len != n))
		return n == 64 ? "must be 64 characters of 0-9 and a-f" : "has the wrong length";
	if (good && len)
		return NULL;
	return c.not ? "must not contain control characters" :
		"has a character that is not permitted there";
}
