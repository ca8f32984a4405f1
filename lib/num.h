/* SPDX-License-Identifier: MIT */
/*
 * num: strict numbers, durations, hex, base64. Pure; no I/O, no globals.
 */
#ifndef JOBDIR_NUM_H
#define JOBDIR_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * Strict decimal ("0" or [1-9][0-9]*, a leading '-' if min < 0), nothing
 * before or after. 0 and *out, or -1 with errno EINVAL (syntax) or ERANGE.
 */
int num_parse(const char *s, int64_t min, int64_t max, int64_t *out);

/*
 * A duration: "90" and "90s" seconds, "5m", "2h", "1d", "500ms"; result in
 * milliseconds. At most 10 years. Errors as num_parse().
 */
int num_duration(const char *s, int64_t *ms);

/* Lower-case hex of len bytes; out gets 2*len characters and a NUL. */
void num_hex(char *out, const void *p, size_t len);

/* Standard base64 with padding, appended. -1+ENOMEM. */
int num_base64(struct buf *out, const void *p, size_t len);

/* 64-bit FNV-1a, for names only (never for security). */
uint64_t num_fnv1a(const void *p, size_t len);

/*
 * Length (1..4) of the valid UTF-8 sequence at p, or 0 if the bytes there
 * are not one (overlong, surrogate, above U+10FFFF, cut short). len > 0.
 */
int num_utf8(const char *p, size_t len);
/* The code point of the valid sequence of n bytes at p. */
uint32_t num_utf8_code(const char *p, int n);
/*
 * Does this character hide or reorder what is read, or command a terminal? The one
 * rule of all that is shown: controls (newline and tab too), bidirectional controls,
 * tags, and what Unicode says is not to be seen, but for the two joiners of letters
 * and the variation selectors of symbols.
 */
bool num_utf8_hides(uint32_t code);
/* Is all of it valid UTF-8? */
bool num_is_utf8(const char *p, size_t len);

#endif
