/* SPDX-License-Identifier: MIT */
/* num: numbers and bytes as text. */
#include "num.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "buf.h"

#define YEARS_10_MS (INT64_C(3650) * 24 * 60 * 60 * 1000)

static int
refuse(int err)
{
	errno = err;
	return -1;
}

/*
 * The value of the n digits at s, negated: the negative half of int64_t is the
 * larger one. Returns 0, EINVAL or ERANGE.
 */
static int
digits(const char *s, size_t n, int64_t *negated)
{
	bool over = false;
	int64_t v = 0;

	if (n == 0 || (s[0] == '0' && n > 1))
		return EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return EINVAL;
		/* Go on after an overflow: bad syntax is the better answer. */
		over = over || __builtin_mul_overflow(v, 10, &v) ||
			__builtin_sub_overflow(v, s[i] - '0', &v);
	}
	*negated = v;
	return over ? ERANGE : 0;
}

int
num_parse(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool minus = s[0] == '-' && min < 0;
	int64_t v;
	int err;

	s += minus;
	err = digits(s, strlen(s), &v);
	if (err)
		return refuse(err);
	if (!minus && v == INT64_MIN)
		return refuse(ERANGE);
	if (!minus)
		v = -v;
	if (v < min || v > max)
		return refuse(ERANGE);
	*out = v;
	return 0;
}

int
num_duration(const char *s, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60 * 1000 },
		{ "h", 60 * 60 * 1000 }, { "d", 24 * 60 * 60 * 1000 },
	};
	size_t n = strspn(s, "0123456789");
	int64_t v;
	int err = digits(s, n, &v);

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(s + n, units[i].name) != 0)
			continue;
		if (err)
			return refuse(err);
		if (v < -(YEARS_10_MS / units[i].ms))
			return refuse(ERANGE);
		*ms = -v * units[i].ms;
		return 0;
	}
	return refuse(EINVAL);
}

void
num_hex(char *out, const void *p, size_t len)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < len; i++) {
		*out++ = "0123456789abcdef"[c[i] >> 4];
		*out++ = "0123456789abcdef"[c[i] & 15];
	}
	*out = '\0';
}

int
num_base64(struct buf *out, const void *p, size_t len)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *c = p;

	/* One check here; the additions below then have their room. */
	if (len > SIZE_MAX / 2) {
		out->failed = true;
		return refuse(ENOMEM);
	}
	if (buf_grow(out, (len + 2) / 3 * 4) < 0)
		return -1;
	for (; len > 0; c += 3) {
		size_t n = len < 3 ? len : 3;
		unsigned v = (unsigned)c[0] << 16 | (n > 1 ? (unsigned)c[1] << 8 : 0) |
			(n > 2 ? c[2] : 0u);
		char quad[4] = {
			set[v >> 18], set[v >> 12 & 63],
			n > 1 ? set[v >> 6 & 63] : '=', n > 2 ? set[v & 63] : '=',
		};

		if (buf_add(out, quad, sizeof quad) < 0)
			return -1;
		len -= n;
	}
	return 0;
}

uint64_t
num_fnv1a(const void *p, size_t len)
{
	const unsigned char *c = p;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (len--)
		h = (h ^ *c++) * UINT64_C(0x100000001b3);
	return h;
}

int
num_utf8(const char *p, size_t len)
{
	const unsigned char *c = (const unsigned char *)p;
	int n = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 :
		c[0] < 0xf5 ? 4 : 0;

	if (n == 0 || (size_t)n > len)
		return 0;
	for (int i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f)))
		return 0;	/* overlong, surrogate */
	if (n == 4 && ((c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f)))
		return 0;	/* overlong, above U+10FFFF */
	return n;
}

bool
num_is_utf8(const char *p, size_t len)
{
	while (len) {
		size_t n = (size_t)num_utf8(p, len);

		if (!n)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

uint32_t
num_utf8_code(const char *p, int n)
{
	uint32_t c = (unsigned char)p[0];

	if (n > 1)
		c &= 0x7fu >> n;
	for (int i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

bool
num_utf8_hides(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} hiding[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
		{ 0x200b, 0x200b }, { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0x3164, 0x3164 }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};
	size_t i = 0;

	while (i < sizeof hiding / sizeof *hiding && c > hiding[i].last)
		i++;
	return i < sizeof hiding / sizeof *hiding && c >= hiding[i].first;
}
