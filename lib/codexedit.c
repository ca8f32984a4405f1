/* SPDX-License-Identifier: MIT */
#include "codexedit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "codexconf.h"

#define OUR_COMMENT "# jobdir:"

bool
codexedit_name_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return n && n <= 64 && !name[n];
}

static int
refuse(const struct codexedit *e, size_t at, struct buf *why, const char *words)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += e->text[i] == '\n';
	(void)buf_addf(why, "line %zu: %s", line, words);
	errno = EINVAL;
	return -1;
}

int
codexedit_open(struct codexedit *e, const char *text, size_t len, const char *name,
	struct buf *why)
{
	static const char *const servers[] = { "mcp_servers", NULL };

	*e = (struct codexedit){ .text = text, .len = len, .name = name };
	if (toml_scan(&e->toml, text, len, why))
		return -1;
	for (size_t i = 0; i < e->toml.n; i++) {
		const struct toml_item *t = &e->toml.items[i];

		if (toml_at(t, servers) && t->kind != TOML_TABLE)
			return refuse(e, t->start, why, "mcp_servers is no table of its own here; "
				"write its servers as [mcp_servers.NAME] first");
	}
	return 0;
}

void
codexedit_close(struct codexedit *e)
{
	toml_release(&e->toml);
}

/* ---- looking ---- */

static const struct toml_item *
find(const struct codexedit *e, const char *const *path)
{
	for (size_t i = 0; i < e->toml.n; i++)
		if (toml_at(&e->toml.items[i], path))
			return &e->toml.items[i];
	return NULL;
}

static bool
any_below(const struct codexedit *e, const char *const *path)
{
	for (size_t i = 0; i < e->toml.n; i++)
		if (toml_below(&e->toml.items[i], path))
			return true;
	return false;
}

bool
codexedit_has(const struct codexedit *e)
{
	const char *const path[] = { "mcp_servers", e->name, NULL };

	return any_below(e, path);
}

static char *
text_of(const struct codexedit *e, const struct toml_item *t)
{
	CLEANUP(buf) struct buf out = BUF_INIT;

	if (!t) {
		errno = ENOENT;
		return NULL;
	}
	return toml_string(e->text, t, &out) ? NULL : buf_steal(&out);
}

char *
codexedit_env(const struct codexedit *e, const char *key)
{
	const char *const path[] = { "mcp_servers", e->name, "env", key, NULL };

	return text_of(e, find(e, path));
}

char *
codexedit_member(const struct codexedit *e, const char *key)
{
	const char *const path[] = { "mcp_servers", e->name, key, NULL };

	return text_of(e, find(e, path));
}

static bool
is_among(const char *s, const char *const *list)
{
	while (*list && strcmp(*list, s))
		list++;
	return *list != NULL;
}

int
codexedit_others(const struct codexedit *e, const char *const *ours, struct buf *out)
{
	const char *const path[] = { "mcp_servers", e->name, "env", NULL };

	for (size_t i = 0; i < e->toml.n; i++) {
		const struct toml_item *t = &e->toml.items[i];

		if (!toml_below(t, path) || t->parts != 4 || t->value == t->value_end ||
		    is_among(t->part[3], ours))
			continue;
		if (codexconf_quote(out, t->part[3]))
			return -1;
		(void)buf_addstr(out, " = ");
		(void)buf_add(out, e->text + t->value, t->value_end - t->value);
		(void)buf_addch(out, '\n');
	}
	return buf_ok(out) ? 0 : -1;
}

/* Known by their name, or by the program they run. */
static bool
is_older(const struct codexedit *e, const struct toml_item *t)
{
	static const char *const marks[] = { "codex-claude", "claude-worker-mcp", "claude_worker" };
	const char *key = t->part[2];

	if (!strcmp(t->part[1], "claude_delegate") || !strcmp(t->part[1], "claude_worker"))
		return true;
	if (t->parts != 3 || (strcmp(key, "command") && strcmp(key, "args")))
		return false;
	for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
		if (memmem(e->text + t->value, t->value_end - t->value, marks[k], strlen(marks[k])))
			return true;
	return false;
}

int
codexedit_older(const struct codexedit *e, struct buf *out)
{
	static const char *const path[] = { "mcp_servers", NULL };

	for (size_t i = 0; i < e->toml.n; i++) {
		const struct toml_item *t = &e->toml.items[i];
		bool known = false;

		if (t->parts < 3 || !toml_below(t, path) || !strcmp(t->part[1], e->name) ||
		    !is_older(e, t))
			continue;
		for (const char *p = out->p; p < out->p + out->len; p += strlen(p) + 1)
			known |= !strcmp(p, t->part[1]);
		if (!known)
			(void)buf_add(out, t->part[1], strlen(t->part[1]) + 1);
	}
	return buf_ok(out) ? 0 : -1;
}

/* ---- changing ---- */

/* The length of the line at `at`, newline included. */
static size_t
line_len(const struct codexedit *e, size_t at)
{
	const char *nl = memchr(e->text + at, '\n', e->len - at);

	return nl ? (size_t)(nl - (e->text + at)) + 1 : e->len - at;
}

static bool
is_blank(const struct codexedit *e, size_t at)
{
	size_t n = line_len(e, at), i = 0;

	while (i < n && strchr(" \t\r\n", e->text[at + i]))
		i++;
	return i == n;
}

/*
 * Where the table of item i ends: after its last pair, and the comment lines
 * right below that unless they stand right above the next table.
 */
