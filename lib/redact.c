/* SPDX-License-Identifier: MIT */
/*
 * redact: the stream.
 *
 * The buffer holds what is not yet decided, and before it REDACT_CONTEXT
 * bytes that are, for the matchers to look back at:
 *
 *	base ... context ... | scan ... hold ... | end
 *
 * Positions are visited from left to right. At each that may begin a secret
 * every matcher is asked; the first that wants MORE ends the visit, and all
 * before that position goes out. An answer depends on a bounded stretch of the
 * text and on the answers to its left, never on how the text was cut.
 */
#include "redact.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "redactchar.h"
#include "redactrule.h"
#include "redactscan.h"
#include "redactuser.h"
#include "redactval.h"
#include "secret.h"
#include "store.h"

enum {
	SPANS = 8,		/* most answers at one position */
	CHUNK = 64 << 10,
	QUIET_MS = 200,
};

struct redact {
	struct redact_values *values;	/* NULL: patterns only */
	struct buf in;
	size_t scan;		/* in in: the next position to visit */
	size_t done;		/* all before it is out, or taken out */
	size_t retry;		/* an open match: not asked again before in is this long */
	size_t covered;		/* the furthest end of a secret found so far */
	size_t dropped;		/* bytes of the stream that are no longer in in */
	struct buf spans;	/* struct redact_span found, not yet out */
	void (*fn)(const struct redact_span *found, void *arg);
	void *arg;
	struct redact_index index;
	struct redact_scan scanner;
};

struct redact *
redact_new(const char *values, size_t n)
{
	return redact_new_with(values, n, NULL);
}

struct redact *
redact_new_with(const char *values, size_t n, const struct redact_user *user)
{
	struct redact *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	buf_init(&r->in);
	buf_init(&r->spans);
	if (user) {
		r->index.user = user->rules;
		r->index.users = user->n;
		r->index.allowed = (const char *const *)user->allowed;
	}
	redact_index_init(&r->index);
	if (values && n) {
		r->values = redact_values_new(values, n);
		if (!r->values) {
			redact_free(r);
			errno = ENOMEM;
			return NULL;
		}
		redact_values_pairs(r->values, r->scanner.pairs, REDACT_PAIR_VALUE);
	}
	redact_scan_init(&r->scanner, &r->index);
	return r;
}

void
redact_free(struct redact *r)
{
	if (!r)
		return;
	redact_values_free(r->values);
	if (r->in.cap)
		explicit_bzero(r->in.p, r->in.cap);
	buf_release(&r->in);
	buf_release(&r->spans);
	free(r);
}

void
redact_on_match(struct redact *r, void (*fn)(const struct redact_span *found, void *arg), void *arg)
{
	r->fn = fn;
	r->arg = arg;
}

/* at is the backslash of \uXXXX; its digits are looked at only before limit. */
static bool
is_unicode(const struct redact_text *t, size_t at, size_t limit)
{
	if (at + 1 >= limit || t->p[at + 1] != 'u')
		return false;
	for (size_t i = at + 2; i < at + 6 && i < limit; i++)
		if (!redact_in(SET_HEX, (unsigned char)t->p[i]))
			return false;
	return true;
}

/*
 * The backslash of the escape (\n, \u00e9) that pos stands in the middle of,
 * or pos. Bytes from limit on are not looked at.
 */
static size_t
escape_before(const struct redact_text *t, size_t pos, size_t limit)
{
	for (size_t k = 1; k <= 5 && k <= pos; k++)
		if (t->p[pos - k] == '\\' && redact_backslashes(t, pos - k) % 2 == 0 &&
		    (k == 1 || is_unicode(t, pos - k, limit)))
			return pos - k;
	return pos;
}

/*
 * Keep a span, shortened so that it holds whole escapes: cut in two, one
 * would leave a string of JSON that is none.
 */
static int
keep(struct redact *r, const struct redact_text *t, struct redact_span s)
{
	struct redact_span *v;
	size_t at = escape_before(t, s.start, s.end), n;

	if (at < s.start)
		s.start = is_unicode(t, at, s.end) ? at + 6 : s.start + 1;
	s.end = escape_before(t, s.end, s.end);
	if (s.start >= s.end)
		return 0;
	if (buf_add(&r->spans, &s, sizeof s) < 0)
		return -1;
	v = (struct redact_span *)(void *)r->spans.p;
	/* By start; of two with the same start the one that was found first. */
	for (n = r->spans.len / sizeof s - 1; n && v[n - 1].start > s.start; n--)
		v[n] = v[n - 1];
	v[n] = s;
	if (s.end > r->covered)
		r->covered = s.end;
	return 0;
}

/* Ask all matchers about one position. 1: decided, 0: more is needed, -1+errno. */
static int
visit(struct redact *r, const struct redact_text *t, size_t at, uint8_t bits)
{
	struct redact_span found[SPANS + 1];
	size_t n = 0;

	if ((bits & REDACT_PAIR_VALUE)) {
		enum redact_verdict v = redact_values_match(r->values, t, at, &found[SPANS]);

		if (v == REDACT_MORE)
			return 0;
		if (v == REDACT_MATCH)
			n = 1;
	}
	if (bits & REDACT_PAIR_RULE) {
		size_t m;

		if (redact_rules_match(&r->index, t, at, at < r->covered, found, SPANS, &m) ==
		    REDACT_MORE)
			return 0;
		if (n)	/* the value first: its name says more than a pattern's */
			memmove(found + 1, found, (m < SPANS ? m : SPANS - 1) * sizeof *found);
		if (n)
			found[0] = found[SPANS];
		n = n ? (m < SPANS ? m + 1 : SPANS) : m;
	} else if (n) {
		found[0] = found[SPANS];
	}
	for (size_t i = 0; i < n; i++)
		if (keep(r, t, found[i]) < 0)
			return -1;
	return 1;
}

