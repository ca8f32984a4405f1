/* SPDX-License-Identifier: MIT */
/*
 * redactnaive: the redactor once more, as simply as can be: the whole text at
 * once, every rule and every value tried at every position, no table of
 * anchors, no trie, no memory of what was read. What judges a name and its
 * value, a URL, a key or a JWT is asked as it is; shapes, encodings and the
 * order of things are written anew. For comparing, not for use.
 */
#ifndef JOBDIR_REDACTNAIVE_H
#define JOBDIR_REDACTNAIVE_H

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "num.h"
#include "redactassign.h"
#include "redactchar.h"
#include "redactmatch.h"
#include "redactrule.h"
#include "redacttable.h"

#define NAIVE_MARKER "[REDACTED:"

/* ---- shapes ---- */

struct naive_part {
	bool in[256];
	size_t min, max;
};

static int
naive_char(const char **s)
{
	*s += **s == '\\';
	return (unsigned char)*(*s)++;
}

static bool
naive_part(const char **s, struct naive_part *p)
{
	if (!**s)
		return false;
	memset(p, 0, sizeof *p);
	p->min = p->max = 1;
	if (**s != '[') {
		p->in[naive_char(s)] = true;
	} else {
		for (++*s; **s != ']';) {
			int a = naive_char(s), b = a;

			if (**s == '-' && (*s)[1] != ']')
				++*s, b = naive_char(s);
			for (; a <= b; a++)
				p->in[a] = true;
		}
		++*s;
	}
	if (**s == '?') {
		p->min = 0;
		++*s;
	} else if (**s == '{') {
		char *end;

		p->min = p->max = strtoul(*s + 1, &end, 10);
		if (*end == ',')
			p->max = end[1] == '}' ? 0 : strtoul(end + 1, &end, 10), end += *end == ',';
		*s = end + 1;
	}
	return true;
}

/* The end of the shape at at; 0: it is not there. */
static size_t
naive_shape(const char *shape, const char *t, size_t n, size_t at)
{
	struct naive_part p;

	while (naive_part(&shape, &p)) {
		size_t k = 0, most = p.max ? p.max : REDACT_OPEN;

		while (k < most && at + k < n && p.in[(unsigned char)t[at + k]])
			k++;
		if (k < p.min || (!*shape && p.max && at + k < n && p.in[(unsigned char)t[at + k]]))
			return 0;
		while (!*shape && !p.max && k > p.min && (t[at + k - 1] == '.' || t[at + k - 1] == '-'))
			k--;
		at += k;
	}
	return at;
}

static bool
naive_rule(const struct redact_rule *r, const struct redact_text *t, size_t at, struct redact_span *s)
{
	size_t n = strlen(r->anchor), from = at + n, end, k, part = 0, best = 0, digits = 0;
	bool icase = r->kind == NEAR || r->kind == ASSIGNMENT || r->kind == BEARER;

	for (k = 0; k < n; k++)	/* most fail here at once */
		if (at + k >= t->len || (icase ? redact_lower(t->p[at + k]) : t->p[at + k]) != r->anchor[k])
			return false;
	switch (r->kind) {
	case NEAR:
		return redact_match_near(t, at, n, r->shape, s) == REDACT_MATCH;
	case ASSIGNMENT:
		return redact_match_assignment(t, at, n, s) == REDACT_MATCH;
	case BEARER:
		return redact_match_bearer(t, at, n, s) == REDACT_MATCH;
	case URL:
		return redact_match_url(t, at, s) == REDACT_MATCH;
	case PEM:
		return redact_match_pem(t, at, n, s) == REDACT_MATCH;
	case JWT:
		return redact_match_jwt(t, at, s) == REDACT_MATCH;
	}
	if ((r->check & EDGE) && !redact_edge(t, at))
		return false;
	end = naive_shape(r->shape, t->p, t->len, from);
	if (!end)
		return false;
	*s = (struct redact_span){ .start = r->kind == AFTER ? from : at, .end = end };
	n = end - from < 256 ? end - from : 256;
	for (k = from; k < from + n; k++) {
		digits += t->p[k] >= '0' && t->p[k] <= '9';
		part = t->p[k] == '-' || t->p[k] == '_' ? 0 : part + 1;
		best = part > best ? part : best;
	}
	return !redact_placeholder(t->p + from, n) && (digits || !(r->check & (DIGIT | MIXED))) &&
	    (best >= 16 || !(r->check & MIXED)) &&
	    (!(r->check & RANDOM) || redact_looks_secret(t->p + from, n, PROMISE_TOKEN));
}

