/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"

static int
base64_value(char c)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(set, c) : NULL;

	return p ? (int)(p - set) : -1;
}

int
base64_decode(const char *s, struct buf *out)
{
	unsigned acc = 0;
	int bits = 0;

	for (; *s && *s != '='; s++) {
		int v = base64_value(*s);
		if (v < 0)
			return -1;
		acc = acc << 6 | (unsigned)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			if (buf_addch(out, (char)(acc >> bits & 0xff)) < 0)
				return -1;
		}
	}
	return s[strspn(s, "=")] ? -1 : 0;
}

char *
json_get_path(const struct json *d, int obj, const char *name)
{
	CLEANUP(buf) struct buf key = BUF_INIT;
	CLEANUP(buf) struct buf path = BUF_INIT;

	if (buf_addf(&key, "%s_base64", name) < 0)
		return NULL;
	CLEANUP(free) char *coded = json_get_cstr(d, obj, key.p);
	if (coded ? base64_decode(coded, &path) < 0 : json_str(d, json_get(d, obj, name), &path) < 0)
		return NULL;
	return memchr(path.p, 0, path.len) ? NULL : buf_steal(&path);
}
