/* SPDX-License-Identifier: MIT */
/* redactassign: see redactmatch.h; the matchers of names and their values. */
#ifndef JOBDIR_REDACTASSIGN_H
#define JOBDIR_REDACTASSIGN_H

#include "redacttype.h"

/* NAME=VALUE, "name": "value", --name value, <name>value: the value. */
enum redact_verdict redact_match_assignment(const struct redact_text *t, size_t at, size_t len,
	struct redact_span *out);
/* The same, but the name holds a vendor's word (the anchor) and the value is of the shape. */
enum redact_verdict redact_match_near(const struct redact_text *t, size_t at, size_t len,
	const char *shape, struct redact_span *out);
/* Bearer TOKEN */
enum redact_verdict redact_match_bearer(const struct redact_text *t, size_t at, size_t len,
	struct redact_span *out);
#endif
