/* SPDX-License-Identifier: MIT */
/*
 * toml: where things stand in a TOML 1.0 file, so that one place of it can be
 * changed and every other byte left alone. Structure only: numbers and dates
 * are words, and whether a key may be where it is remains the reader's business.
 * Pure; the items point into the text by offset.
 */
#ifndef JOBDIR_TOML_H
#define JOBDIR_TOML_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define TOML_PARTS 16		/* of a path; a file with more is refused */
#define TOML_DEPTH 64		/* of arrays and inline tables in each other */

enum toml_kind { TOML_TABLE, TOML_ARRAY, TOML_PAIR, TOML_INLINE };

struct toml_item {
	enum toml_kind kind;	/* [t]; [[t]]; key = value; that inside of an inline table */
	char *part[TOML_PARTS];	/* the whole path, decoded; parts hold no NUL */
	size_t parts;
	size_t start, end;	/* its lines, newline included; inline: the pair alone */
	size_t value, value_end;/* pairs: the value; tables: 0 */
};

struct toml {
	struct toml_item *items;/* in the order of the file */
	size_t n;
};

/*
 * Find all items. 0; -1 with errno EINVAL and why ("line N: ..."): this is
 * not TOML, or ENOMEM. Release in any case.
 */
int toml_scan(struct toml *t, const char *text, size_t len, struct buf *why);
void toml_release(struct toml *t);

/* Does the item's path begin with these names (NULL-terminated), or is it these? */
bool toml_below(const struct toml_item *i, const char *const *path);
bool toml_at(const struct toml_item *i, const char *const *path);

/* Append what a string value says. 0; -1 with errno EINVAL (no string) or ENOMEM. */
int toml_string(const char *text, const struct toml_item *i, struct buf *out);

#endif
