/* SPDX-License-Identifier: MIT */
/* redactrule: the table of patterns, and the matcher of simple tokens. */
#include "redactrule.h"

#include <string.h>

#include "redactassign.h"
#include "redactchar.h"
#include "redactmatch.h"

enum kind { TOKEN, AFTER, ASSIGNMENT, BEARER, URL, PEM, JWT };

/* Demands on a token beside its length. */
enum check {
	ANY = 0,
	EDGE = 1,	/* nothing of a word before it */
	DIGIT = 2,	/* at least one */
	MIXED = 4,	/* digits, and a part of 16 without '-' or '_' */
};

/*
 * AFTER: as TOKEN, but the anchor stays. The same name may have many rows. No
 * anchor has fewer than two characters: the search looks at pairs. The rows
 * with icase come last.
 */
static const struct redact_rule rules[] = {
	{ "anthropic", "sk-ant-", false, TOKEN, SET_TOKEN, DIGIT, 16, 0 },
	{ "openai", "sk-", false, TOKEN, SET_TOKEN, EDGE | MIXED, 20, 0 },
	{ "github", "ghp_", false, TOKEN, SET_ALNUM, ANY, 30, 0 },
	{ "github", "gho_", false, TOKEN, SET_ALNUM, ANY, 30, 0 },
	{ "github", "ghu_", false, TOKEN, SET_ALNUM, ANY, 30, 0 },
	{ "github", "ghs_", false, TOKEN, SET_ALNUM, ANY, 30, 0 },
	{ "github", "ghr_", false, TOKEN, SET_ALNUM, ANY, 30, 0 },
	{ "github", "github_pat_", false, TOKEN, SET_WORD, ANY, 30, 0 },
	{ "gitlab", "glpat-", false, TOKEN, SET_DOTTED, ANY, 20, 0 },
	{ "gitlab", "gldt-", false, TOKEN, SET_TOKEN, ANY, 20, 0 },
	{ "gitlab", "glrt-", false, TOKEN, SET_DOTTED, ANY, 20, 0 },
	{ "gitlab", "glptt-", false, TOKEN, SET_HEX, ANY, 40, 0 },
	{ "gitlab", "glcbt-", false, TOKEN, SET_TOKEN, ANY, 20, 0 },
	{ "gitlab", "glsoat-", false, TOKEN, SET_TOKEN, ANY, 20, 0 },
	{ "gitlab", "glagent-", false, TOKEN, SET_TOKEN, ANY, 40, 0 },
	{ "aws", "AKIA", false, TOKEN, SET_UPPER, EDGE | DIGIT, 16, 16 },
	{ "aws", "ASIA", false, TOKEN, SET_UPPER, EDGE | DIGIT, 16, 16 },
	{ "aws", "ABIA", false, TOKEN, SET_UPPER, EDGE | DIGIT, 16, 16 },
	{ "aws", "ACCA", false, TOKEN, SET_UPPER, EDGE | DIGIT, 16, 16 },
	{ "slack", "xoxb-", false, TOKEN, SET_TOKEN, DIGIT, 10, 0 },
	{ "slack", "xoxa-", false, TOKEN, SET_TOKEN, DIGIT, 10, 0 },
	{ "slack", "xoxp-", false, TOKEN, SET_TOKEN, DIGIT, 10, 0 },
	{ "slack", "xoxr-", false, TOKEN, SET_TOKEN, DIGIT, 10, 0 },
	{ "slack", "xoxs-", false, TOKEN, SET_TOKEN, DIGIT, 10, 0 },
	{ "slack", "xoxe", false, TOKEN, SET_DOTTED, DIGIT, 20, 0 },
	{ "slack", "xapp-", false, TOKEN, SET_TOKEN, DIGIT, 10, 0 },
	{ "slack-webhook", "hooks.slack.com/services/", false, AFTER, SET_PATH, ANY, 20, 0 },
	{ "slack-webhook", "hooks.slack.com/workflows/", false, AFTER, SET_PATH, ANY, 20, 0 },
	{ "discord-webhook", "discord.com/api/webhooks/", false, AFTER, SET_BASE64, DIGIT, 40, 0 },
	{ "google", "AIza", false, TOKEN, SET_TOKEN, EDGE, 35, 35 },
	{ "google", "ya29.", false, TOKEN, SET_DOTTED, EDGE, 20, 0 },
	{ "google", "GOCSPX-", false, TOKEN, SET_TOKEN, ANY, 28, 0 },
	{ "npm", "npm_", false, TOKEN, SET_ALNUM, EDGE, 36, 36 },
	{ "pypi", "pypi-AgE", false, TOKEN, SET_TOKEN, ANY, 50, 0 },
	{ "sendgrid", "SG.", false, TOKEN, SET_DOTTED, EDGE | DIGIT, 50, 0 },
	{ "stripe", "sk_live_", false, TOKEN, SET_ALNUM, ANY, 10, 0 },
	{ "stripe", "sk_test_", false, TOKEN, SET_ALNUM, ANY, 10, 0 },
	{ "stripe", "sk_prod_", false, TOKEN, SET_ALNUM, ANY, 10, 0 },
	{ "stripe", "rk_live_", false, TOKEN, SET_ALNUM, ANY, 10, 0 },
	{ "stripe", "rk_test_", false, TOKEN, SET_ALNUM, ANY, 10, 0 },
	{ "stripe", "whsec_", false, TOKEN, SET_BASE64, ANY, 20, 0 },
	{ "huggingface", "hf_", false, TOKEN, SET_ALNUM, EDGE, 30, 0 },
	{ "digitalocean", "dop_v1_", false, TOKEN, SET_HEX, ANY, 64, 64 },
	{ "digitalocean", "doo_v1_", false, TOKEN, SET_HEX, ANY, 64, 64 },
	{ "digitalocean", "dor_v1_", false, TOKEN, SET_HEX, ANY, 64, 64 },
	{ "shopify", "shpat_", false, TOKEN, SET_HEX, ANY, 32, 32 },
	{ "shopify", "shpca_", false, TOKEN, SET_HEX, ANY, 32, 32 },
	{ "shopify", "shppa_", false, TOKEN, SET_HEX, ANY, 32, 32 },
	{ "shopify", "shpss_", false, TOKEN, SET_HEX, ANY, 32, 32 },
	{ "square", "sq0csp-", false, TOKEN, SET_TOKEN, ANY, 40, 0 },
	{ "square", "sq0atp-", false, TOKEN, SET_TOKEN, ANY, 20, 0 },
	{ "linear", "lin_api_", false, TOKEN, SET_ALNUM, ANY, 30, 0 },
	{ "databricks", "dapi", false, TOKEN, SET_HEX, EDGE | DIGIT, 32, 34 },
	{ "postman", "PMAK-", false, TOKEN, SET_TOKEN, ANY, 40, 0 },
	{ "rubygems", "rubygems_", false, TOKEN, SET_HEX, ANY, 48, 48 },
	{ "notion", "ntn_", false, TOKEN, SET_ALNUM, EDGE | DIGIT, 40, 0 },
	{ "figma", "figd_", false, TOKEN, SET_TOKEN, ANY, 30, 0 },
	{ "sentry", "sntrys_", false, TOKEN, SET_BASE64, ANY, 40, 0 },
	{ "sentry", "sntryu_", false, TOKEN, SET_HEX, ANY, 40, 0 },
	{ "grafana", "glsa_", false, TOKEN, SET_WORD, ANY, 32, 0 },
	{ "grafana", "glc_", false, TOKEN, SET_BASE64, EDGE | DIGIT, 32, 0 },
	{ "vault", "hvs.", false, TOKEN, SET_TOKEN, EDGE, 24, 0 },
	{ "vault", "hvb.", false, TOKEN, SET_TOKEN, EDGE, 24, 0 },
	{ "docker", "dckr_pat_", false, TOKEN, SET_TOKEN, ANY, 20, 0 },
	{ "docker", "dckr_oat_", false, TOKEN, SET_TOKEN, ANY, 20, 0 },
	{ "pulumi", "pul-", false, TOKEN, SET_HEX, EDGE | DIGIT, 40, 40 },
	{ "atlassian", "ATATT3", false, TOKEN, SET_BASE64, ANY, 50, 0 },
	{ "age", "AGE-SECRET-KEY-1", false, TOKEN, SET_UPPER, ANY, 58, 58 },
	{ "xai", "xai-", false, TOKEN, SET_ALNUM, EDGE | DIGIT, 60, 0 },
	{ "groq", "gsk_", false, TOKEN, SET_ALNUM, EDGE | DIGIT, 40, 0 },
	{ "replicate", "r8_", false, TOKEN, SET_ALNUM, EDGE | DIGIT, 37, 37 },
	{ "perplexity", "pplx-", false, TOKEN, SET_ALNUM, EDGE, 40, 0 },
	{ "nvidia", "nvapi-", false, TOKEN, SET_TOKEN, ANY, 50, 0 },
	{ "newrelic", "NRAK-", false, TOKEN, SET_UPPER, ANY, 27, 27 },
	{ "planetscale", "pscale_", false, TOKEN, SET_DOTTED, EDGE | DIGIT, 32, 0 },
	{ "jwt", "eyJ", false, JWT, 0, 0, 0, 0 },
	{ "private-key", "-----BEGIN ", false, PEM, 0, 0, 0, 0 },
	{ "url-password", "://", false, URL, 0, 0, 0, 0 },
	{ "bearer", "bearer ", true, BEARER, 0, 0, 0, 0 },
	{ "assignment", "pass", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "pwd", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "secret", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "token", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "key", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "credential", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "auth", true, ASSIGNMENT, 0, 0, 0, 0 },
	{ "assignment", "jwt", true, ASSIGNMENT, 0, 0, 0, 0 },
};

