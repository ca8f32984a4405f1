/* SPDX-License-Identifier: MIT */
/* sse: lines, then events. */
#include "sse.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

void
sse_init(struct sse *s, size_t max)
{
	*s = (struct sse){ .line = BUF_INIT, .data = BUF_INIT, .max = max };
}

void
sse_release(struct sse *s)
{
	buf_release(&s->line);
	buf_release(&s->data);
}

static int
add(struct sse *s, struct buf *b, const char *p, size_t n)
{
	if (n > s->max || b->len > s->max - n) {
		errno = EMSGSIZE;
		return -1;
	}
	return buf_add(b, p, n);
}

/* The piece goes away: what points into it is copied. */
static int
keep(struct sse *s)
{
	if (!s->now)
		return 0;
	if (add(s, &s->data, s->now, s->now_len) < 0)
		return -1;
	s->now = NULL;
	return 0;
}

static int
take_data(struct sse *s, const char *p, size_t n, bool stays)
{
	if (s->has_data) {
		if (keep(s) < 0 || add(s, &s->data, "\n", 1) < 0 || add(s, &s->data, p, n) < 0)
			return -1;
		return 0;
	}
	s->has_data = true;
	if (!stays)
		return add(s, &s->data, p, n);
	if (n > s->max) {
		errno = EMSGSIZE;
		return -1;
	}
	s->now = p;
	s->now_len = n;
	return 0;
}

static void
take_type(struct sse *s, const char *p, size_t n)
{
	if (n >= sizeof s->type)
		n = sizeof s->type - 1;
	memcpy(s->type, p, n);
	s->type[n] = '\0';
}

/* A whole line. stays: it lies in the piece. 1: it ends an event. */
static int
take_line(struct sse *s, const char *p, size_t n, bool stays)
{
	const char *colon, *value;
	size_t name;

	if (!s->begun && n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		p += 3;
		n -= 3;
	}
	s->begun = true;
	if (n == 0)
		return s->has_data;
	colon = memchr(p, ':', n);
	name = colon ? (size_t)(colon - p) : n;
	value = colon ? colon + 1 : p + n;
	if (value < p + n && *value == ' ')
		value++;
	n -= (size_t)(value - p);
	if (name == 4 && !memcmp(p, "data", 4))
		return take_data(s, value, n, stays);
	if (name == 5 && !memcmp(p, "event", 5))
		take_type(s, value, n);
	return 0;
}

static void
give(struct sse *s, struct sse_event *ev)
{
	ev->type = s->type;
	ev->data = s->now ? s->now : s->data.p;
	ev->len = s->now ? s->now_len : s->data.len;
	s->given = true;
}

/* What the last event left behind. */
static void
forget(struct sse *s)
{
	if (!s->given)
		return;
	buf_reset(&s->data);
	s->now = NULL;
	s->type[0] = '\0';
	s->has_data = s->given = false;
}

/* The length of the line at p; n if its end is not there. */
static size_t
line_length(const char *p, size_t n)
{
	const char *lf = memchr(p, '\n', n), *cr;

	if (lf)
		n = (size_t)(lf - p);
	cr = memchr(p, '\r', n);
	return cr ? (size_t)(cr - p) : n;
}

static int
step(struct sse *s, const char **p, size_t *n)
{
	size_t len = line_length(*p, *n);
	const char *line = *p;
	bool whole = len < *n, stays = s->line.len == 0;
	int r;

	if (!whole || !stays) {
		if (add(s, &s->line, line, len) < 0)
			return -1;
		if (!whole) {
			*p += len;
			*n = 0;
			return 0;
		}
	}
	s->after_cr = line[len] == '\r';
	*p += len + 1;
	*n -= len + 1;
	r = stays ? take_line(s, line, len, true) : take_line(s, s->line.p, s->line.len, false);
	buf_reset(&s->line);
	/* A line without data between events: an "event:" alone says nothing. */
	if (r == 0 && len == 0 && stays)
		s->type[0] = '\0';
	return r;
}

int
sse_next(struct sse *s, const char **p, size_t *n, struct sse_event *ev)
{
	int r;

	forget(s);
	while (*n > 0) {
		if (s->after_cr && **p == '\n') {
			s->after_cr = false;
			++*p;
			--*n;
			continue;
		}
		s->after_cr = false;
		r = step(s, p, n);
		if (r < 0)
			return -1;
		if (r > 0) {
			give(s, ev);
			return 1;
		}
	}
	return keep(s);
}

int
sse_last(struct sse *s, struct sse_event *ev)
{
	forget(s);
	if (s->line.len && take_line(s, s->line.p, s->line.len, false) < 0)
		return -1;
	buf_reset(&s->line);
	if (!s->has_data)
		return 0;
	give(s, ev);
	return 1;
}
