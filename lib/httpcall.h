/* SPDX-License-Identifier: MIT */
/*
 * httpcall: one blocking POST of JSON with libcurl: TLS verified, no redirects, no proxy
 * to this machine, the key only in a header. Commands that use it link libcurl.
 */
#ifndef JOBDIR_HTTPCALL_H
#define JOBDIR_HTTPCALL_H

#include <stddef.h>
#include <stdint.h>
#include "buf.h"

#define HTTPCALL_ANSWER_MAX (8u << 20)

struct httpcall {
	/* the caller's */
	const char *url, *key;		/* key NULL: no Authorization */
	const char *body;
	size_t len;
	int64_t timeout_ms;
	/* told of every piece of a 2xx answer as it comes, besides collecting it; or NULL */
	void (*told)(const char *p, size_t n, void *arg);
	void *arg;
	/* the answer */
	int status;			/* 0: none came */
	struct buf text;
	int64_t retry_after_ms;		/* -1: not said */
	int64_t first_byte_ms, total_ms;
};

/* 0: an answer came, whole; -1 with why (no key in it): none, or only a part (status says). */
int httpcall(struct httpcall *c, struct buf *why);

#endif
