/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "buf.h"
#include "num.h"

bool
url_is_loopback(const char *host, size_t n)
{
	/* 127.x.y.z and nothing that only begins so: digits and dots alone */
	return (n == 9 && !strncasecmp(host, "localhost", n)) || (n == 5 && !memcmp(host, "[::1]", n)) ||
		(n > 4 && !memcmp(host, "127.", 4) && strspn(host, "0123456789.") >= n);
}

int
url_chat(struct buf *out, const char *base)
{
	static const char chat[] = "/chat/completions";
	const char *host = strstr(base, "://");
	size_t len = strlen(base), n = sizeof chat - 1;

	host = host ? host + 3 : base;
	while (base + len > host && base[len - 1] == '/')
		len--;
	(void)buf_add(out, base, len);		/* sticky */
	if (!memchr(host, '/', (size_t)(base + len - host)))
		(void)buf_addstr(out, "/v1");	/* as everybody has it */
	return len >= n && !memcmp(base + len - n, chat, n) ? (buf_ok(out) ? 0 : -1) :
		buf_addstr(out, chat);
}

int
url_port(const char *url, uint16_t *port, bool *loopback)
{
	bool tls = !strncasecmp(url, "https://", 8);
	const char *host = url + (tls ? 8 : 7), *end, *colon;
	CLEANUP(free) char *number = NULL;
	int64_t n = tls ? 443 : 80;

	errno = EINVAL;
	if (!tls && strncasecmp(url, "http://", 7))
		return -1;
	end = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(end - host)))
		return -1;		/* a name or a password has no place here */
	colon = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : host;
	colon = colon ? memchr(colon, ':', (size_t)(end - colon)) : NULL;
	if (colon) {
		number = strndup(colon + 1, (size_t)(end - colon - 1));
		if (!number || num_parse(number, 1, 65535, &n) < 0)
			return -1;
		end = colon;
	}
	errno = EINVAL;
	if (end == host)
		return -1;
	*port = (uint16_t)n;
	*loopback = url_is_loopback(host, (size_t)(end - host));
	return 0;
}
