/* SPDX-License-Identifier: MIT */
/* redactassign: see redactmatch.h; the matchers of names and their values. */
#ifndef JOBDIR_REDACTASSIGN_H
#define JOBDIR_REDACTASSIGN_H

#include "redacttype.h"

/* NAME=VALUE, "name": "value", --name value, <name>value: the value. */
enum redact_verdict redact_match_assignment(const struct redact_text *t, size_t at, size_t len,
	struct redact_span *out);
/* Bearer TOKEN */
enum redact_verdict redact_match_bearer(const struct redact_text *t, size_t at, size_t len,
	struct redact_span *out);
#endif
