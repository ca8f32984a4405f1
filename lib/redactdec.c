/* SPDX-License-Identifier: MIT */
/* redactdec: decoding while comparing. */
#include "redactdec.h"

#include <string.h>

#include "redactchar.h"

enum { LINE_PROOF = 48, BLANKS = 16, NUMBER = 8, BACKSLASHES = 8 };

void
redact_dec_init(struct redact_dec *d, const struct redact_text *t, size_t pos,
	enum redact_code code)
{
	static const unsigned char levels[REDACT_CODES] = {
		[CODE_ESCAPED] = 1, [CODE_ESCAPED_TWICE] = 2, [CODE_ESCAPED_THRICE] = 3,
		[CODE_SINGLE_QUOTED_ESCAPED] = 1, [CODE_SINGLE_QUOTED_TWICE] = 2,
		[CODE_URL_ESCAPED] = 1, [CODE_HTML_ESCAPED] = 1, [CODE_HTML_TWICE] = 2,
	};

	*d = (struct redact_dec){ .t = t, .start = pos, .pos = pos, .code = code,
		.level = levels[code] };
}

static int
peek(const struct redact_dec *d, size_t ahead)
{
	if (d->pos + ahead < d->t->len)
		return (unsigned char)d->t->p[d->pos + ahead];
	return d->t->final ? DEC_END : DEC_MORE;
}

static int
hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
raw(struct redact_dec *d)
{
	int c = peek(d, 0);

	if (c >= 0)
		d->pos++;
	if (c == '\\' || c == '%' || c == '+' || c == '&' || c == '\'')
		d->lead = true;
	return c;
}

static int escaped(struct redact_dec *d, int level);

/* n hexadecimal digits read at a level; DEC_END or DEC_MORE as they come. */
static int
digits(struct redact_dec *d, int level, int n)
{
	int x = 0;

	for (; n; n--) {
		int c = escaped(d, level), v = hex_value(c);

		if (c < 0)
			return c;
		if (v < 0)
			return DEC_END;
		x = x * 16 + v;
	}
	return x;
}

/* The bytes of a code point: the first is returned, the others queued. */
static int
utf8(struct redact_dec *d, int level, int x)
{
	unsigned char *q = d->queue[level - 1];
	int n = x < 0x80 ? 1 : x < 0x800 ? 2 : x < 0x10000 ? 3 : 4;

	if (n == 1)
		return x;
	for (int i = 0; i < n - 1; i++)
		q[i] = (unsigned char)(0x80 | (x >> 6 * (n - 2 - i) & 0x3f));
	d->queued[level - 1] = (unsigned char)(n - 1);
	return (n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | x >> 6 * (n - 1);
}

static int
unicode(struct redact_dec *d, int level)
{
	int x = digits(d, level - 1, 4), low, c;

	if (x < 0xd800 || x > 0xdbff)
		return x < 0 ? x : utf8(d, level, x);
	c = escaped(d, level - 1);
	if (c == '\\')
		c = escaped(d, level - 1);
	if (c != 'u')
		return c < 0 ? c : DEC_END;
	low = digits(d, level - 1, 4);
	if (low < 0xdc00 || low > 0xdfff)
		return low < 0 ? low : DEC_END;
	return utf8(d, level, 0x10000 + ((x - 0xd800) << 10) + (low - 0xdc00));
}

static int
escaped(struct redact_dec *d, int level)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *e;
	int c;

	if (!level)
		return raw(d);
	if (d->queued[level - 1]) {
		unsigned char *q = d->queue[level - 1];

		c = q[0];
		memmove(q, q + 1, 3);
		d->queued[level - 1]--;
		return c;
	}
	c = escaped(d, level - 1);
	if (c != '\\')
		return c;
	c = escaped(d, level - 1);
	if (c < 0)
		return c;
	e = c ? strchr(from, c) : NULL;
	if (e)
		return to[e - from];
	if (c == 'u')
		return unicode(d, level);
	return c == 'x' ? digits(d, level - 1, 2) : c;
}

/* Does this text follow, as it reads at the level? 1: then it is passed; 0; DEC_MORE. */
static int
passes(struct redact_dec *d, const char *text)
{
	struct redact_dec b = *d;

	for (; *text; text++) {
		int c = escaped(&b, b.level);

		if (c == DEC_MORE)
			return DEC_MORE;
		if (c != (unsigned char)*text)
			return 0;
	}
	*d = b;
	return 1;
}

static int
single_quoted(struct redact_dec *d)
{
	int c = escaped(d, d->level), got = 0;

	if (c != '\'')
		return c;
	got = passes(d, "\\''");
	if (!got)
		got = passes(d, "\"'\"'");
	return got == DEC_MORE ? got : c;
}

static int
url(struct redact_dec *d)
{
	int c = escaped(d, d->level), hi, lo;

	if (c == '+')
		return ' ';
	if (c != '%')
		return c;
	hi = escaped(d, d->level);
	lo = hi < 0 ? hi : escaped(d, d->level);
	if (lo < 0)
		return lo;
	hi = hex_value(hi);
	lo = hex_value(lo);
	return hi < 0 || lo < 0 ? DEC_END : hi * 16 + lo;
}