/* ---- values ---- */

struct naive_text {
	const char *p;
	size_t n, at;
};

static int
naive_hex(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What the next piece of the text stands for, through levels of backslashes: its bytes, 0 at the end. */
static int
naive_unit(struct naive_text *t, int level, unsigned char out[4])
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	unsigned char b[4];
	int n, x = 0, digits;

	if (!level) {
		if (t->at >= t->n)
			return 0;
		out[0] = (unsigned char)t->p[t->at++];
		return 1;
	}
	n = naive_unit(t, level - 1, out);
	if (n != 1 || out[0] != '\\')
		return n;
	n = naive_unit(t, level - 1, out);
	if (n != 1)
		return n ? -1 : 0;	/* a backslash before half a character */
	if (out[0] && strchr(from, out[0])) {
		out[0] = (unsigned char)to[strchr(from, out[0]) - from];
		return 1;
	}
	if (out[0] != 'u' && out[0] != 'x')
		return 1;
	digits = out[0] == 'u' ? 4 : 2;
	for (int half = 0; half < 2; half++) {
		int h = 0;

		for (int i = 0; i < digits; i++) {
			if (naive_unit(t, level - 1, b) != 1 || naive_hex(b[0]) < 0)
				return 0;
			h = h * 16 + naive_hex(b[0]);
		}
		if (half && (h < 0xdc00 || h > 0xdfff))
			return 0;
		x = half ? 0x10000 + ((x - 0xd800) << 10) + (h - 0xdc00) : h;
		if (half || digits == 2 || x < 0xd800 || x > 0xdbff)
			break;
		n = naive_unit(t, level - 1, b);
		if (n == 1 && b[0] == '\\')
			n = naive_unit(t, level - 1, b);
		if (n != 1 || b[0] != 'u')
			return 0;
	}
	if (digits == 2 || x < 0x80) {
		out[0] = (unsigned char)x;
		return 1;
	}
	n = x < 0x800 ? 2 : x < 0x10000 ? 3 : 4;
	for (int i = n - 1; i > 0; i--, x >>= 6)
		out[i] = (unsigned char)(0x80 | (x & 0x3f));
	out[0] = (unsigned char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | x);
	return n;
}

static bool
naive_passes(struct naive_text *t, int level, const char *text)
{
	struct naive_text b = *t;
	unsigned char out[4];

	for (; *text; text++)
		if (naive_unit(&b, level, out) != 1 || out[0] != (unsigned char)*text)
			return false;
	*t = b;
	return true;
}

/* "\'" stands for a quote, "%" for a URL, "&" for HTML, "\\" for backslashes alone. */
static int
naive_next(struct naive_text *t, char how, int level, unsigned char out[4])
{
	static const char *const html[] = { "&amp;", "<lt;", ">gt;", "\"quot;", "'apos;", "'#39;", "\"#34;",
	    "&#38;", "<#60;", ">#62;", "'#x27;", "\"#x22;", "&#x26;", "<#x3c;", ">#x3e;", "<#x3C;", ">#x3E;",
	    "'#039;", "\"#034;", "/#x2F;", "/#x2f;", "/#47;", "=#x3D;", "=#x3d;", "=#61;", "`#x60;", "`#96;",
	    "+#43;", "+#x2B;", "\\#x5C;", "\\#x5c;", "\\#92;", " nbsp;" };
	int n = naive_unit(t, level, out), hi, lo;
	unsigned char b[4];

	if (n != 1)
		return n;
	if (how == '\'' && out[0] == '\'' && !naive_passes(t, level, "\\''"))
		(void)naive_passes(t, level, "\"'\"'");
	if (how == '&' && out[0] == '&') {
		if (naive_passes(t, level, "amp;"))
			return 1;
		for (size_t i = 1; i < sizeof html / sizeof *html; i++)
			if (naive_passes(t, level, html[i] + 1)) {
				out[0] = (unsigned char)html[i][0];
				break;
			}
	}
	if (how == '%' && out[0] == '+')
		out[0] = ' ';
	else if (how == '%' && out[0] == '%') {
		hi = naive_unit(t, level, b) == 1 ? naive_hex(b[0]) : -1;
		lo = hi >= 0 && naive_unit(t, level, b) == 1 ? naive_hex(b[0]) : -1;
		if (lo < 0)
			return 0;
		out[0] = (unsigned char)(hi * 16 + lo);
	}
	return 1;
}

