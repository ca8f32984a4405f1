/* SPDX-License-Identifier: MIT */
/* redactchar: kinds of characters, and what looks like a secret. */
#include "redactchar.h"

#include <string.h>

enum { BACKSLASHES_MAX = 200, JUDGED_MAX = 128 };

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_upper(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}

bool
redact_is_alnum(unsigned char c)
{
	return is_digit(c) || is_upper(c) || is_lower(c);
}

char
redact_lower(char c)
{
	return is_upper((unsigned char)c) ? (char)(c - 'A' + 'a') : c;
}

/* A bit per character below 128. */
const uint64_t redact_sets[REDACT_SETS][2] = {
	[SET_ALNUM] = { 0x03ff000000000000, 0x07fffffe07fffffe },
	[SET_WORD] = { 0x03ff000000000000, 0x07fffffe87fffffe },	/* _ */
	[SET_TOKEN] = { 0x03ff200000000000, 0x07fffffe87fffffe },	/* _- */
	[SET_DOTTED] = { 0x03ff600000000000, 0x07fffffe87fffffe },	/* _-. */
	[SET_BASE64] = { 0x23ffa80000000000, 0x07fffffe87fffffe },	/* +/-_= */
	[SET_UPPER] = { 0x03ff000000000000, 0x0000000007fffffe },
	[SET_HEX] = { 0x03ff000000000000, 0x0000007e0000007e },
	[SET_PATH] = { 0x03ff800000000000, 0x07fffffe07fffffe },	/* / */
	[SET_VALUE] = { 0xa7ffec3a00000000, 0x57fffffec7ffffff },	/* _-./+=~!@#$%^*:|? */
	[SET_USERINFO] = { 0x2fff7f7200000000, 0x47fffffe87ffffff },	/* _-.~%!$&()*+,;=:@ */
	[SET_COOKIE] = { 0xafffec3b00000000, 0x57fffffec7ffffff },	/* as VALUE, blank, ; */
};

size_t
redact_run_of(const struct redact_text *t, size_t pos, enum redact_set set, bool *open)
{
	struct redact_run *seen = t->runs ? &t->runs[set] : NULL;
	size_t end = pos;

	if (seen && pos >= seen->start && pos < seen->end)
		end = seen->end - pos < REDACT_OPEN ? seen->end : pos + REDACT_OPEN;
	while (end < t->len && end - pos < REDACT_OPEN && redact_in(set, (unsigned char)t->p[end]))
		end++;
	if (seen)
		*seen = (struct redact_run){ pos, end };
	*open = end == t->len && end - pos < REDACT_OPEN && !t->final;
	return end;
}

size_t
redact_backslashes(const struct redact_text *t, size_t pos)
{
	size_t n = 0;

	while (n < pos && n < BACKSLASHES_MAX && t->p[pos - 1 - n] == '\\')
		n++;
	return n;
}

/* The letter before at ends a colour: ESC [ 1 ; 32 m, the ESC also as \u001b, \x1b, \033. */
static bool
after_colour(const struct redact_text *t, size_t at)
{
	size_t i = at - 1, n = 0;

	if (t->p[i] != 'm' && t->p[i] != 'K')
		return false;
	while (i > 0 && n < 24 && (is_digit((unsigned char)t->p[i - 1]) || t->p[i - 1] == ';'))
		i--, n++;
	if (!i || t->p[i - 1] != '[' || i < 2)
		return false;
	i--;
	return t->p[i - 1] == '\033' || (i >= 2 && (!memcmp(t->p + i - 2, "1b", 2) ||
	    !memcmp(t->p + i - 2, "1B", 2) || !memcmp(t->p + i - 2, "33", 2)));
}

bool
redact_edge(const struct redact_text *t, size_t at)
{
	unsigned char c;

	if (!at)
		return true;
	c = (unsigned char)t->p[at - 1];
	if (!redact_is_alnum(c) && c != '_')
		return true;
	if (strchr("nrtbf", c) && redact_backslashes(t, at - 1) > 0)
		return true;
	if (at >= 6 && t->p[at - 6] == '\\' && t->p[at - 5] == 'u')
		return true;
	if (at >= 3 && t->p[at - 3] == '%' && redact_in(SET_HEX, (unsigned char)t->p[at - 2]) &&
	    redact_in(SET_HEX, c))
		return true;
	return after_colour(t, at);
}

static size_t
distinct(const char *p, size_t n)
{
	bool seen[256] = { false };
	size_t d = 0;

	for (size_t i = 0; i < n; i++)
		if (!seen[(unsigned char)p[i]]) {
			seen[(unsigned char)p[i]] = true;
			d++;
		}
	return d;
}

