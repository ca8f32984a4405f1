/* SPDX-License-Identifier: MIT */
/* redactmatch: passwords in URLs, private keys, JWTs. */
#include "redactmatch.h"

#include <string.h>

#include "redactchar.h"

enum {
	LABEL_MAX = 64,
	URL_MAX = 512,
	JWT_HEADER_MAX = 1024,
	PEM_PROOF = 24,		/* base64 characters that make it a real key */
	PEM_PROOF_WITHIN = 512,
};

enum redact_verdict
redact_match_url(const struct redact_text *t, size_t at, struct redact_span *out)
{
	static const char *const none[] = { "password", "pass", "passwd", "pwd", "pw", "secret", "token" };
	bool open;
	size_t start = at + 3, end = redact_run_of(t, start, SET_USERINFO, &open), host, n;
	const char *colon;

	if (open && end - start < URL_MAX)
		return REDACT_MORE;
	if (end - start > URL_MAX)
		end = start + URL_MAX;
	for (host = end; host > start && t->p[host - 1] != '@';)
		host--;
	if (host <= start + 1)
		return REDACT_NONE;
	host--;
	colon = memchr(t->p + start, ':', host - start);
	if (!colon) {	/* https://TOKEN@host */
		if (host - start < 16 || !redact_looks_secret(t->p + start, host - start, PROMISE_TOKEN))
			return REDACT_NONE;
		*out = (struct redact_span){ .start = start, .end = host };
		return REDACT_MATCH;
	}
	start = (size_t)(colon - t->p) + 1;
	n = host - start;
	if (!n || redact_placeholder(t->p + start, n))
		return REDACT_NONE;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (strlen(none[i]) == n && !strncasecmp(none[i], t->p + start, n))
			return REDACT_NONE;
	*out = (struct redact_span){ .start = start, .end = host };
	return REDACT_MATCH;
}

/*
 * One step through the body of a block: the number of bytes (2 for an escape
 * such as \n), 0 where the body ends.
 */
static size_t
pem_step(struct redact_at *a, bool *base64)
{
	char c = redact_peek(a);
	struct redact_at b = *a;

	*base64 = redact_is_alnum((unsigned char)c) || c == '+' || c == '/';
	if (*base64 || (c && strchr(" \t\r\n=:,", c)))
		return 1;
	b.pos++;
	if (c == '\\') {
		char e = redact_peek(&b);

		a->more = a->more || b.more;
		return e && strchr("nrt/\\", e) ? (e == '\\' ? 1 : 2) : 0;
	}
	if (c != '-')
		return 0;
	/* Hyphens stand in headers (Proc-Type); five of them begin the END line. */
	for (int i = 1; i < 5; i++, b.pos++)
		if (redact_peek(&b) != '-') {
			a->more = a->more || b.more;
			return 1;
		}
	return 0;
}

enum redact_verdict
redact_match_pem(const struct redact_text *t, size_t at, size_t len, struct redact_span *out)
{
	struct redact_at a = { t, at + len, false };
	size_t label = a.pos, start, n, proof = 0;
	bool base64;

	while (a.pos - label < LABEL_MAX && redact_peek(&a) != '-' &&
	    (redact_peek(&a) == ' ' || redact_is_alnum((unsigned char)redact_peek(&a))))
		a.pos++;
	if (a.more)
		return REDACT_MORE;
	if (!memmem(t->p + label, a.pos - label, "PRIVATE KEY", 11) &&
	    !memmem(t->p + label, a.pos - label, "OpenVPN Static key", 18))
		return REDACT_NONE;
	for (int i = 0; i < 5; i++, a.pos++)
		if (redact_peek(&a) != '-')
			return a.more ? REDACT_MORE : REDACT_NONE;
	start = a.pos;
	while (a.pos - start < REDACT_OPEN && (n = pem_step(&a, &base64)) > 0 && !a.more) {
		if (a.pos - start < PEM_PROOF_WITHIN)
			proof += base64;
		else if (proof < PEM_PROOF)
			return REDACT_NONE;
		a.pos += n;
	}
	if (a.more)
		return REDACT_MORE;
	if (proof < PEM_PROOF)
		return REDACT_NONE;
	*out = (struct redact_span){ .start = start, .end = a.pos < t->len ? a.pos : t->len };
	return REDACT_MATCH;
}

enum redact_verdict
redact_match_jwt(const struct redact_text *t, size_t at, struct redact_span *out)
{
	bool open;
	size_t end;

	if (!redact_edge(t, at))
		return REDACT_NONE;
	end = redact_run_of(t, at, SET_TOKEN, &open);
	if (open && end - at < JWT_HEADER_MAX)
		return REDACT_MORE;
	if (end - at < 12 || end - at > JWT_HEADER_MAX)
		return REDACT_NONE;
	if (end + 4 > t->len && !t->final)
		return REDACT_MORE;
	if (end + 4 > t->len || memcmp(t->p + end, ".eyJ", 4) != 0)
		return REDACT_NONE;
	end = redact_run_of(t, end, SET_DOTTED, &open);
	if (open)
		return REDACT_MORE;
	while (t->p[end - 1] == '.')
		end--;
	*out = (struct redact_span){ .start = at, .end = end };
	return REDACT_MATCH;
}
