/* SPDX-License-Identifier: MIT */
/*
 * redactval: the values are kept in two tries of their first HEAD bytes, one
 * of the values themselves and one of their base64 forms; what follows the
 * head is compared directly. So the work at one position is bounded by the
 * head, however many values there are, and memory by HEAD times their number.
 */
#include "redactval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "num.h"
#include "redactchar.h"
#include "redactdec.h"

enum { HEAD = 64, MIN_VALUE = 8, MIN_LINE = 16, RULE_MAX = 64 };

struct node {
	int child, sibling;		/* -1: none */
	int form;			/* first form whose head ends here, -1: none */
	unsigned char c;
};

/* A text to find: bytes [at, at + len) of the pool. */
struct form {
	size_t at, len;
	const char *rule;
	int next;			/* another with the same head */
};

struct trie {
	struct buf nodes, forms;	/* of struct node, struct form */
	int root[256];
};

struct redact_values {
	struct buf pool;		/* the texts */
	struct buf rules;		/* their names, as char * */
	struct trie plain, base64;
};

static struct node *
node(const struct trie *t, int i)
{
	return (struct node *)(void *)t->nodes.p + i;
}

static struct form *
form(const struct trie *t, int i)
{
	return (struct form *)(void *)t->forms.p + i;
}

static void
trie_init(struct trie *t)
{
	buf_init(&t->nodes);
	buf_init(&t->forms);
	for (int i = 0; i < 256; i++)
		t->root[i] = -1;
}

static int
child(const struct trie *t, int i, unsigned char c)
{
	int k = i < 0 ? t->root[c] : node(t, i)->child;

	while (k >= 0 && node(t, k)->c != c)
		k = node(t, k)->sibling;
	return k;
}

static int
grow(struct trie *t, int parent, unsigned char c)
{
	struct node n = { -1, -1, -1, c };
	int i = (int)(t->nodes.len / sizeof n);

	if (parent >= 0)
		n.sibling = node(t, parent)->child;
	if (buf_add(&t->nodes, &n, sizeof n) < 0)
		return -1;
	if (parent >= 0)
		node(t, parent)->child = i;
	else
		t->root[c] = i;
	return i;
}

static int
trie_add(struct trie *t, struct buf *pool, const char *p, size_t len, const char *rule)
{
	struct form f = { pool->len, len, rule, -1 };
	int at = -1, next;

	for (size_t i = 0; i < len && i < HEAD; i++, at = next) {
		next = child(t, at, (unsigned char)p[i]);
		if (next < 0)
			next = grow(t, at, (unsigned char)p[i]);
		if (next < 0)
			return -1;
	}
	for (int i = node(t, at)->form; i >= 0; i = form(t, i)->next)
		if (form(t, i)->len == len && !memcmp(pool->p + form(t, i)->at, p, len))
			return 0;	/* known under another name */
	f.next = node(t, at)->form;
	node(t, at)->form = (int)(t->forms.len / sizeof f);
	return buf_add(pool, p, len) < 0 ? -1 : buf_add(&t->forms, &f, sizeof f);
}

/*
 * What base64 makes of the value behind 0, 1 or 2 other bytes: only those
 * characters that no neighbour has a part in.
 */
static int
add_base64(struct redact_values *v, const char *p, size_t len, const char *rule)
{
	for (size_t shift = 0; shift < 3; shift++) {
		struct buf in CLEANUP(buf) = BUF_INIT, out CLEANUP(buf) = BUF_INIT;
		size_t from = (8 * shift + 5) / 6, to = 8 * (shift + len) / 6;

		if (buf_add(&in, "\0\0", shift) < 0 || buf_add(&in, p, len) < 0 ||
		    num_base64(&out, in.p, in.len) < 0)
			return -1;
		for (size_t i = 0; i < out.len; i++)
			out.p[i] = out.p[i] == '+' ? '-' : out.p[i] == '/' ? '_' : out.p[i];
		if (trie_add(&v->base64, &v->pool, out.p + from, to - from, rule) < 0)
			return -1;
		explicit_bzero(in.p, in.len);
		explicit_bzero(out.p, out.len);
	}
	return 0;
}