static bool
has(const char *p, size_t n, const char *word)
{
	size_t w = strlen(word);

	for (size_t i = 0; i + w <= n; i++) {
		size_t k = 0;

		while (k < w && redact_lower(p[i + k]) == word[k])
			k++;
		if (k == w)
			return true;
	}
	return false;
}

bool
redact_placeholder(const char *p, size_t n)
{
	static const char *const words[] = {
		"xxxx", "****", "....", "example", "placeholder", "changeme", "change_me", "change-me",
		"your_", "your-", "redacted", "insert", "replace", "todo", "undefined", "____", "fixme",
	};

	if (!n || strchr("$<{*%[(", *p))
		return true;
	if (n > JUDGED_MAX)
		n = JUDGED_MAX;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has(p, n, words[i]))
			return true;
	return distinct(p, n) < (n < 8 ? 3 : 5);
}

struct shape {
	size_t digits, uppers, lowers, specials, spaces;
	size_t changes;			/* from one kind of character to another */
	bool hex, uuid;
};

static void
shape_of(struct shape *s, const char *p, size_t n)
{
	int last = 0;

	*s = (struct shape){ .hex = true, .uuid = n == 36 };
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		int kind = 0;

		if (is_digit(c))
			kind = 1, s->digits++;
		else if (is_upper(c))
			kind = 2, s->uppers++;
		else if (is_lower(c))
			kind = 3, s->lowers++;
		else if (c == ' ')
			s->spaces++;
		else if (c != '_' && c != '-' && c != '.')
			kind = 4, s->specials++;
		if (kind && last && kind != last)
			s->changes++;
		last = kind ? kind : last;
		s->hex = s->hex && redact_in(SET_HEX, c);
		s->uuid = s->uuid && (i == 8 || i == 13 || i == 18 || i == 23 ? c == '-' :
		    redact_in(SET_HEX, c));
	}
}

static bool
is_place(const char *p, size_t n)
{
	return *p == '/' || (n > 1 && p[0] == '.' && (p[1] == '/' || p[1] == '.')) ||
	    (n > 1 && p[0] == '~' && p[1] == '/') || has(p, n, "://") || has(p, n, "::") || has(p, n, "->");
}

/* Base64 that happens to begin with a slash: long, and as mixed as no path is. */
static bool
is_base64(const char *p, size_t n, const struct shape *s)
{
	size_t j = n < JUDGED_MAX ? n : JUDGED_MAX;

	for (size_t i = 0; i < j; i++)
		if (!redact_in(SET_BASE64, (unsigned char)p[i]))
			return false;
	return n >= 24 && n % 4 == 0 && s->digits && s->uppers && s->lowers && s->changes * 3 >= j;
}

static bool
looks_random(const char *p, size_t n, enum redact_promise promise)
{
	size_t j = n < JUDGED_MAX ? n : JUDGED_MAX;
	struct shape s;

	shape_of(&s, p, j);
	if (is_place(p, j) && !is_base64(p, n, &s))
		return false;
	if (promise == PROMISE_HEADER)
		return s.spaces == 0;
	if (promise == PROMISE_COOKIE)
		return memchr(p, '=', j) != NULL && s.digits + s.uppers + s.lowers >= 8;
	/* Random letters change their case far more often than names of several words do. */
	if (promise != PROMISE_KEY && j >= 32 && !s.spaces && s.uppers > 5 && s.lowers > 5 &&
	    s.changes * 3 >= j)
		return true;
	if (s.spaces > 2 || (!s.digits && !s.specials))
		return false;
	if (promise == PROMISE_PASSWORD)
		return true;
	/* Object ids and UUIDs are names; only a name that is plain about it makes them secret. */
	if (promise == PROMISE_KEY && (s.uuid || (s.hex && (n == 32 || n == 40 || n == 64))))
		return false;
	if (!s.digits || !(s.uppers + s.lowers) || s.spaces)
		return false;
	return s.changes * 5 >= j || s.uuid || (j >= 16 && s.digits * 6 >= j);
}

bool
redact_looks_secret(const char *p, size_t n, enum redact_promise promise)
{
	/* The words of placeholders last: looking for them costs most. */
	return n >= (promise >= PROMISE_PASSWORD ? 6 : 8) && looks_random(p, n, promise) &&
	    !redact_placeholder(p, n);
}

char
redact_peek(struct redact_at *a)
{
	if (a->pos < a->t->len)
		return a->t->p[a->pos];
	a->more = a->more || !a->t->final;
	return '\0';
}
