/* SPDX-License-Identifier: MIT */
/*
 * url: the little that is needed of an http or https URL without a library.
 */
#ifndef JOBDIR_URL_H
#define JOBDIR_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * The port it leads to, by number or by scheme (80, 443), and whether the host is this
 * machine (localhost, 127.x.x.x, [::1]). 0, or -1+EINVAL: not http://HOST or https://HOST.
 */
int url_port(const char *url, uint16_t *port, bool *loopback);

/*
 * Append where chat completions are asked for below a base URL: one without a path is given
 * /v1, one that names the place itself stays. 0 or -1+ENOMEM.
 */
int url_chat(struct buf *out, const char *base);

/* Does a URL's host, n bytes of a string, name this machine? */
bool url_is_loopback(const char *host, size_t n);

#endif
