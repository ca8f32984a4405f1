/* SPDX-License-Identifier: MIT */
/* jsonw: writing JSON, compact, into a buf. */
#include "jsonw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "num.h"

#define REPLACEMENT "\xef\xbf\xbd"

void
jsonw_init(struct jsonw *w, struct buf *out)
{
	memset(w, 0, sizeof *w);
	w->out = out;
	w->first[0] = 1;
}

/* Misuse must not become invalid JSON: the buffer fails instead. */
static bool
misuse(struct jsonw *w)
{
	w->out->failed = true;
	return false;
}

/* What precedes a value: nothing after a key, a comma between elements. */
static bool
before_value(struct jsonw *w)
{
	if (w->after_key) {
		w->after_key = false;
		return true;
	}
	if (w->kind[w->depth] == '{' || (w->depth == 0 && !w->first[0]))
		return misuse(w);
	if (!w->first[w->depth] && buf_addch(w->out, ',') < 0)
		return false;
	w->first[w->depth] = 0;
	return true;
}

static void
begin(struct jsonw *w, char open)
{
	if (!before_value(w))
		return;
	if (w->depth == JSON_DEPTH) {
		(void)misuse(w);
		return;
	}
	w->depth++;
	w->first[w->depth] = 1;
	w->kind[w->depth] = (unsigned char)open;
	(void)buf_addch(w->out, open);	/* sticky, here and below */
}

void
jsonw_object(struct jsonw *w)
{
	begin(w, '{');
}

void
jsonw_array(struct jsonw *w)
{
	begin(w, '[');
}

void
jsonw_end(struct jsonw *w)
{
	if (w->depth == 0 || w->after_key) {
		(void)misuse(w);
		return;
	}
	(void)buf_addch(w->out, w->kind[w->depth] == '{' ? '}' : ']');
	w->depth--;
}

void
jsonw_key(struct jsonw *w, const char *name)
{
	jsonw_keyn(w, name, strlen(name));
}

void
jsonw_keyn(struct jsonw *w, const char *name, size_t len)
{
	if (w->kind[w->depth] != '{' || w->after_key) {
		(void)misuse(w);
		return;
	}
	if (!w->first[w->depth])
		(void)buf_addch(w->out, ',');
	w->first[w->depth] = 0;
	(void)jsonw_quote(w->out, name, len);
	(void)buf_addch(w->out, ':');
	w->after_key = true;
}

