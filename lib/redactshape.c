/* SPDX-License-Identifier: MIT */
#include "redactshape.h"

#include <string.h>

static void
add(struct redact_part *p, unsigned char c)
{
	p->set[c / 32] |= 1u << (c % 32);
}

/* One character, perhaps behind a backslash; -1: none. */
static int
one(const char **s)
{
	if (**s == '\\')
		++*s;
	return **s ? (unsigned char)*(*s)++ : -1;
}

static int
read_class(const char **s, struct redact_part *out)
{
	++*s;
	if (**s == ']' || **s == '^')
		return -1;
	while (**s != ']') {
		int from = one(s), to = from;

		if (from < 0)
			return -1;
		if (**s == '-' && (*s)[1] && (*s)[1] != ']') {
			++*s;
			to = one(s);
		}
		if (to < from)
			return -1;
		for (int c = from; c <= to; c++)
			add(out, (unsigned char)c);
	}
	++*s;
	return 0;
}

static int
read_number(const char **s, unsigned *out)
{
	const char *start = *s;

	*out = 0;
	while (**s >= '0' && **s <= '9' && *out <= REDACT_PART_MAX)
		*out = *out * 10 + (unsigned)(*(*s)++ - '0');
	return *s == start || *out > REDACT_PART_MAX ? -1 : 0;
}

static int
read_count(const char **s, struct redact_part *out)
{
	if (**s == '?') {
		++*s;
		out->min = 0;
		return 0;
	}
	if (**s != '{')
		return 0;
	++*s;
	if (read_number(s, &out->min) < 0)
		return -1;
	out->max = out->min;
	if (**s == ',') {
		++*s;
		out->max = 0;
		if (**s != '}' && (read_number(s, &out->max) < 0 || out->max < out->min))
			return -1;
		/* Without an end only where nothing follows: else the work would not be bounded. */
		if (!out->max && (**s != '}' || (*s)[1]))
			return -1;
	}
	if (**s != '}' || (!out->max && !out->min))
		return -1;
	++*s;
	return 0;
}

int
redact_shape_next(const char **s, struct redact_part *out)
{
	int c;

	if (!**s)
		return 0;
	*out = (struct redact_part){ .min = 1, .max = 1 };
	if (**s == '[')
		return read_class(s, out) < 0 || read_count(s, out) < 0 ? -1 : 1;
	if (strchr("{}?]().*+|^$", **s))
		return -1;
	c = one(s);
	if (c < 0)
		return -1;
	add(out, (unsigned char)c);
	return read_count(s, out) < 0 ? -1 : 1;
}

const char *
redact_shape_fault(const char *shape, size_t *at)
{
	const char *s = shape;
	struct redact_part p;
	int got;

	while ((got = redact_shape_next(&s, &p)) == 1) {
		*at = (size_t)(s - shape);
		if (redact_part_has(&p, '\n') || redact_part_has(&p, '\r') || redact_part_has(&p, '"') ||
		    redact_part_has(&p, '\\'))
			return "a line end, a quotation mark or a backslash cannot be part of a token";
	}
	*at = (size_t)(s - shape);
	return got < 0 ? "not a character, [class], {n}, {n,m} or, at the end, {n,}" : NULL;
}

/* The end of the part's run from pos on; *open: it may go on. */
static size_t
run(const struct redact_part *p, const struct redact_text *t, size_t pos, struct redact_run *memo,
	bool *open)
{
	size_t most = p->max ? p->max : REDACT_OPEN, end = pos;

	if (!p->max && memo && pos >= memo->start && pos < memo->end)
		end = memo->end - pos < most ? memo->end : pos + most;
	while (end < t->len && end - pos < most && redact_part_has(p, (unsigned char)t->p[end]))
		end++;
	if (!p->max && memo)
		*memo = (struct redact_run){ pos, end };
	*open = end == t->len && end - pos < most && !t->final;
	return end;
}

enum redact_verdict
redact_shape_match(const char *shape, const struct redact_text *t, size_t at, struct redact_run *memo,
	size_t *end)
{
	struct redact_part p;
	bool open = false;
	int got;

	*end = at;
	while ((got = redact_shape_next(&shape, &p)) == 1) {
		size_t from = *end;

		*end = run(&p, t, from, memo, &open);
		if (open)
			return REDACT_MORE;
		if (*end - from < p.min)
			return REDACT_NONE;
		if (!*shape && p.max && *end == t->len && !t->final)
			return REDACT_MORE;
		if (!*shape && p.max && *end < t->len && redact_part_has(&p, (unsigned char)t->p[*end]))
			return REDACT_NONE;
		/* A sentence may end behind a token; its full stop is not of it. */
		while (!*shape && !p.max && *end - from > p.min && strchr(".-", t->p[*end - 1]))
			--*end;
	}
	return got ? REDACT_NONE : REDACT_MATCH;
}
