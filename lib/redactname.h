/* SPDX-License-Identifier: MIT */
/*
 * redactname: where a name ends, and where the value begins that is assigned
 * to it, in code, configuration, shells, JSON, YAML, TOML, XML, headers. What
 * is asked of bytes that have not come yet sets more of the position. Pure.
 */
#ifndef JOBDIR_REDACTNAME_H
#define JOBDIR_REDACTNAME_H

#include "redactchar.h"

struct redact_name {
	size_t start, end;
};

/* The whole name around an anchor of len bytes; the position is then behind it. */
void redact_name_find(struct redact_at *a, size_t anchor, size_t len, struct redact_name *out);

/*
 * From the end of the name to the value; false: this is no assignment. *json: it
 * is a member of a JSON object.
 */
bool redact_value_find(struct redact_at *a, const struct redact_name *name, bool *json);

/*
 * Backslashes and a quote, perhaps with a letter before them (b"", @"", r"",
 * $''), if they are there; the number of backslashes, or -1.
 */
int redact_open_quote(struct redact_at *a, char *quote);

void redact_skip_blanks(struct redact_at *a);

#endif