const struct redact_rule *
redact_rules(size_t *n)
{
	*n = sizeof rules / sizeof *rules;
	return rules;
}

static size_t
both_cases(const struct redact_rule *r, char c, unsigned char out[2])
{
	out[0] = (unsigned char)c;
	out[1] = (unsigned char)(c - 'a' + 'A');
	return r->icase && c >= 'a' && c <= 'z' ? 2 : 1;
}

void
redact_rules_pairs(uint8_t *pairs, uint8_t bit)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		unsigned char a[2], b[2];
		size_t na = both_cases(&rules[i], rules[i].anchor[0], a);
		size_t nb = both_cases(&rules[i], rules[i].anchor[1], b);

		for (size_t x = 0; x < na; x++)
			for (size_t y = 0; y < nb; y++)
				pairs[a[x] + 256u * b[y]] |= bit;
	}
}

_Static_assert(sizeof rules / sizeof *rules <= REDACT_RULES_MAX, "an index is one byte");

void
redact_rules_index(struct redact_index *x)
{
	*x = (struct redact_index){ { 0 }, { 0 } };
	/* Backwards, so that a chain is in the order of the table. */
	for (size_t i = sizeof rules / sizeof *rules; i-- > 0;) {
		unsigned char a[2];
		size_t n = both_cases(&rules[i], rules[i].anchor[0], a);

		/*
		 * One link for both cases: a chain may hold rules of the other case, which
		 * their anchors sort out.  None is lost as the icase rows come last.
		 */
		x->next[i] = x->head[a[0]];
		for (size_t k = 0; k < n; k++)
			x->head[a[k]] = (uint8_t)(i + 1);
	}
}