/* Everything before pos goes out, the secrets as their markers. */
static int
put_until(struct redact *r, size_t pos, struct buf *out)
{
	struct redact_span *v = (struct redact_span *)(void *)r->spans.p;
	size_t i = 0, n = r->spans.len / sizeof *v;

	for (; i < n && v[i].start < pos; i++) {
		if (v[i].start >= r->done) {
			struct redact_span told = v[i];

			told.start += r->dropped;
			told.end += r->dropped;
			if (r->fn)
				r->fn(&told, r->arg);
			if (buf_add(out, r->in.p + r->done, v[i].start - r->done) < 0 ||
			    buf_addstr(out, "[REDACTED:") < 0 || buf_addstr(out, v[i].rule) < 0 ||
			    buf_addch(out, ']') < 0)
				return -1;
		}
		if (v[i].end > r->done)
			r->done = v[i].end;
	}
	if (i)
		buf_remove(&r->spans, 0, i * sizeof *v);
	if (pos > r->done) {
		if (buf_add(out, r->in.p + r->done, pos - r->done) < 0)
			return -1;
		r->done = pos;
	}
	return 0;
}

/* Forget what nobody looks back at any more. */
static void
forget(struct redact *r)
{
	struct redact_span *v = (struct redact_span *)(void *)r->spans.p;
	size_t keep_from = r->scan < r->done ? r->scan : r->done, n;

	/* Seldom, and then much at once: moving costs. */
	if (keep_from < REDACT_CONTEXT + CHUNK / 2)
		return;
	n = keep_from - REDACT_CONTEXT;
	buf_remove(&r->in, 0, n);
	r->scan -= n;
	r->done -= n;
	r->covered = r->covered > n ? r->covered - n : 0;
	r->retry = r->retry > n ? r->retry - n : 0;
	r->dropped += n;
	redact_index_forget(&r->index, n);
	for (size_t i = 0; i < r->spans.len / sizeof *v; i++) {
		v[i].start -= n;
		v[i].end -= n;
	}
}

static int
advance(struct redact *r, bool final, struct buf *out)
{
	struct redact_text t = { r->in.p, r->in.len, final, r->index.sets };

	for (;;) {
		size_t at = redact_scan_next(&r->scanner, t.p, r->scan, t.len);
		uint8_t bits;
		int decided;

		r->scan = at;
		if (at >= t.len)
			break;
		bits = redact_scan_bits(&r->scanner, t.p, at, t.len);
		/* At the last byte its pair is not known yet. */
		decided = at + 1 == t.len && !final ? 0 : visit(r, &t, at, bits);
		if (decided < 0)
			return -1;
		if (!decided) {
			/* Asking at every byte again would be quadratic in a long match. */
			r->retry = t.len + (t.len - at) / 4;
			break;
		}
		r->scan = at + 1;
	}
	if (put_until(r, r->scan, out) < 0)
		return -1;
	forget(r);
	return 0;
}

int
redact_feed(struct redact *r, const char *p, size_t n, struct buf *out)
{
	while (n) {
		size_t part = n < CHUNK ? n : CHUNK;

		if (buf_add(&r->in, p, part) < 0)
			return -1;
		if (r->in.len >= r->retry && advance(r, false, out) < 0)
			return -1;
		p += part;
		n -= part;
	}
	return 0;
}

int
redact_pause(struct redact *r, struct buf *out)
{
	return advance(r, false, out);
}

int
redact_finish(struct redact *r, struct buf *out)
{
	if (advance(r, true, out) < 0)
		return -1;
	return put_until(r, r->in.len, out);
}

/* What is on disk first: whoever reads the copy finds it there. */
static int
give(struct buf *given, int out, int *copy)
{
	if (given->len && store_write_all(out, given->p, given->len) < 0)
		return -1;
	if (given->len && *copy >= 0 && store_write_all(*copy, given->p, given->len) < 0)
		*copy = -1;		/* nobody wants it any more */
	buf_reset(given);
	return 0;
}

int
redact_run(struct redact *r, int in, int out, int copy)
{
	struct buf given CLEANUP(buf) = BUF_INIT;
	char *chunk CLEANUP(free) = malloc(CHUNK);
	struct pollfd p = { .fd = in, .events = POLLIN };
	bool quiet = false;

	if (!chunk)
		return -1;
	for (;;) {
		/* Once quiet, an open match stays open: then only more input tells. */
		bool held = r->done < r->in.len && !quiet;
		int ready = held ? poll(&p, 1, QUIET_MS) : 1;
		ssize_t n = 1;

		quiet = !ready;
		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready < 0)
			continue;
		if (ready) {
			n = store_read_some(in, chunk, CHUNK);
			if (n < 0)
				return -1;
		}
		if (!n ? redact_finish(r, &given) < 0 : ready ?
		    redact_feed(r, chunk, (size_t)n, &given) < 0 : redact_pause(r, &given) < 0)
			return -1;
		if (give(&given, out, &copy) < 0)
			return -1;
		if (!n)
			return 0;
	}
}

bool
redact_secret_name(const char *name)
{
	return secret_name(name, strlen(name));
}