static int
add_value(struct redact_values *v, const char *p, size_t len, const char *rule)
{
	return trie_add(&v->plain, &v->pool, p, len, rule) < 0 ? -1 : add_base64(v, p, len, rule);
}

/* The lines of a value of several; those of a frame ("-----BEGIN") are no secret. */
static int
add_lines(struct redact_values *v, const char *p, const char *rule)
{
	for (; *p; p += strspn(p, "\r\n")) {
		size_t n = strcspn(p, "\r\n");

		if (n >= MIN_LINE && *p != '-' && add_value(v, p, n, rule) < 0)
			return -1;
		p += n;
	}
	return 0;
}

/* The rule of a value is its name, as far as that can stand in a marker. */
static char *
rule_name(const char *name, size_t len)
{
	char *s = strndup(name, len < RULE_MAX ? len : RULE_MAX);

	for (char *p = s; s && *p; p++)
		if (!redact_in(SET_TOKEN, (unsigned char)*p))
			*p = '_';
	return s;
}

static int
add(struct redact_values *v, const char *entry)
{
	const char *value = strchr(entry, '=');
	size_t len, name;
	char *rule;

	if (!value)
		return 0;
	/* White space around it is no secret, and seldom travels with it. */
	name = (size_t)(value - entry);
	value += 1 + strspn(value + 1, " \t\r\n");
	for (len = strlen(value); len && strchr(" \t\r\n", value[len - 1]);)
		len--;
	if (len < MIN_VALUE)
		return 0;
	rule = rule_name(entry, name);
	if (!rule || buf_add(&v->rules, &rule, sizeof rule) < 0) {
		free(rule);
		return -1;
	}
	if (add_value(v, value, len, rule) < 0)
		return -1;
	return strpbrk(value, "\r\n") ? add_lines(v, value, rule) : 0;
}

struct redact_values *
redact_values_new(const char *values, size_t n)
{
	struct redact_values *v = malloc(sizeof *v);

	if (!v)
		return NULL;
	buf_init(&v->pool);
	buf_init(&v->rules);
	trie_init(&v->plain);
	trie_init(&v->base64);
	while (n) {
		char *entry CLEANUP(free) = strndup(values, n);
		size_t len = entry ? strlen(entry) : 0;

		if (!entry || add(v, entry) < 0) {
			redact_values_free(v);
			errno = ENOMEM;
			return NULL;
		}
		explicit_bzero(entry, len);
		len += len < n;		/* its NUL */
		values += len;
		n -= len;
	}
	return v;
}

static void
wipe(struct buf *b)
{
	if (b->cap)
		explicit_bzero(b->p, b->cap);
	buf_release(b);
}

void
redact_values_free(struct redact_values *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->rules.len / sizeof(char *); i++)
		free(((char **)(void *)v->rules.p)[i]);
	buf_release(&v->rules);
	wipe(&v->pool);
	wipe(&v->plain.nodes);
	wipe(&v->plain.forms);
	wipe(&v->base64.nodes);
	wipe(&v->base64.forms);
	free(v);
}

/* ---- what can stand at the beginning ---- */

static void
pair(uint8_t *pairs, uint8_t bit, int a, int b)
{
	for (int y = b < 0 ? 0 : b; y <= (b < 0 ? 255 : b); y++)
		pairs[(unsigned)a + 256u * (unsigned)y] |= bit;
}

/* All ways to write the bytes c, d; d < 0: there is none. */
static void
pairs_of_plain(uint8_t *pairs, uint8_t bit, int c, int d)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	int hi = c >> 4, lo = c & 15;

	pair(pairs, bit, c, d);
	pair(pairs, bit, c, '\\');
	pair(pairs, bit, c, '%');
	pair(pairs, bit, c, '&');
	if (d == ' ')
		pair(pairs, bit, c, '+');
	if (c == ' ')
		pair(pairs, bit, '+', -1);
	pair(pairs, bit, '%', lower[hi]);
	pair(pairs, bit, '%', upper[hi]);
	pair(pairs, bit, lower[hi], lower[lo]);
	pair(pairs, bit, upper[hi], upper[lo]);
	if (redact_is_alnum((unsigned char)c)) {
		pair(pairs, bit, '\\', 'u');
		pair(pairs, bit, '\\', 'x');
		return;
	}
	pair(pairs, bit, '\\', -1);
	pair(pairs, bit, '&', -1);
	pair(pairs, bit, c, -1);
}