/* Bytes that stand for themselves in a JSON string. */
static size_t
plain(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f &&
	    s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

static int
escape(struct buf *out, char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = memchr(from, c, sizeof from - 1);

	if (!at)
		return buf_addf(out, "\\u%04x", (unsigned)(unsigned char)c);
	return buf_add(out, (const char[]){ '\\', to[at - from] }, 2);
}

/* What cannot be seen, or turns the text around, is written so that it can. */
static void
put_char(struct buf *out, const char *s, size_t n)
{
	uint32_t c = num_utf8_code(s, (int)n);

	if (!num_utf8_hides(c))
		(void)buf_add(out, s, n);
	else if (c < 0x10000)
		(void)buf_addf(out, "\\u%04x", c);
	else
		(void)buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
			0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void
quote_body(struct buf *out, const char *s, size_t len)
{
	while (len > 0) {
		size_t n = plain(s, len);

		if (n > 0) {
			(void)buf_add(out, s, n);
		} else if ((unsigned char)*s < 0x80) {
			(void)escape(out, *s);
			n = 1;
		} else if ((n = (size_t)num_utf8(s, len)) > 0) {
			put_char(out, s, n);
		} else {
			(void)buf_addstr(out, REPLACEMENT);
			n = 1;
		}
		s += n;
		len -= n;
	}
}

int
jsonw_quote(struct buf *out, const char *s, size_t len)
{
	if (buf_grow(out, len < SIZE_MAX - 2 ? len + 2 : len) < 0)
		return -1;
	(void)buf_addch(out, '"');
	quote_body(out, s, len);
	return buf_addch(out, '"');	/* fails if anything above did */
}

void
jsonw_string(struct jsonw *w)
{
	if (before_value(w))
		(void)buf_addch(w->out, '"');
}

void
jsonw_more(struct jsonw *w, const char *s, size_t len)
{
	quote_body(w->out, s, len);
}

void
jsonw_more_raw(struct jsonw *w, const char *raw, size_t len)
{
	(void)buf_add(w->out, raw, len);
}

void
jsonw_string_end(struct jsonw *w)
{
	(void)buf_addch(w->out, '"');
}

void
jsonw_str(struct jsonw *w, const char *s, size_t len)
{
	if (before_value(w))
		(void)jsonw_quote(w->out, s, len);
}

void
jsonw_cstr(struct jsonw *w, const char *s)
{
	if (s)
		jsonw_str(w, s, strlen(s));
	else
		jsonw_null(w);
}

void
jsonw_int(struct jsonw *w, int64_t n)
{
	if (before_value(w))
		(void)buf_addf(w->out, "%lld", (long long)n);
}

void
jsonw_double(struct jsonw *w, double x)
{
	char text[40];

	if (!isfinite(x)) {
		jsonw_null(w);
		return;
	}
	/* The shortest text that reads back as the same number. */
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	if (before_value(w))
		(void)buf_addstr(w->out, text);
}

static void
word(struct jsonw *w, const char *text)
{
	if (before_value(w))
		(void)buf_addstr(w->out, text);
}

void
jsonw_bool(struct jsonw *w, bool b)
{
	word(w, b ? "true" : "false");
}

void
jsonw_null(struct jsonw *w)
{
	word(w, "null");
}

void
jsonw_node(struct jsonw *w, const struct json *d, int node)
{
	size_t len;
	const char *raw = json_raw(d, node, &len);

	if (raw)
		jsonw_raw(w, raw, len);
	else
		jsonw_null(w);
}

/* Blanks between tokens are dropped: what is written stays one line. */
void
jsonw_raw(struct jsonw *w, const char *json, size_t len)
{
	size_t from = 0;
	bool quoted = false;

	if (!before_value(w))
		return;
	for (size_t i = 0; i < len; i++) {
		char c = json[i];

		if (c == '"') {
			quoted = !quoted;
		} else if (quoted) {
			i += c == '\\';
		} else if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
			(void)buf_add(w->out, json + from, i - from);
			from = i + 1;
		}
	}
	(void)buf_add(w->out, json + from, len - from);
}

void
jsonw_mstr(struct jsonw *w, const char *name, const char *s)
{
	if (!s)
		return;
	jsonw_key(w, name);
	jsonw_cstr(w, s);
}

void
jsonw_mint(struct jsonw *w, const char *name, int64_t n)
{
	jsonw_key(w, name);
	jsonw_int(w, n);
}

void
jsonw_mbool(struct jsonw *w, const char *name, bool b)
{
	jsonw_key(w, name);
	jsonw_bool(w, b);
}

void
jsonw_mstrs(struct jsonw *w, const char *name, char *const *v, size_t n)
{
	jsonw_key(w, name);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++)
		jsonw_cstr(w, v[i]);
	jsonw_end(w);
}

static bool
is_utf8(const char *p, size_t len)
{
	while (len > 0) {
		size_t n = (size_t)num_utf8(p, len);

		if (n == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

void
jsonw_mpath(struct jsonw *w, const char *name, const char *p, size_t len)
{
	CLEANUP(buf) struct buf exact = BUF_INIT;

	jsonw_key(w, name);
	jsonw_str(w, p, len);
	if (is_utf8(p, len))
		return;
	if (buf_addstr(&exact, name) < 0 || buf_addstr(&exact, "_base64") < 0) {
		(void)misuse(w);	/* no memory: the member may not be lost silently */
		return;
	}
	jsonw_key(w, exact.p);
	if (!before_value(w))
		return;
	(void)buf_addch(w->out, '"');
	(void)num_base64(w->out, p, len);
	(void)buf_addch(w->out, '"');
}
