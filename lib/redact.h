/* SPDX-License-Identifier: MIT */
/*
 * redact: taking secrets out of a stream. Constant memory, result independent
 * of how the input was cut, valid JSON stays valid JSON. Two sources: literal
 * values (with their base64, URL and JSON forms) and one table of patterns.
 * A secret becomes [REDACTED:rule]. Pure but for redact_run().
 */
#ifndef JOBDIR_REDACT_H
#define JOBDIR_REDACT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct redact;
struct redact_span;
struct redact_user;

/*
 * values: NAME=VALUE strings, each ended by NUL, n bytes in all (NULL: only
 * patterns); the rule of a value is its NAME. The bytes are copied and wiped by
 * redact_free(). NULL+ENOMEM.
 */
struct redact *redact_new(const char *values, size_t n);
/* … with rules of the user's (redactuser.h), which stay the caller's; NULL: none. */
struct redact *redact_new_with(const char *values, size_t n, const struct redact_user *user);
void redact_free(struct redact *r);

/* Feed a piece; what is certain is appended to out. 0 or -1+ENOMEM. */
int redact_feed(struct redact *r, const char *p, size_t n, struct buf *out);
/* Give out what may be given although more could follow (a quiet stream, at a newline). */
int redact_pause(struct redact *r, struct buf *out);
int redact_finish(struct redact *r, struct buf *out);

/*
 * in to out until end of file: the whole filter, with the 200 ms rule; the same to
 * copy (-1: none), until nobody reads that any more. For a process of its own.
 * 0, or -1+errno (then nothing more was written).
 */
int redact_run(struct redact *r, int in, int out, int copy);

/*
 * fn is told of every secret that is taken out: its rule and its place,
 * counted from the beginning of the stream.
 */
void redact_on_match(struct redact *r, void (*fn)(const struct redact_span *found, void *arg),
	void *arg);

/* Is NAME the name of a secret variable (KEY, TOKEN, SECRET, PASSWORD, …)? */
bool redact_secret_name(const char *name);

#endif
