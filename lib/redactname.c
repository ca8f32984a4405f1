/* SPDX-License-Identifier: MIT */
/* redactname: the syntaxes of code, configuration, shells and data. */
#include "redactname.h"

#include <string.h>

#include "redactchar.h"

enum {
	NAME_REACH = 64,	/* bytes of a name looked at on either side of its anchor */
	BLANKS = 16,
	QUOTE_DEPTH = 16,	/* backslashes before a quote: JSON in JSON in JSON … */
};

static bool
is_name(char c)
{
	return redact_is_alnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

void
redact_skip_blanks(struct redact_at *a)
{
	for (size_t n = 0; n < BLANKS && (redact_peek(a) == ' ' || redact_peek(a) == '\t'); n++)
		a->pos++;
}

/* Backslashes and a quote, if they are there; the number of backslashes, or -1. */
static int
take_quote(struct redact_at *a, char *quote)
{
	struct redact_at b = *a;
	int depth = 0;

	while (depth < QUOTE_DEPTH && redact_peek(&b) == '\\')
		b.pos++, depth++;
	a->more = b.more;
	if (redact_peek(&b) != '"' && redact_peek(&b) != '\'' && redact_peek(&b) != '`') {
		a->more = b.more;
		return -1;
	}
	*quote = redact_peek(&b);
	b.pos++;
	*a = b;
	return depth;
}

/* The whole name around the anchor. */
void
redact_name_find(struct redact_at *a, size_t anchor, size_t len, struct redact_name *out)
{
	const char *p = a->t->p;
	size_t s = anchor;

	while (s > 0 && anchor - s < NAME_REACH && is_name(p[s - 1]))
		s--;
	/* "\nTOKEN=" in a string: the n is not of the name. */
	if (s < anchor && strchr("nrt", p[s]) && redact_backslashes(a->t, s) % 2)
		s++;
	a->pos = anchor + len;
	while (a->pos - anchor < NAME_REACH && is_name(redact_peek(a)))
		a->pos++;
	out->start = s;
	out->end = a->pos;
}

/* Is this word next? Then it is passed. */
static bool
take_word(struct redact_at *a, const char *word)
{
	struct redact_at b = *a;

	for (; *word; word++, b.pos++)
		if (redact_peek(&b) != *word) {
			a->more = a->more || b.more;
			return false;
		}
	*a = b;
	return true;
}

/* name: str = …, NAME: String = …: the type, up to its '='. */
static void
skip_type(struct redact_at *a)
{
	struct redact_at b = *a;

	for (size_t n = 0; n < NAME_REACH; n++, b.pos++) {
		char c = redact_peek(&b);

		if (!redact_is_alnum((unsigned char)c) && !(c && strchr("_.&<>[]?'| ", c)))
			break;
	}
	if (b.pos > a->pos && b.t->p[b.pos - 1] == ' ' && redact_peek(&b) == '=') {
		b.pos++;
		if (redact_peek(&b) != '=' && redact_peek(&b) != '>')
			*a = b;
		else
			a->more = a->more || b.more;
	} else {
		a->more = a->more || b.more;
	}
}

/* An operator: = == === => := ::= : .= += ?= ||= <- and what may stand behind a quoted name. */
static bool
take_operator(struct redact_at *a, bool quoted, bool argument, bool *json)
{
	static const char *const first[] = { ".=", "+=", "?=", "||=", "?\?=", "<-", ":=", "::=", "=>",
		"===", "==", "!==", "!=", "=" };
	char quote;
	struct redact_at b = *a;

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (take_word(a, first[i]))
			return true;
	if (redact_peek(a) == ':') {
		a->pos++;
		if (redact_peek(a) == ':')
			return false;
		*json = quoted;
		redact_skip_blanks(a);
		skip_type(a);
		return true;
	}
	if (!quoted)
		return false;
	/* setenv("NAME", "value"); {"name": "NAME", "value": "…"}; key="NAME" value="…"; >…< */
	if (take_word(a, ">"))
		return true;
	if (take_word(a, "value="))
		return true;
	if (!take_word(a, ","))
		return false;
	redact_skip_blanks(a);
	b = *a;
	if (take_quote(&b, &quote) >= 0 && take_word(&b, "value") && take_quote(&b, &quote) >= 0) {
		redact_skip_blanks(&b);
		if (take_word(&b, ":")) {
			*json = true;
			*a = b;
			return true;
		}
	}
	a->more = a->more || b.more;
	return argument && strchr("\"'\\", redact_peek(a));
}

/* ENV NAME value, setx NAME value, set -x NAME value, machine HOST login USER password VALUE. */
static bool
blank_assigns(const struct redact_text *t, const struct redact_name *name)
{
	static const char *const before[] = { "ENV ", "setx ", "SETX ", "setenv ", "set ",
		"SET ", "set -x ", "set -gx ", "set -Ux " };
	size_t s = name->start, line = s;

	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		size_t n = strlen(before[i]);

		if (s >= n && !memcmp(t->p + s - n, before[i], n))
			return true;
	}
	while (line > 0 && s - line < REDACT_CONTEXT / 2 && t->p[line - 1] != '\n')
		line--;
	return memmem(t->p + line, s - line, "machine ", 8) && memmem(t->p + line, s - line, "login ", 6);
}

/* From the end of the name to the value; false: this is no assignment. */
bool
redact_value_find(struct redact_at *a, const struct redact_name *name, bool *json)
{
	const char *p = a->t->p;
	bool option = p[name->start] == '-' && name->end - name->start > 2 && p[name->start + 1] == '-';
	char quote = '\0';
	bool quoted = take_quote(a, &quote) >= 0;

	if (quoted && redact_peek(a) == ']')
		a->pos++;
	if (!quoted && name->start && p[name->start - 1] == '{' && redact_peek(a) == '}')
		a->pos++;	/* $hash{name} */
	if (!quoted && name->start && p[name->start - 1] == '<' && redact_peek(a) == '>') {
		a->pos++;
		(void)take_word(a, "<![CDATA[");
		return true;
	}
	if (!quoted && redact_peek(a) == ' ' && (option || blank_assigns(a->t, name))) {
		redact_skip_blanks(a);
		return redact_peek(a) != '-';
	}
	redact_skip_blanks(a);
	if (!take_operator(a, quoted, name->start > 1 && p[name->start - 2] == '(', json))
		return false;
	redact_skip_blanks(a);
	return true;
}

/* The opening quote of a value, which may have a letter before it (b"", @"", r"", L"", $''). */
int
redact_open_quote(struct redact_at *a, char *quote)
{
	struct redact_at b = *a;
	char c = redact_peek(a);
	int depth = take_quote(a, quote);

	if (depth >= 0 || !c || !strchr("@bruLf$", c))
		return depth;
	b.pos++;
	depth = take_quote(&b, quote);
	a->more = a->more || b.more;
	if (depth >= 0)
		*a = b;
	return depth;
}
