/* SPDX-License-Identifier: MIT */
/*
 * gwconf: what a gateway is told when it starts: where the model is, the keys,
 * the token of its one client.
 */
#ifndef JOBDIR_GWCONF_H
#define JOBDIR_GWCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct gwprofile;

enum gwmode { GWMODE_OPENAI, GWMODE_ANTHROPIC, GWMODE_CONNECT };
enum gwauth { GWAUTH_NONE, GWAUTH_BEARER, GWAUTH_APIKEY, GWAUTH_OAUTH };

#define GWCONF_TOKEN "JOBDIR_GATEWAY_TOKEN"	/* its name in the key descriptor */
#define GWCONF_TOKEN_MIN 32
#define GWCONF_BODY (32 << 20)			/* most bytes of a request's body */
#define GWCONF_HOSTS 8
#define GWCONF_PORT 443				/* the only one that CONNECT leads to */

struct gwupstream {
	const char *name;		/* "primary", "fallback" */
	char *base;			/* no slash at its end; NULL: there is none */
	char *model;			/* NULL: as the client says */
	const struct gwprofile *profile;
	enum gwauth auth;
	char *key;
	bool loopback;
};

struct gwconf {
	enum gwmode mode;
	struct gwupstream up[2];
	char *host[GWCONF_HOSTS];	/* GWMODE_CONNECT: to these and no others; lower case */
	int nhosts;
	char *token;
	const char *cafile;		/* NULL: the system's */
	int64_t body_max;
};

int gwconf_mode(const char *name, enum gwmode *out);	/* 0 or -1 */

/*
 * Check and take a base URL: https, or http to this machine; no user, query or
 * fragment. 0; -1 with a sentence in why.
 */
int gwconf_url(struct gwupstream *u, const char *url, struct buf *why);

/*
 * Allow CONNECT to this host: a name with a dot in it, no address. 0; -1 with a
 * sentence in why.
 */
int gwconf_allow(struct gwconf *c, const char *host, struct buf *why);

/*
 * The keys: NAME=VALUE strings, each ended by NUL or newline; text is wiped.
 * JOBDIR_GATEWAY_TOKEN is demanded. 0; -1 with a sentence in why.
 */
int gwconf_keys(struct gwconf *c, char *text, size_t len, struct buf *why);

/* Same bytes? Takes the same time wherever they differ. */
bool gwconf_token_is(const struct gwconf *c, const char *p, size_t len);

/* Overwrite every occurrence of a key in bytes that go to the client. */
void gwconf_scrub(const struct gwconf *c, char *p, size_t len);

void gwconf_release(struct gwconf *c);		/* wipes the keys */

#endif