/* Is the rule's anchor at this place? */
static enum redact_verdict
anchored(const struct redact_rule *r, const struct redact_text *t, size_t at)
{
	for (size_t i = 0; r->anchor[i]; i++) {
		char c;

		if (at + i == t->len)
			return t->final ? REDACT_NONE : REDACT_MORE;
		c = t->p[at + i];
		if ((r->icase ? redact_lower(c) : c) != r->anchor[i])
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
match_token(const struct redact_rule *r, const struct redact_text *t, size_t at,
	struct redact_span *out)
{
	size_t from = at + strlen(r->anchor), end, n;
	bool open;

	if ((r->check & EDGE) && !redact_edge(t, at))
		return REDACT_NONE;
	end = redact_run_of(t, from, r->set, &open);
	if (open)
		return REDACT_MORE;
	while (end > from && strchr(".-", t->p[end - 1]))
		end--;
	n = end - from;
	if (n < r->min || (r->max && n > r->max) || redact_placeholder(t->p + from, n))
		return REDACT_NONE;
	if ((r->check & (DIGIT | MIXED)) && !has_digit(t->p + from, n))
		return REDACT_NONE;
	if ((r->check & MIXED) && longest_part(t->p + from, n) < 16)
		return REDACT_NONE;
	*out = (struct redact_span){ r->kind == AFTER ? from : at, end, r->name };
	return REDACT_MATCH;
}

static enum redact_verdict
judge(const struct redact_rule *r, const struct redact_text *t, size_t at, struct redact_span *out)
{
	enum redact_verdict v = REDACT_NONE;
	size_t len = strlen(r->anchor);

	switch ((enum kind)r->kind) {
	case TOKEN:
	case AFTER:
		return match_token(r, t, at, out);
	case ASSIGNMENT:
		v = redact_match_assignment(t, at, len, out);
		break;
	case BEARER:
		v = redact_match_bearer(t, at, len, out);
		break;
	case URL:
		v = redact_match_url(t, at, out);
		break;
	case PEM:
		v = redact_match_pem(t, at, len, out);
		break;
	case JWT:
		v = redact_match_jwt(t, at, out);
		break;
	}
	out->rule = r->name;
	return v;
}

enum redact_verdict
redact_rules_match(const struct redact_index *x, const struct redact_text *t, size_t at, bool covered,
	struct redact_span *out, size_t max, size_t *n)
{
	*n = 0;
	for (size_t i = x->head[(unsigned char)t->p[at]]; i; i = x->next[i - 1]) {
		const struct redact_rule *r = &rules[i - 1];
		enum redact_verdict v;

		if (covered && r->kind == ASSIGNMENT)
			continue;
		v = anchored(r, t, at);
		if (v == REDACT_MATCH)
			v = judge(r, t, at, &out[*n]);
		if (v == REDACT_MORE)
			return v;
		if (v == REDACT_MATCH && ++*n == max)
			break;
	}
	return *n ? REDACT_MATCH : REDACT_NONE;
}
