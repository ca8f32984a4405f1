/* SPDX-License-Identifier: MIT */
/* redactrule: the table of patterns, and the matcher of simple tokens. */
#include "redactrule.h"

#include <string.h>

#include "redactassign.h"
#include "redactmatch.h"
#include "redactshape.h"
#include "redacttable.h"

enum { N_RULES = sizeof rules / sizeof *rules, JUDGED_MAX = 256 };

_Static_assert(N_RULES + 256 <= REDACT_RULES_MAX, "there is room for rules of the user's");

/* Secrets of documentation and of emulators: everybody has them. */
static const char *const allowed[] = {
	"sk_test_4eC39HqLyjWDarjtT1zdp7dc",
	"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
	"C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DEC2nQg9lJqd3lbAtoOw2kTYcFB5SMaKU9pSF3qjCM0=",
	NULL,
};

const struct redact_rule *
redact_rules(size_t *n)
{
	*n = N_RULES;
	return rules;
}

bool
redact_rule_icase(const struct redact_rule *r)
{
	return r->kind == NEAR || r->kind == ASSIGNMENT || r->kind == BEARER;
}

const char *
redact_rule_words(const struct redact_rule *r)
{
	static const char *const words[] = {
		[TOKEN] = "a token of this form", [AFTER] = "what follows this text",
		[NEAR] = "a value of this form, assigned to a name with this word",
		[ASSIGNMENT] = "a value that looks secret, assigned to a name that promises one",
		[BEARER] = "a login in a header", [URL] = "a password or token in a URL",
		[PEM] = "a block of a private key", [JWT] = "a JSON web token",
	};

	return words[r->kind];
}

void
redact_rule_plain(struct redact_rule *r)
{
	r->kind = TOKEN;
	r->check = EDGE | ASKED;
}

const struct redact_rule *
redact_index_rule(const struct redact_index *x, size_t i)
{
	if (i < N_RULES)
		return &rules[i];
	return i - N_RULES < x->users ? &x->user[i - N_RULES] : NULL;
}

/* Four bytes with the bit set that tells small letters: what it does to others does not matter. */
static uint32_t
folded(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v | 0x20202020;
}

static struct redact_first
first_of(const char *anchor)
{
	unsigned char c[4] = { 0 }, m[4] = { 0 };
	struct redact_first f;

	for (size_t i = 0; i < sizeof c && anchor[i]; i++) {
		c[i] = (unsigned char)anchor[i];
		m[i] = 0xff;
	}
	memcpy(&f.mask, m, sizeof m);
	f.is = folded(c) & f.mask;
	return f;
}

void
redact_index_init(struct redact_index *x)
{
	memset(x->head, 0, sizeof x->head);
	memset(x->run, 0, sizeof x->run);
	memset(x->sets, 0, sizeof x->sets);
	/* Backwards, so that a chain is in the order of the table. */
	for (size_t i = N_RULES + x->users; i-- > 0;) {
		const char *a = redact_index_rule(x, i)->anchor;
		unsigned h = redact_head((unsigned char)a[0], (unsigned char)a[1], (unsigned char)a[2]);

		x->first[i] = first_of(a);
		x->next[i] = x->head[h];
		x->head[h] = (uint16_t)(i + 1);
	}
}

static void
forget(struct redact_run *r, size_t n)
{
	r->start = r->start > n ? r->start - n : 0;
	r->end = r->end > n ? r->end - n : 0;
}

void
redact_index_forget(struct redact_index *x, size_t n)
{
	for (size_t i = 0; i < N_RULES + x->users; i++)
		forget(&x->run[i], n);
	for (size_t i = 0; i < REDACT_SETS; i++)
		forget(&x->sets[i], n);
}

/* Is the rule's anchor at this place? */
static enum redact_verdict
anchored(const struct redact_rule *r, bool icase, const struct redact_text *t, size_t at)
{
	for (size_t i = 0; r->anchor[i]; i++) {
		char c;

		if (at + i == t->len)
			return t->final ? REDACT_NONE : REDACT_MORE;
		c = t->p[at + i];
		if ((icase ? redact_lower(c) : c) != r->anchor[i])
			return REDACT_NONE;
	}
	return REDACT_MATCH;
}

