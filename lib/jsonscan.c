/* SPDX-License-Identifier: MIT */
/*
 * jsonscan: the validating walk of json.
 *
 * p is where the walk stands; after an error it stands at the offence. Nesting
 * is a stack of opening brackets, no recursion.
 */
#include "jsonscan.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>
#include "num.h"

struct scan {
	const char *p, *end;
	size_t count;
	int depth;
	char open[JSON_DEPTH];
};

enum expect {
	VALUE,			/* a value must come */
	VALUE_OR_END,		/* after '[' */
	NAME,			/* after a member's comma */
	NAME_OR_END,		/* after '{' */
	AFTER,			/* a value has ended */
};

static void
skip_blanks(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

#define ONES UINT64_C(0x0101010101010101)
#define TOPS UINT64_C(0x8080808080808080)

/*
 * Top bits of the zero bytes of x, which has no top bit set. A borrow may mark
 * a byte above a zero one by mistake: only the lowest mark is to be believed.
 */
static uint64_t
zeros(uint64_t x)
{
	return (x - ONES) & TOPS;
}

/* Step over bytes that mean nothing inside a string, eight at a time. */
static const char *
skip_plain(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t x, low, marks;

		memcpy(&x, p, 8);
		x = le64toh(x);		/* first byte lowest */
		low = x & ~TOPS;
		marks = (x | zeros(low ^ '"' * ONES) | zeros(low ^ '\\' * ONES) |
			(low - 0x20 * ONES)) & TOPS;
		if (marks)
			return p + __builtin_ctzll(marks) / 8;
		p += 8;
	}
	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 &&
	    *p != '"' && *p != '\\')
		p++;
	return p;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* At a backslash. */
static enum json_error
scan_escape(struct scan *s)
{
	if (s->end - s->p < 2)
		return JSON_E_SYNTAX;
	if (s->p[1] != 'u') {
		if (!memchr("\"\\/bfnrt", s->p[1], 8))
			return JSON_E_ESCAPE;
		s->p += 2;
		return JSON_OK;
	}
	for (int i = 2; i < 6; i++)
		if (s->end - s->p <= i || !is_hex(s->p[i]))
			return JSON_E_ESCAPE;
	s->p += 6;
	return JSON_OK;
}

/* At the opening quote. */
static enum json_error
scan_string(struct scan *s)
{
	const char *start = s->p++;
	int n;

	for (;;) {
		enum json_error e;

		s->p = skip_plain(s->p, s->end);
		if (s->p == s->end) {
			s->p = start;
			return JSON_E_SYNTAX;
		}
		if (*s->p == '"') {
			s->p++;
			return JSON_OK;
		}
		if (*s->p == '\\') {
			if ((e = scan_escape(s)) != JSON_OK)
				return e;
			continue;
		}
		if ((unsigned char)*s->p < 0x20)
			return JSON_E_CONTROL;
		if ((n = num_utf8(s->p, (size_t)(s->end - s->p))) == 0)
			return JSON_E_UTF8;
		s->p += n;
	}
}

/* One digit or more. */
static bool
scan_digits(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > start;
}

static enum json_error
scan_number(struct scan *s)
{
	const char *first;

	if (*s->p == '-')
		s->p++;
	first = s->p;
	if (!scan_digits(s) || (*first == '0' && s->p - first > 1))
		return JSON_E_NUMBER;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!scan_digits(s))
			return JSON_E_NUMBER;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!scan_digits(s))
			return JSON_E_NUMBER;
	}
	return JSON_OK;
}

static enum json_error
scan_word(struct scan *s, const char *word, size_t len)
{
	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return JSON_E_SYNTAX;
	s->p += len;
	return JSON_OK;
}

/* A scalar whole, or the opening of a container. */
static enum json_error
scan_value(struct scan *s, enum expect *next)
{
	*next = AFTER;
	s->count++;
	switch (*s->p) {
	case '{':
	case '[':
		if (s->depth == JSON_DEPTH)
			return JSON_E_DEPTH;
		*next = *s->p == '{' ? NAME_OR_END : VALUE_OR_END;
		s->open[s->depth++] = *s->p++;
		return JSON_OK;
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true", 4);
	case 'f':
		return scan_word(s, "false", 5);
	case 'n':
		return scan_word(s, "null", 4);
	case '-':
	case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s);
	default:
		return JSON_E_SYNTAX;
	}
}

static enum json_error
scan_name(struct scan *s, enum expect *next)
{
	enum json_error e;

	if (*s->p != '"')
		return JSON_E_SYNTAX;
	if ((e = scan_string(s)) != JSON_OK)
		return e;
	s->count++;
	skip_blanks(s);
	if (s->p == s->end || *s->p != ':')
		return JSON_E_SYNTAX;
	s->p++;
	*next = VALUE;
	return JSON_OK;
}

/* Inside a container, behind one of its values. */
static enum json_error
scan_after(struct scan *s, enum expect *next)
{
	bool object = s->open[s->depth - 1] == '{';

	if (*s->p == ',') {
		*next = object ? NAME : VALUE;
	} else if (*s->p == (object ? '}' : ']')) {
		s->depth--;
		*next = AFTER;
	} else {
		return JSON_E_SYNTAX;
	}
	s->p++;
	return JSON_OK;
}

static enum json_error
scan_document(struct scan *s)
{
	enum expect expect = VALUE;

	while (expect != AFTER || s->depth > 0) {
		enum json_error e;

		skip_blanks(s);
		if (s->p == s->end)
			return s->count ? JSON_E_SYNTAX : JSON_E_EMPTY;
		if (expect == AFTER || (expect == VALUE_OR_END && *s->p == ']') ||
		    (expect == NAME_OR_END && *s->p == '}'))
			e = scan_after(s, &expect);
		else if (expect == NAME || expect == NAME_OR_END)
			e = scan_name(s, &expect);
		else
			e = scan_value(s, &expect);
		if (e != JSON_OK)
			return e;
	}
	skip_blanks(s);
	return s->p == s->end ? JSON_OK : JSON_E_TRAILING;
}

enum json_error
json_scan(const char *text, size_t len, size_t *count, size_t *where)
{
	struct scan s = { .p = text, .end = text + len };
	enum json_error e = scan_document(&s);

	*count = s.count;
	*where = (size_t)(s.p - text);
	return e;
}

const char *
json_strerror(enum json_error e)
{
	static const char *const words[] = {
		[JSON_OK] = "no error",
		[JSON_E_EMPTY] = "no JSON value",
		[JSON_E_SIZE] = "too large",
		[JSON_E_DEPTH] = "nested too deeply",
		[JSON_E_SYNTAX] = "syntax error",
		[JSON_E_NUMBER] = "malformed number",
		[JSON_E_UTF8] = "invalid UTF-8",
		[JSON_E_ESCAPE] = "invalid escape",
		[JSON_E_CONTROL] = "control character in a string",
		[JSON_E_DUPLICATE] = "duplicate member name",
		[JSON_E_TRAILING] = "data after the value",
		[JSON_E_MEMORY] = "out of memory",
	};
	_Static_assert(sizeof words / sizeof *words == JSON_E_MEMORY + 1, "one text per error");

	return (unsigned)e <= JSON_E_MEMORY ? words[e] : "unknown error";
}