static size_t
naive_coded(const struct redact_text *t, size_t at, const char *v, size_t len, char how, int level)
{
	struct naive_text p = { t->p, t->len, at };
	unsigned char out[4];

	for (size_t i = 0; i < len;) {
		int n = naive_next(&p, how, level, out);

		if (n <= 0)
			return 0;
		for (int k = 0; k < n && i < len; k++)
			if (out[k] != (unsigned char)v[i++])
				return 0;
	}
	return p.at;
}

static size_t
naive_hexed(const struct redact_text *t, size_t at, const char *v, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		for (int k = 0; i && k < 4 && at < t->len; k++) {
			size_t n = t->p[at] == '0';

			while (t->p[at] == '\\' && n < 8 && at + n < t->len && t->p[at + n] == '\\')
				n++;
			if (n && at + n < t->len && t->p[at + n] == 'x')
				at += n + 1;
			else if (strchr(" :-,", t->p[at]) && t->p[at])
				at++;
			else
				break;
		}
		if (at + 2 > t->len || naive_hex(t->p[at]) < 0 || naive_hex(t->p[at + 1]) < 0 ||
		    naive_hex(t->p[at]) * 16 + naive_hex(t->p[at + 1]) != (unsigned char)v[i])
			return 0;
		at += 2;
	}
	return at;
}

/* The characters of a base64 text from at on; its lines may end, and be numbered. */
static size_t
naive_base64(const struct redact_text *t, size_t at, const char *v, size_t len)
{
	static const char *const ends[] = { "\t", "\\t", "\\\\t", "\xe2\x86\x92" };
	const char *p = t->p;

	for (size_t i = 0; i < len; i++) {
		size_t run = 0, n = 0;

		while (run < 48 && run < at && redact_in(SET_BASE64, (unsigned char)p[at - run - 1]))
			run++;
		if (at + 1 < t->len && p[at] == '\\' && p[at + 1] == '/')
			at++;
		else if (i && run == 48 && at < t->len && p[at] && strchr("\n\r\\", p[at])) {
			for (; n < 16 && at < t->len && p[at] && strchr("\n\r\\ \t", p[at]); n++)
				at += 1 + (p[at] == '\\' && at + 1 < t->len && (p[at + 1] == 'n' || p[at + 1] == 'r'));
			for (n = 0; n < 8 && at + n < t->len && p[at + n] >= '0' && p[at + n] <= '9';)
				n++;
			for (size_t k = 0; n && n < 8 && k < 4; k++)
				if (at + n + strlen(ends[k]) <= t->len && !memcmp(p + at + n, ends[k], strlen(ends[k]))) {
					at += n + strlen(ends[k]);
					break;
				}
		}
		if (at >= t->len || (p[at] == '+' ? '-' : p[at] == '/' ? '_' : p[at]) != v[i])
			return 0;
		at++;
	}
	return at;
}

static void
naive_longest(size_t end, struct redact_span *s)
{
	if (end > s->end)
		s->end = end;
}

static void
naive_value(const struct redact_text *t, size_t at, const char *v, size_t len,
	const struct buf cores[3], struct redact_span *s)
{
	static const char hows[] = "\\\\\\\\'''%%&&&", levels[] = "\0\1\2\3\0\1\2\0\1\0\1\2";

	/* A backslash before what needs none may stay: only \u and \x begin letters and digits. */
	if (!redact_is_alnum((unsigned char)*v) || t->p[at] != '\\' || (at + 1 < t->len &&
	    (t->p[at + 1] == 'u' || t->p[at + 1] == 'x')))
		for (size_t i = 0; i < sizeof hows - 1; i++)
			naive_longest(naive_coded(t, at, v, len, hows[i], levels[i]), s);
	naive_longest(naive_hexed(t, at, v, len), s);
	for (size_t shift = 0; shift < 3; shift++)
		naive_longest(naive_base64(t, at, cores[shift].p, cores[shift].len), s);
}

