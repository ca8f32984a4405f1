/* SPDX-License-Identifier: MIT */
/*
 * secret: the names that promise a secret. A name is cut into words at
 * anything that is not a letter or digit and where a capital follows a small
 * letter; the words are compared in upper case.
 */
#include "secret.h"

#include <string.h>

enum {
	NAME_MAX_BYTES = 96,		/* only the end of a longer name is looked at */
	WORDS_MAX = 16,
};

enum word_kind {
	WORD_SECRET,	/* the word alone says it, also inside a longer word */
	WORD_ALONE,	/* says it only as a whole word */
	WORD_SECOND,	/* … and only after another word: PWD is a directory, DB_PWD is not */
};

static const struct {
	const char *word;
	enum word_kind kind;
} words[] = {
	{ "TOKEN", WORD_SECRET },
	{ "SECRET", WORD_SECRET },
	{ "PASSWORD", WORD_SECRET },
	{ "PASSWD", WORD_SECRET },
	{ "PASSPHRASE", WORD_SECRET },
	{ "CREDENTIAL", WORD_SECRET },
	{ "APIKEY", WORD_SECRET },
	{ "PRIVATEKEY", WORD_SECRET },
	{ "ACCESSKEY", WORD_SECRET },
	{ "AUTHKEY", WORD_SECRET },
	{ "AUTHORIZATION", WORD_SECRET },
	{ "COOKIE", WORD_ALONE },
	{ "JWT", WORD_ALONE },
	{ "DSN", WORD_ALONE },
	{ "PWD", WORD_SECOND },
	{ "PASS", WORD_SECOND },
	{ "AUTH", WORD_SECOND },
	{ "PAT", WORD_SECOND },
	{ "KEY", WORD_SECOND },
	{ "KEYS", WORD_SECOND },
};

/* A last word that makes the name a place, a size or a label, not the secret itself. */
static const char *const harmless_last[] = {
	"FILE", "FILES", "PATH", "PATHS", "DIR", "SOCK", "SOCKET", "HOST", "PORT", "TYPE", "NAME",
	"NAMES", "LENGTH", "LEN", "SIZE", "COUNT", "LIMIT", "TTL", "EXPIRY", "EXPIRES", "ENV", "PROMPT",
	"PROVIDER", "ALGORITHM", "ENDPOINT", "FIELD", "HEADER", "URI", "METHOD", "USAGE", "ENABLED",
};

/* A word that makes KEY the key of a map or a public one, and TOKENS a number of them. */
static const char *const harmless_any[] = {
	"PUBLIC", "PUB", "PRIMARY", "FOREIGN", "SORT", "PARTITION", "MAX", "MIN", "INPUT", "OUTPUT",
	"CACHE", "NUM", "TOTAL", "HOST", "INDEX", "THINKING", "BUDGET", "CACHED", "REASONING",
};

struct name {
	char text[NAME_MAX_BYTES + WORDS_MAX + 1];
	const char *word[WORDS_MAX];
	size_t len[WORDS_MAX];
	size_t n;
};

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static void
split(struct name *out, const char *p, size_t len)
{
	size_t t = 0;
	bool open = false;

	out->n = 0;
	if (len > NAME_MAX_BYTES) {
		p += len - NAME_MAX_BYTES;
		len = NAME_MAX_BYTES;
	}
	for (size_t i = 0; i < len; i++) {
		char c = p[i];

		if (!is_upper(c) && !is_lower(c) && !(c >= '0' && c <= '9')) {
			open = false;
			continue;
		}
		if (open && is_upper(c) && is_lower(p[i - 1]))
			open = false;
		if (!open) {
			if (out->n == WORDS_MAX)
				return;
			out->word[out->n] = out->text + t;
			out->len[out->n++] = 0;
			open = true;
		}
		out->text[t++] = is_lower(c) ? (char)(c - 'a' + 'A') : c;
		out->len[out->n - 1]++;
	}
}

static bool
word_is(const struct name *n, size_t i, const char *s)
{
	return *s == n->word[i][0] && strlen(s) == n->len[i] && !memcmp(n->word[i], s, n->len[i]);
}

static bool
word_has(const struct name *n, size_t i, const char *s)
{
	return memmem(n->word[i], n->len[i], s, strlen(s)) != NULL;
}

static bool
harmless(const struct name *n)
{
	size_t last = n->n - 1;

	for (size_t i = 0; i < sizeof harmless_last / sizeof *harmless_last; i++)
		if (word_is(n, last, harmless_last[i]))
			return true;
	for (size_t i = 0; i < sizeof harmless_any / sizeof *harmless_any; i++)
		for (size_t w = 0; w < n->n; w++)
			if (word_is(n, w, harmless_any[i]) &&
			    (word_is(n, last, "TOKENS") || word_is(n, last, "KEY") ||
			    word_is(n, last, "KEYS") || word_is(n, last, "TOKEN")))
				return true;
	return false;
}

bool
secret_name(const char *name, size_t len)
{
	struct name n;

	split(&n, name, len);
	if (!n.n || harmless(&n))
		return false;
	/* The usual place of a password in a URL of a connection. */
	if (n.n >= 2 && word_is(&n, n.n - 2, "DATABASE") && word_is(&n, n.n - 1, "URL"))
		return true;
	for (size_t w = 0; w < n.n; w++)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			const char *s = words[i].word;

			if (words[i].kind == WORD_SECRET ? word_has(&n, w, s) :
			    word_is(&n, w, s) && (words[i].kind == WORD_ALONE || w > 0))
				return true;
		}
	return false;
}
