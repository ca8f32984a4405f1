/* SPDX-License-Identifier: MIT */
#include "gwhead.h"

#include <string.h>

/* The value of a header line if it has this name, trimmed, as a string; too long: nothing. */
static bool
header_is(const char *line, size_t n, const char *name, char *to, size_t room)
{
	size_t k = strlen(name);

	if (n <= k || strncasecmp(line, name, k) || line[k] != ':')
		return false;
	line += k + 1;
	n -= k + 1;
	while (n && (*line == ' ' || *line == '\t'))
		line++, n--;
	while (n && (unsigned char)line[n - 1] <= ' ')
		n--;
	if (n >= room)
		n = 0;
	memcpy(to, line, n);
	to[n] = '\0';
	return true;
}

static void
check_id(char *id)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (id[strspn(id, good)])
		id[0] = '\0';
}

void
gwhead_line(struct gwhead *h, const char *line, size_t n)
{
	char value[64];

	if (n > 5 && !memcmp(line, "HTTP/", 5)) {
		/* 100 Continue has come before, or this is the first. */
		*h = (struct gwhead){ .should_retry = -1 };
	} else if (header_is(line, n, "content-type", value, sizeof value)) {
		h->event_stream = !strncasecmp(value, "text/event-stream", 17);
		h->json = !strncasecmp(value, "application/json", 16);
	} else if (header_is(line, n, "x-should-retry", value, sizeof value)) {
		h->should_retry = !strcmp(value, "true") ? 1 : !strcmp(value, "false") ? 0 : -1;
	} else if (header_is(line, n, "request-id", h->request_id, sizeof h->request_id)) {
		check_id(h->request_id);
	} else if (!header_is(line, n, "retry-after", h->retry_after, sizeof h->retry_after)) {
		(void)header_is(line, n, "retry-after-ms", h->retry_after_ms, sizeof h->retry_after_ms);
	}
}
