/* SPDX-License-Identifier: MIT */
/*
 * chaterr: what went wrong upstream, as the client must hear it.
 *
 * Claude Code retries 429, 5xx and even 401 unless x-should-retry is false,
 * gives up on 402, 403 and 413, and compacts its history when a 400 says
 * "prompt is too long: N tokens > M maximum" (or retries with fewer max_tokens
 * when "input length and `max_tokens` exceed context limit: A + B > C"). So
 * errors are mapped to exactly these. Pure; texts of providers are cut and
 * cleaned, and never trusted to be JSON.
 */
#ifndef JOBDIR_CHATERR_H
#define JOBDIR_CHATERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct chatctx;

#define CHATERR_TEXT 1000		/* most bytes of message */

struct chaterr {
	int status;			/* for the client; 0: no error */
	const char *type;		/* Anthropic's: "api_error", … */
	bool permanent;			/* send x-should-retry: false */
	bool context;			/* the prompt does not fit: no fallback helps */
	int64_t retry_after_ms;		/* what the provider asked for; -1: nothing */
	char message[CHATERR_TEXT + 1];
};

/*
 * An HTTP answer that is no success (or one whose 200 holds an error: status 0).
 * retry_after, retry_after_ms: those headers, or NULL; now: seconds since 1970,
 * for a date in the former. ctx may be NULL.
 */
void chaterr_http(struct chaterr *e, int status, const char *body, size_t len,
	const char *retry_after, const char *retry_after_ms, int64_t now,
	const struct chatctx *ctx);

/* No answer at all: 502, to be retried; or what we say ourselves. */
void chaterr_lost(struct chaterr *e, const char *what);
void chaterr_set(struct chaterr *e, int status, const char *message);

/* Is another try, here or at the fallback, worth while? */
bool chaterr_retryable(const struct chaterr *e);

/* Append the body of an HTTP answer; the same as an event of a stream. */
int chaterr_write(struct buf *out, const struct chaterr *e);
int chaterr_event(struct buf *out, const struct chaterr *e);

/* Anthropic's error type for a status: "rate_limit_error", … */
const char *chaterr_type(int status);

#endif
