/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include <string.h>
#include "t.h"

static const struct {
	const char *pattern, *text;
	int fits;
} cases[] = {
	{ "^[a-z]+$", "abc", 1 },
	{ "^[a-z]+$", "", 0 },
	{ "^[a-z]+$", "aBc", 0 },
	{ "^[A-Za-z0-9._:/-]+$", "item/1:a-b_c.D", 1 },
	{ "^[A-Za-z0-9._:/-]+$", "item 1", 0 },
	{ "^[A-Za-z0-9_-]+$", "../x", 0 },
	{ "^[A-Za-z0-9_-]+$", "a\xc3\xa9", 0 },
	{ "^[^\x01-\x1f\x7f]+$", "make check \xc3\xa9", 1 },
	{ "^[^\x01-\x1f\x7f]+$", "make\ncheck", 0 },
	{ "^[^\x01-\x1f\x7f]+$", "make\x7f", 0 },
	{ "^[0-9a-f]{4}$", "00ff", 1 },
	{ "^[0-9a-f]{4}$", "00f", 0 },
	{ "^[0-9a-f]{4}$", "00fff", 0 },
	{ "^[0-9a-f]{4}$", "00fg", 0 },
	{ "x", "x", 0 },
	{ "^[a-z]*$", "a", 0 },
	{ "^[a-z+$", "a", 0 },
	{ "^[a]{0}$", "", 0 },
	{ "^[a]{x}$", "a", 0 },
	{ "^[a]{4}", "aaaa", 0 },
	{ "^[", "", 0 },
	{ "", "", 0 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *re = cases[i].pattern, *t = cases[i].text;

		EQ(pattern_misfit(re, strlen(re), t, strlen(t)) == NULL, cases[i].fits, re);
	}
	return t_done();
}