static size_t
body_end(const struct codexedit *e, size_t i)
{
	const char *const path[] = { "mcp_servers", e->name, NULL };
	size_t end, at;

	for (end = e->toml.items[i].end; ++i < e->toml.n;) {
		const struct toml_item *t = &e->toml.items[i];

		if (t->kind == TOML_TABLE || t->kind == TOML_ARRAY)
			break;
		if (t->kind == TOML_PAIR)
			end = t->end;
	}
	for (at = end; at < e->len && e->text[at + strspn(e->text + at, " \t")] == '#';)
		at += line_len(e, at);
	if (i < e->toml.n && e->toml.items[i].start == at && toml_below(&e->toml.items[i], path))
		return at;	/* between two of ours */
	return at == e->len || is_blank(e, at) ? at : end;
}

/* Where a table's lines begin: with our comment above it, and one blank line. */
static size_t
lines_begin(const struct codexedit *e, size_t start)
{
	size_t line = start;

	for (int i = 0; i < 2 && line; i++) {
		size_t above = line - 1;

		while (above && e->text[above - 1] != '\n')
			above--;
		if (!i && !strncmp(e->text + above, OUR_COMMENT, strlen(OUR_COMMENT)))
			line = above;
		else if (is_blank(e, above))
			return above;
	}
	return line;
}

/* With the line ends of the file. */
static int
with_its_ends(const struct codexedit *e, const char *s, struct buf *out)
{
	const char *nl = memchr(e->text, '\n', e->len);
	bool crlf = nl && nl > e->text && nl[-1] == '\r';

	for (; *s; s++)
		if (*s == '\n' && crlf ? buf_addstr(out, "\r\n") : buf_addch(out, *s))
			return -1;
	return 0;
}

/*
 * Copy the text without the server, and with the section (or NULL) in the place
 * of its first table, or at the end.
 */
static int
copy_without(const struct codexedit *e, const char *section, struct buf *out, struct buf *why)
{
	const char *const path[] = { "mcp_servers", e->name, NULL };
	size_t at = 0;
	bool in_table = false;

	for (size_t i = 0; i < e->toml.n; i++) {
		const struct toml_item *t = &e->toml.items[i];
		bool table = t->kind == TOML_TABLE || t->kind == TOML_ARRAY;
		size_t from = t->start;

		if (table)
			in_table = toml_below(t, path);
		if (!toml_below(t, path) || t->kind == TOML_INLINE || (!table && in_table))
			continue;
		if (t->kind == TOML_ARRAY)
			return refuse(e, from, why, "a server is no array of tables");
		if (table)
			from = lines_begin(e, from);
		if (from > at)
			(void)buf_add(out, e->text + at, from - at);
		at = table ? body_end(e, i) : t->end;
		if (table && section) {
			(void)with_its_ends(e, out->len ? "\n" : "", out);
			(void)with_its_ends(e, section, out);
			section = NULL;
		}
	}
	(void)buf_add(out, e->text + at, e->len - at);
	if (section) {
		if (out->len && out->p[out->len - 1] != '\n')
			(void)with_its_ends(e, "\n", out);
		(void)with_its_ends(e, out->len ? "\n" : "", out);
		(void)with_its_ends(e, section, out);
	}
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}

int
codexedit_put(const struct codexedit *e, const char *section, struct buf *out, struct buf *why)
{
	return copy_without(e, section, out, why);
}

int
codexedit_remove(const struct codexedit *e, struct buf *out, struct buf *why)
{
	return copy_without(e, NULL, out, why);
}

/* The text with what stands from..to replaced. */
static int
splice(const struct codexedit *e, size_t from, size_t to, const char *s, struct buf *out)
{
	(void)buf_add(out, e->text, from);
	(void)with_its_ends(e, s, out);
	(void)buf_add(out, e->text + to, e->len - to);
	if (buf_ok(out))
		return 0;
	errno = ENOMEM;
	return -1;
}

int
codexedit_set_env(const struct codexedit *e, const char *key, const char *value,
	struct buf *out, struct buf *why)
{
	const char *const path[] = { "mcp_servers", e->name, "env", key, NULL };
	const char *const env[] = { "mcp_servers", e->name, "env", NULL };
	const char *const main_table[] = { "mcp_servers", e->name, NULL };
	const struct toml_item *var = find(e, path), *table = find(e, env), *top = find(e, main_table);
	CLEANUP(buf) struct buf quoted = BUF_INIT;
	CLEANUP(buf) struct buf s = BUF_INIT;

	if (codexconf_quote(&quoted, value))
		return -1;
	if (var)
		return splice(e, var->value, var->value_end, quoted.p, out);
	if (table && table->kind == TOML_TABLE) {
		bool open = !table->end || e->text[table->end - 1] != '\n';

		(void)buf_addf(&s, "%s%s = %s\n", open ? "\n" : "", key, quoted.p);
		return splice(e, table->end, table->end, s.p, out);
	}
	if (!table && top && top->kind == TOML_TABLE && !any_below(e, env)) {
		size_t end = body_end(e, (size_t)(top - e->toml.items));
		bool open = !end || e->text[end - 1] != '\n';

		(void)buf_addf(&s, "%s\n[mcp_servers.%s.env]\n%s = %s\n", open ? "\n" : "", e->name,
			key, quoted.p);
		return splice(e, end, end, s.p, out);
	}
	if (!table && top && top->kind != TOML_TABLE)
		table = top;
	if (table && e->text[table->value] == '{') {
		size_t at = table->value + 1;
		bool empty = e->text[at + strspn(e->text + at, " \t")] == '}';

		(void)buf_addf(&s, table == top ? " env = { %s = %s }%s" : " %s = %s%s", key, quoted.p,
			empty ? "" : ",");
		return splice(e, at, at, s.p, out);
	}
	return refuse(e, table ? table->start : 0, why, "the server's env cannot be added to; write "
		"it as a table [mcp_servers.NAME.env], or use --force");
}
