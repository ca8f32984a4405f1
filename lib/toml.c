/* SPDX-License-Identifier: MIT */
#include "toml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "num.h"
#include "tomltext.h"

#define NONE ((size_t)-1)

struct scan {
	struct tomltext x;
	struct toml *t;
	size_t table;			/* index of the table we are in; NONE: the root */
	int depth;
};

/* ---- items ---- */

static bool
is_bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_';
}

static void
item_release(struct toml_item *i)
{
	for (size_t k = 0; k < i->parts; k++)
		free(i->part[k]);
	i->parts = 0;
}

static int
add_part(struct scan *s, struct toml_item *i, struct buf *part)
{
	if (i->parts == TOML_PARTS)
		return tomltext_bad(&s->x, "a path of too many names");
	if (memchr(part->p, '\0', part->len))
		return tomltext_bad(&s->x, "a key with NUL in it");
	i->part[i->parts] = buf_steal(part);
	if (!i->part[i->parts])
		return -1;
	i->parts++;
	return 0;
}

/* a."b".'c', appended to the path of i. */
static int
key(struct scan *s, struct toml_item *i)
{
	for (;;) {
		CLEANUP(buf) struct buf part = BUF_INIT;
		size_t from;

		tomltext_blanks(&s->x);
		from = s->x.at;
		if (tomltext_peek(&s->x) == '"' || tomltext_peek(&s->x) == '\'') {
			if (tomltext_string(&s->x, &part, false))
				return -1;
		} else {
			while (is_bare(tomltext_peek(&s->x)))
				s->x.at++;
			if (s->x.at == from)
				return tomltext_bad(&s->x, "no key where one must be");
			if (buf_add(&part, s->x.p + from, s->x.at - from))
				return -1;
		}
		if (add_part(s, i, &part))
			return -1;
		tomltext_blanks(&s->x);
		if (tomltext_peek(&s->x) != '.')
			return 0;
		s->x.at++;
	}
}

/* A new item whose path begins like that of the item at index `like` (NONE: empty). */
static struct toml_item *
new_item(struct scan *s, enum toml_kind kind, size_t like)
{
	struct toml *t = s->t;
	struct toml_item *i;

	if (!(t->n & (t->n - 1))) {	/* a power of two: full */
		i = reallocarray(t->items, t->n ? t->n * 2 : 1, sizeof *i);
		if (!i)
			return NULL;
		t->items = i;
	}
	i = &t->items[t->n++];
	*i = (struct toml_item){ .kind = kind, .start = s->x.at };
	for (size_t k = 0; like != NONE && k < t->items[like].parts; k++) {
		i->part[k] = strdup(t->items[like].part[k]);
		if (!i->part[k])
			return NULL;
		i->parts++;
	}
	return i;
}

static int value(struct scan *s, size_t owner);

/* key = value, for the new item at index n. */
static int
pair(struct scan *s, size_t n)
{
	if (key(s, &s->t->items[n]))
		return -1;
	if (tomltext_peek(&s->x) != '=')
		return tomltext_bad(&s->x, "a key without '='");
	s->x.at++;
	tomltext_blanks(&s->x);
	s->t->items[n].value = s->x.at;
	if (value(s, n))
		return -1;
	s->t->items[n].value_end = s->x.at;
	return 0;
}

static int
array(struct scan *s)
{
	for (s->x.at++;;) {
		if (tomltext_space(&s->x))
			return -1;
		if (tomltext_peek(&s->x) == ']')
			break;
		if (value(s, NONE) || tomltext_space(&s->x))
			return -1;
		if (tomltext_peek(&s->x) == ',')
			s->x.at++;
		else if (tomltext_peek(&s->x) != ']')
			return tomltext_bad(&s->x, "an array that does not end");
	}
	s->x.at++;
	return 0;
}

/* Of an inline table in an array no items are told: they have no path of their own. */
static int
inline_table(struct scan *s, size_t owner)
{
	s->x.at++;
	tomltext_blanks(&s->x);
	for (bool more = tomltext_peek(&s->x) != '}'; more;) {
		struct toml_item nameless = { .kind = TOML_INLINE };
		size_t n = s->t->n;
		int got;

		if (owner != NONE) {
			if (!new_item(s, TOML_INLINE, owner) || pair(s, n))
				return -1;
			s->t->items[n].end = s->x.at;
		} else {
			got = key(s, &nameless);
			item_release(&nameless);
			if (got)
				return -1;
			if (tomltext_peek(&s->x) != '=')
				return tomltext_bad(&s->x, "a key without '='");
			s->x.at++;
			tomltext_blanks(&s->x);
			if (value(s, owner))
				return -1;
		}
		tomltext_blanks(&s->x);
		more = tomltext_peek(&s->x) == ',';
		if (!more && tomltext_peek(&s->x) != '}')
			return tomltext_bad(&s->x, "an inline table that does not end on its line");
		if (more) {
			s->x.at++;
			tomltext_blanks(&s->x);
		}
	}
	s->x.at++;
	return 0;
}

