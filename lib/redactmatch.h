/* SPDX-License-Identifier: MIT */
/*
 * redactmatch: the matchers that are more than an anchor and a run. Each is
 * given the place of its anchor (and the anchor's length where it varies) and
 * fills start and end of what is secret, and only of that. Pure.
 */
#ifndef JOBDIR_REDACTMATCH_H
#define JOBDIR_REDACTMATCH_H

#include "redacttype.h"

/* ://user:PASSWORD@ and ://TOKEN@ */
enum redact_verdict redact_match_url(const struct redact_text *t, size_t at, struct redact_span *out);
/* A block of a private key, between its BEGIN and END lines. */
enum redact_verdict redact_match_pem(const struct redact_text *t, size_t at, size_t len,
	struct redact_span *out);
/* eyJ….eyJ….… */
enum redact_verdict redact_match_jwt(const struct redact_text *t, size_t at, struct redact_span *out);

#endif