static bool
has_digit(const char *p, size_t n)
{
	for (; n; p++, n--)
		if (*p >= '0' && *p <= '9')
			return true;
	return false;
}

/* The longest part without '-' and '_'. */
static size_t
longest_part(const char *p, size_t n)
{
	size_t best = 0, part = 0;

	for (; n; p++, n--) {
		part = *p == '-' || *p == '_' ? 0 : part + 1;
		best = part > best ? part : best;
	}
	return best;
}

static enum redact_verdict
match_token(const struct redact_rule *r, const struct redact_text *t, size_t at, struct redact_run *run,
	struct redact_span *out)
{
	size_t from = at + strlen(r->anchor), end, n;
	enum redact_verdict v;

	if ((r->check & EDGE) && !redact_edge(t, at))
		return REDACT_NONE;
	v = redact_shape_match(r->shape, t, from, run, &end);
	if (v != REDACT_MATCH)
		return v;
	*out = (struct redact_span){ .start = r->kind == AFTER ? from : at, .end = end };
	if (r->check & ASKED)
		return REDACT_MATCH;
	/* Enough to judge by: the same few bytes must not be read for each of many anchors. */
	n = end - from < JUDGED_MAX ? end - from : JUDGED_MAX;
	if (redact_placeholder(t->p + from, n))
		return REDACT_NONE;
	if ((r->check & (DIGIT | MIXED)) && !has_digit(t->p + from, n))
		return REDACT_NONE;
	if ((r->check & MIXED) && longest_part(t->p + from, n) < 16)
		return REDACT_NONE;
	if ((r->check & RANDOM) && !redact_looks_secret(t->p + from, n, PROMISE_TOKEN))
		return REDACT_NONE;
	return REDACT_MATCH;
}

static enum redact_verdict
judge(const struct redact_rule *r, const struct redact_text *t, size_t at, struct redact_run *run,
	struct redact_span *out)
{
	size_t len = strlen(r->anchor);

	switch ((enum kind)r->kind) {
	case TOKEN:
	case AFTER:
		return match_token(r, t, at, run, out);
	case NEAR:
		return redact_match_near(t, at, len, r->shape, out);
	case ASSIGNMENT:
		return redact_match_assignment(t, at, len, out);
	case BEARER:
		return redact_match_bearer(t, at, len, out);
	case URL:
		return redact_match_url(t, at, out);
	case PEM:
		return redact_match_pem(t, at, len, out);
	case JWT:
		return redact_match_jwt(t, at, out);
	}
	return REDACT_NONE;
}

static bool
is_allowed(const char *const *list, const char *p, size_t n)
{
	for (; list && *list; list++)
		if (strlen(*list) == n && !memcmp(*list, p, n))
			return true;
	return false;
}

enum redact_verdict
redact_rules_match(struct redact_index *x, const struct redact_text *t, size_t at, bool covered,
	struct redact_span *out, size_t max, size_t *n)
{
	const unsigned char *p = (const unsigned char *)t->p + at;
	/* Near the end of the text any rule may begin. */
	bool all = t->len - at < REDACT_ANCHOR_MIN, near_end = t->len - at < sizeof(uint32_t);
	uint32_t four = near_end ? 0 : folded(p);
	const struct redact_rule *r;

	*n = 0;
	for (size_t i = all ? 1 : x->head[redact_head(p[0], p[1], p[2])];
	    i && (r = redact_index_rule(x, i - 1)); i = all ? i + 1 : x->next[i - 1]) {
		struct redact_span *s;
		enum redact_verdict v;

		if (!near_end && (four & x->first[i - 1].mask) != x->first[i - 1].is)
			continue;
		if (covered && (r->kind == ASSIGNMENT || r->kind == NEAR))
			continue;
		v = anchored(r, redact_rule_icase(r), t, at);
		if (v == REDACT_MATCH)
			v = judge(r, t, at, &x->run[i - 1], &out[*n]);
		if (v == REDACT_MORE)
			return v;
		s = &out[*n];
		if (v != REDACT_MATCH || is_allowed(allowed, t->p + s->start, s->end - s->start) ||
		    is_allowed(x->allowed, t->p + s->start, s->end - s->start))
			continue;
		s->rule = r->name;
		s->row = r;
		if (++*n == max)
			break;
	}
	return *n ? REDACT_MATCH : REDACT_NONE;
}