static void
trie_pairs(const struct trie *t, uint8_t *pairs, uint8_t bit, bool base64)
{
	for (int c = 0; c < 256; c++) {
		if (t->root[c] < 0)
			continue;
		for (int k = node(t, t->root[c])->child; k >= 0; k = node(t, k)->sibling) {
			int d = node(t, k)->c;
			int std_c = c == '-' ? '+' : c == '_' ? '/' : c;
			int std_d = d == '-' ? '+' : d == '_' ? '/' : d;

			if (!base64) {
				pairs_of_plain(pairs, bit, c, d);
				continue;
			}
			for (int i = 0; i < 4; i++)
				pair(pairs, bit, i & 1 ? c : std_c, i & 2 ? d : std_d);
			for (const char *s = "\n\r\\"; *s; s++) {
				pair(pairs, bit, c, *s);
				pair(pairs, bit, std_c, *s);
			}
			if (std_c == '/')
				pair(pairs, bit, '\\', '/');
		}
	}
}

void
redact_values_pairs(const struct redact_values *v, uint8_t *pairs, uint8_t bit)
{
	trie_pairs(&v->plain, pairs, bit, false);
	trie_pairs(&v->base64, pairs, bit, true);
}

/* ---- comparing ---- */

/* Does the rest of a form follow? */
static enum redact_verdict
tail(const struct redact_values *v, const struct form *f, struct redact_dec *d)
{
	for (size_t i = HEAD; i < f->len; i++) {
		int c = redact_dec_next(d);

		if (c == DEC_MORE)
			return REDACT_MORE;
		if (c != (unsigned char)v->pool.p[f->at + i])
			return REDACT_NONE;
	}
	return REDACT_MATCH;
}

/* *end becomes the end of the longest form that begins at at, if that is beyond it. */
static enum redact_verdict
walk(const struct redact_values *v, const struct trie *t, struct redact_dec *d,
	struct redact_span *out)
{
	enum redact_verdict best = REDACT_NONE;
	int i = -1;

	for (;;) {
		int c = redact_dec_next(d);

		if (c == DEC_MORE)
			return REDACT_MORE;
		i = c < 0 ? -1 : child(t, i, (unsigned char)c);
		if (i < 0)
			return best;
		for (int k = node(t, i)->form; k >= 0; k = form(t, k)->next) {
			struct redact_dec rest = *d;
			enum redact_verdict r = tail(v, form(t, k), &rest);

			if (r == REDACT_MORE)
				return r;
			if (r == REDACT_MATCH && rest.pos > out->end) {
				out->end = rest.pos;
				out->rule = form(t, k)->rule;
				best = r;
			}
		}
	}
}

enum redact_verdict
redact_values_match(const struct redact_values *v, const struct redact_text *t, size_t at,
	struct redact_span *out)
{
	enum redact_verdict r, best = REDACT_NONE;
	bool lead = false;

	*out = (struct redact_span){ .start = at, .end = at };
	for (int code = CODE_RAW; code < REDACT_CODES; code++) {
		struct redact_dec d;

		/* Where no byte could begin an escape, the escaping codes read what raw read. */
		if (code > CODE_RAW && code < CODE_HEX && !lead)
			continue;
		redact_dec_init(&d, t, at, (enum redact_code)code);
		r = walk(v, code == CODE_BASE64 ? &v->base64 : &v->plain, &d, out);
		if (r == REDACT_MORE)
			return r;
		if (r == REDACT_MATCH)
			best = r;
		lead = lead || d.lead;
	}
	return best;
}