static int
html(struct redact_dec *d)
{
	static const struct {
		const char *text;
		char c;
	} names[] = {
		{ "amp;", '&' }, { "lt;", '<' }, { "gt;", '>' }, { "quot;", '"' }, { "apos;", '\'' },
		{ "#39;", '\'' }, { "#34;", '"' }, { "#38;", '&' }, { "#60;", '<' }, { "#62;", '>' },
		{ "#x27;", '\'' }, { "#x22;", '"' }, { "#x26;", '&' }, { "#x3c;", '<' }, { "#x3e;", '>' },
		{ "#x3C;", '<' }, { "#x3E;", '>' }, { "#039;", '\'' }, { "#034;", '"' },
		{ "#x2F;", '/' }, { "#x2f;", '/' }, { "#47;", '/' }, { "#x3D;", '=' }, { "#x3d;", '=' },
		{ "#61;", '=' }, { "#x60;", '`' }, { "#96;", '`' }, { "#43;", '+' }, { "#x2B;", '+' },
		{ "#x5C;", '\\' }, { "#x5c;", '\\' }, { "#92;", '\\' }, { "nbsp;", ' ' },
	};
	int c = escaped(d, d->level), got;

	if (c != '&')
		return c;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		got = passes(d, names[i].text);
		if (got)
			return got == DEC_MORE ? got : names[i].c;
	}
	return c;
}

static int
hex(struct redact_dec *d)
{
	int hi, lo;

	for (int i = 0; d->pos > d->start && i < 4; i++) {
		int c = peek(d, 0);
		size_t n = c == '0';

		/* \x41, as it is and in a string of a string of JSON */
		while (c == '\\' && n < BACKSLASHES && peek(d, n) == '\\')
			n++;
		if (n && peek(d, n) == DEC_MORE)
			return DEC_MORE;
		if (n && peek(d, n) == 'x')
			d->pos += n + 1;
		else if (c == ' ' || c == ':' || c == '-' || c == ',')
			d->pos++;
		else
			break;
	}
	hi = raw(d);
	lo = hi < 0 ? hi : raw(d);
	if (lo < 0)
		return lo;
	hi = hex_value(hi);
	lo = hex_value(lo);
	return hi < 0 || lo < 0 ? DEC_END : hi * 16 + lo;
}

/* Encoders break lines at 60 to 76; a break after fewer characters is none of theirs. */
static bool
full_line(const struct redact_dec *d)
{
	if (d->pos < LINE_PROOF)
		return false;
	for (size_t i = 1; i <= LINE_PROOF; i++)
		if (!redact_in(SET_BASE64, (unsigned char)d->t->p[d->pos - i]))
			return false;
	return true;
}

/* Programs that show files number the lines: blanks, digits, and a tab or an arrow. */
static int
skip_number(struct redact_dec *d)
{
	static const char *const ends[] = { "\t", "\\t", "\\\\t", "\xe2\x86\x92" };
	struct redact_dec b = *d;
	size_t n = 0;
	int got = 0;

	for (; peek(&b, 0) >= '0' && peek(&b, 0) <= '9' && n < NUMBER; n++)
		b.pos++;
	if (peek(&b, 0) == DEC_MORE)
		return n ? DEC_MORE : 0;
	for (size_t i = 0; n && n < NUMBER && i < sizeof ends / sizeof *ends && !got; i++)
		got = passes(&b, ends[i]);
	if (got == 1)
		*d = b;
	return got == DEC_MORE ? got : 0;
}

static int
base64(struct redact_dec *d)
{
	int c = peek(d, 0);
	size_t n = 0;

	if (c == '\\' && peek(d, 1) == DEC_MORE)
		return DEC_MORE;
	if (c == '\\' && peek(d, 1) == '/') {
		d->pos++;
		c = '/';
	} else if (d->pos > d->start && full_line(d) &&
	    (c == '\n' || c == '\r' || c == '\\')) {
		while (n++ < BLANKS && (c == '\n' || c == '\r' || c == '\\' || c == ' ' || c == '\t')) {
			if (c == '\\' && peek(d, 1) == DEC_MORE)
				return DEC_MORE;
			d->pos += 1 + (c == '\\' && (peek(d, 1) == 'n' || peek(d, 1) == 'r'));
			c = peek(d, 0);
		}
		if (skip_number(d) == DEC_MORE)
			return DEC_MORE;
		c = peek(d, 0);
	}
	if (c < 0)
		return c;
	d->pos++;
	return c == '+' ? '-' : c == '/' ? '_' : c;
}

int
redact_dec_next(struct redact_dec *d)
{
	switch (d->code) {
	case CODE_RAW:
		return raw(d);
	case CODE_ESCAPED:
	case CODE_ESCAPED_TWICE:
	case CODE_ESCAPED_THRICE:
		return escaped(d, d->level);
	case CODE_SINGLE_QUOTED:
	case CODE_SINGLE_QUOTED_ESCAPED:
	case CODE_SINGLE_QUOTED_TWICE:
		return single_quoted(d);
	case CODE_URL:
	case CODE_URL_ESCAPED:
		return url(d);
	case CODE_HTML:
	case CODE_HTML_ESCAPED:
	case CODE_HTML_TWICE:
		return html(d);
	case CODE_HEX:
		return hex(d);
	default:
		return base64(d);
	}
}
