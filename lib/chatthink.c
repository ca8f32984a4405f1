/* SPDX-License-Identifier: MIT */
/* chatthink: <think> tags in a text that comes in pieces. */
#include "chatthink.h"

#include <string.h>

static const char open_tag[] = "<think>", close_tag[] = "</think>";

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Hand out what is held. */
static bool
release(struct chatthink *t, struct chatthink_piece *out)
{
	*out = (struct chatthink_piece){ t->state == THINK_INSIDE, t->held, t->nheld };
	t->nheld = 0;
	return out->len > 0;
}

/* Blanks, then perhaps the tag: held until that is known. */
static bool
at_start(struct chatthink *t, const char **p, size_t *n, struct chatthink_piece *out)
{
	while (*n > 0) {
		size_t tag = 0;

		while (tag < t->nheld && blank(t->held[tag]))
			tag++;
		tag = t->nheld - tag;		/* bytes of the tag so far */
		if (t->nheld == sizeof t->held ||
		    !(**p == open_tag[tag] || (tag == 0 && blank(**p)))) {
			t->state = THINK_PLAIN;
			return release(t, out);
		}
		t->held[t->nheld++] = **p;
		++*p;
		--*n;
		if (!blank(t->held[t->nheld - 1]) && tag + 1 == sizeof open_tag - 1) {
			t->state = THINK_INSIDE;
			t->nheld = 0;
			return false;
		}
	}
	return false;
}

static bool
inside(struct chatthink *t, const char **p, size_t *n, struct chatthink_piece *out)
{
	while (*n > 0) {
		const char *lt;

		if (t->nheld == 0) {
			lt = memchr(*p, '<', *n);
			if (lt != *p) {
				size_t len = lt ? (size_t)(lt - *p) : *n;

				*out = (struct chatthink_piece){ true, *p, len };
				*p += len;
				*n -= len;
				return true;
			}
		}
		if (**p != close_tag[t->nheld])
			return release(t, out);
		t->held[t->nheld++] = **p;
		++*p;
		--*n;
		if (t->nheld == sizeof close_tag - 1) {
			t->nheld = 0;
			t->state = THINK_BEHIND;
			return false;
		}
	}
	return false;
}

bool
chatthink_next(struct chatthink *t, const char **p, size_t *n, struct chatthink_piece *out)
{
	while (*n > 0) {
		switch (t->state) {
		case THINK_START:
			if (at_start(t, p, n, out))
				return true;
			break;
		case THINK_INSIDE:
			if (inside(t, p, n, out))
				return true;
			break;
		case THINK_BEHIND:
			while (*n > 0 && blank(**p)) {
				++*p;
				--*n;
			}
			if (*n > 0)
				t->state = THINK_PLAIN;
			break;
		case THINK_PLAIN:
			*out = (struct chatthink_piece){ false, *p, *n };
			*p += *n;
			*n = 0;
			return true;
		}
	}
	return false;
}

bool
chatthink_last(struct chatthink *t, struct chatthink_piece *out)
{
	size_t i = 0;

	while (i < t->nheld && blank(t->held[i]))
		i++;
	if (t->state == THINK_START && i == t->nheld)
		t->nheld = 0;
	return release(t, out);
}

bool
chatthink_plain(const struct chatthink *t)
{
	return t->state == THINK_PLAIN;
}