static void
word_chars(struct scan *s)
{
	int c;

	while (c = tomltext_peek(&s->x), is_bare(c) || (c > 0 && strchr("+.:", c)))
		s->x.at++;
}

/* A number, a date, a truth value. */
static int
word(struct scan *s)
{
	size_t from = s->x.at;

	word_chars(s);
	if (s->x.at == from)
		return tomltext_bad(&s->x, "no value where one must be");
	/* 1979-05-27 07:32:00 */
	if (s->x.at - from == 10 && s->x.p[from + 4] == '-' && tomltext_see(&s->x, " ") &&
	    s->x.at + 1 < s->x.len && s->x.p[s->x.at + 1] >= '0' && s->x.p[s->x.at + 1] <= '9') {
		s->x.at++;
		word_chars(s);
	}
	return 0;
}

static int
value(struct scan *s, size_t owner)
{
	int got, c = tomltext_peek(&s->x);

	if (c == '"' || c == '\'')
		return tomltext_string(&s->x, NULL, true);
	if (c != '[' && c != '{')
		return word(s);
	if (++s->depth > TOML_DEPTH)
		return tomltext_bad(&s->x, "arrays or tables too deep in each other");
	got = c == '[' ? array(s) : inline_table(s, owner);
	s->depth--;
	return got;
}

static int
header(struct scan *s, size_t start)
{
	bool twice = tomltext_see(&s->x, "[[");
	size_t n = s->t->n;

	if (!new_item(s, twice ? TOML_ARRAY : TOML_TABLE, NONE))
		return -1;
	s->t->items[n].start = start;
	s->x.at += twice ? 2 : 1;
	if (key(s, &s->t->items[n]))
		return -1;
	if (!tomltext_see(&s->x, twice ? "]]" : "]"))
		return tomltext_bad(&s->x, "a table's name that does not end");
	s->x.at += twice ? 2 : 1;
	s->table = n;
	if (tomltext_line_end(&s->x))
		return -1;
	s->t->items[n].end = s->x.at;
	return 0;
}

static int
one_line(struct scan *s)
{
	size_t start = s->x.at, n = s->t->n;
	int c;

	tomltext_blanks(&s->x);
	c = tomltext_peek(&s->x);
	if (c == '[')
		return header(s, start);
	if (c < 0 || strchr("#\n\r", c))
		return tomltext_line_end(&s->x);
	if (!new_item(s, TOML_PAIR, s->table) || pair(s, n) || tomltext_line_end(&s->x))
		return -1;
	s->t->items[n].start = start;
	s->t->items[n].end = s->x.at;
	return 0;
}

int
toml_scan(struct toml *t, const char *text, size_t len, struct buf *why)
{
	struct scan s = { .t = t, .x = { .p = text, .len = len }, .table = NONE };
	size_t line = 1;

	*t = (struct toml){ .items = NULL };
	for (size_t n; s.x.at < len; s.x.at += n) {
		n = (size_t)num_utf8(text + s.x.at, len - s.x.at);
		if (!n) {
			(void)tomltext_bad(&s.x, "not UTF-8");
			break;
		}
	}
	if (!s.x.bad)
		s.x.at = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	while (!s.x.bad && s.x.at < len)
		if (one_line(&s))
			break;
	if (s.x.at >= len && !s.x.bad)
		return 0;
	if (!s.x.bad) {
		errno = ENOMEM;
		return -1;
	}
	for (size_t i = 0; i < s.x.at && i < len; i++)
		line += text[i] == '\n';
	(void)buf_addf(why, "line %zu: %s", line, s.x.bad);
	errno = EINVAL;
	return -1;
}

void
toml_release(struct toml *t)
{
	for (size_t i = 0; i < t->n; i++)
		item_release(&t->items[i]);
	free(t->items);
	*t = (struct toml){ .items = NULL };
}

bool
toml_below(const struct toml_item *i, const char *const *path)
{
	size_t k = 0;

	for (; path[k]; k++)
		if (k >= i->parts || strcmp(i->part[k], path[k]))
			return false;
	return true;
}

bool
toml_at(const struct toml_item *i, const char *const *path)
{
	size_t n = 0;

	while (path[n])
		n++;
	return n == i->parts && toml_below(i, path);
}

int
toml_string(const char *text, const struct toml_item *i, struct buf *out)
{
	struct tomltext s = { .p = text, .at = i->value, .len = i->value_end };

	if (tomltext_peek(&s) != '"' && tomltext_peek(&s) != '\'') {
		errno = EINVAL;
		return -1;
	}
	return tomltext_string(&s, out, true);
}
