/* SPDX-License-Identifier: MIT */
/*
 * redactchar: what the matchers of the redactor have in common: kinds of
 * characters, runs of them, and what looks like a secret. Pure.
 */
#ifndef JOBDIR_REDACTCHAR_H
#define JOBDIR_REDACTCHAR_H

#include "redacttype.h"

/* Sets of characters; the names say what they hold besides each other. */
enum redact_set {
	SET_ALNUM,		/* A-Z a-z 0-9 */
	SET_WORD,		/* … _ */
	SET_TOKEN,		/* … _ - */
	SET_DOTTED,		/* … _ - . */
	SET_BASE64,		/* A-Z a-z 0-9 + / - _ = */
	SET_UPPER,		/* A-Z 0-9 */
	SET_HEX,		/* 0-9 a-f A-F */
	SET_PATH,		/* A-Z a-z 0-9 / */
	SET_VALUE,		/* what an unquoted value may hold */
	SET_USERINFO,		/* what stands before the host in a URL */
	SET_COOKIE,		/* … and in a header of cookies */
	REDACT_SETS
};

extern const uint64_t redact_sets[REDACT_SETS][2];

static inline bool
redact_in(enum redact_set set, unsigned char c)
{
	return c < 128 && redact_sets[set][c >> 6] >> (c & 63) & 1;
}

bool redact_is_alnum(unsigned char c);
char redact_lower(char c);

/*
 * The end of the run of set from pos on, at most REDACT_OPEN bytes; *open:
 * it reaches the end of a text that goes on.
 */
size_t redact_run_of(const struct redact_text *t, size_t pos, enum redact_set set, bool *open);

/*
 * No word goes on to the left of at: the start of the text, something that is
 * no letter or digit, the letter that ends an escape (\n) or a colour.
 */
bool redact_edge(const struct redact_text *t, size_t at);

/* How many backslashes stand before pos (at most 200, an even number). */
size_t redact_backslashes(const struct redact_text *t, size_t pos);

/* <token>, ${VAR}, xxxx, ****, example …: what stands for a secret and is none. */
bool redact_placeholder(const char *p, size_t n);

/* What a name promises; how much its value must look like a secret. */
enum redact_promise {
	PROMISE_KEY,		/* may be the key of a map: must look random, no object id */
	PROMISE_TOKEN,		/* must look random */
	PROMISE_PASSWORD,	/* may be a short word with a digit */
	PROMISE_HEADER,		/* a login by its place: anything but a placeholder */
	PROMISE_COOKIE,		/* NAME=VALUE; NAME=VALUE */
};

bool redact_looks_secret(const char *p, size_t n, enum redact_promise promise);

/* A reading position. more: something was asked of bytes that have not come. */
struct redact_at {
	const struct redact_text *t;
	size_t pos;
	bool more;
};

/* The byte at the position, or '\0' at the end. */
char redact_peek(struct redact_at *a);

#endif