/* What base64 makes of a value behind 0, 1 and 2 bytes, without what those have a part in. */
static void
naive_cores(const char *v, size_t len, struct buf cores[3])
{
	for (size_t shift = 0; shift < 3; shift++) {
		struct buf in CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
		size_t from = (8 * shift + 5) / 6, to = 8 * (shift + len) / 6;

		(void)buf_add(&in, "\0\0", shift);
		(void)buf_add(&in, v, len);
		(void)num_base64(&out, in.p, in.len);
		for (size_t i = 0; i < out.len; i++)
			out.p[i] = out.p[i] == '+' ? '-' : out.p[i] == '/' ? '_' : out.p[i];
		buf_init(&cores[shift]);
		(void)buf_add(&cores[shift], out.p + from, to - from);
	}
}

/* ---- all of it ---- */

static bool
naive_unicode(const struct redact_text *t, size_t at, size_t limit)
{
	if (at + 1 >= limit || t->p[at + 1] != 'u')
		return false;
	for (size_t i = at + 2; i < at + 6 && i < limit; i++)
		if (naive_hex(t->p[i]) < 0)
			return false;
	return true;
}

/* The backslash of the escape that pos is in the middle of, or pos. */
static size_t
naive_escape(const struct redact_text *t, size_t pos, size_t limit)
{
	for (size_t k = 1; k <= 5 && k <= pos; k++)
		if (t->p[pos - k] == '\\' && redact_backslashes(t, pos - k) % 2 == 0 &&
		    (k == 1 || naive_unicode(t, pos - k, limit)))
			return pos - k;
	return pos;
}

/* values: texts that are no lines and have no blanks around them, of one name; at most 8, ended by NULL. */
static void
naive_redact(const char *p, size_t n, const char *const *values, const char *name, struct buf *out)
{
	struct redact_text t = { p, n, true, NULL };
	struct buf spans CLEANUP(buf) = BUF_INIT;
	size_t covered = 0, done = 0, count = sizeof rules / sizeof *rules, given = 0;
	struct buf cores[8][3];

	for (; values[given] && given < 8; given++)
		naive_cores(values[given], strlen(values[given]), cores[given]);

	for (size_t at = 0; at < n; at++) {
		struct redact_span found[9];
		bool inside = at < covered;
		size_t k = 0;

		found[0] = (struct redact_span){ .start = at, .end = at, .rule = name };
		for (size_t i = 0; i < given; i++)
			naive_value(&t, at, values[i], strlen(values[i]), cores[i], &found[0]);
		k = found[0].end > at;
		for (size_t i = 0; i < count && k < 8; i++) {
			if (inside && (rules[i].kind == ASSIGNMENT || rules[i].kind == NEAR))
				continue;
			if (naive_rule(&rules[i], &t, at, &found[k]))
				found[k++].rule = rules[i].name;
		}
		for (size_t i = 0; i < k; i++) {
			struct redact_span s = found[i];
			size_t e = naive_escape(&t, s.start, s.end);

			if (e < s.start)
				s.start = naive_unicode(&t, e, s.end) ? e + 6 : s.start + 1;
			s.end = naive_escape(&t, s.end, s.end);
			if (s.start >= s.end)
				continue;
			(void)buf_add(&spans, &s, sizeof s);
			covered = s.end > covered ? s.end : covered;
		}
	}
	/* By start, the first found first: the text is small, and this is plain. */
	for (size_t at = 0; at <= n; at++)
		for (size_t i = 0; i < spans.len / sizeof(struct redact_span); i++) {
			const struct redact_span *s = (const struct redact_span *)(void *)spans.p + i;

			if (s->start != at)
				continue;
			if (s->start >= done) {
				(void)buf_add(out, p + done, s->start - done);
				(void)buf_addf(out, NAIVE_MARKER "%s]", s->rule);
			}
			done = s->end > done ? s->end : done;
		}
	(void)buf_add(out, p + done, n - done);
	for (size_t i = 0; i < 3 * given; i++)
		buf_release(&cores[i / 3][i % 3]);
}

#endif
