/* SPDX-License-Identifier: MIT */
#include "num.h"

#include <errno.h>
#include "buf.h"
#include "t.h"

#define SAME INT64_C(-777)

static void
parse(const char *s, int64_t min, int64_t max, int64_t want, int err)
{
	int64_t v = SAME;
	char what[120];
	int r;

	errno = 0;
	r = num_parse(s, min, max, &v);
	snprintf(what, sizeof what, "num_parse '%s'", s);
	OK(err ? r == -1 && errno == err && v == SAME : r == 0 && v == want, what);
}

static void
parsing(void)
{
	parse("0", 0, 10, 0, 0);
	parse("10", 0, 10, 10, 0);
	parse("11", 0, 10, 0, ERANGE);
	parse("4", 5, 10, 0, ERANGE);
	parse("-5", -5, 5, -5, 0);
	parse("-6", -5, 5, 0, ERANGE);
	parse("-0", -5, 5, 0, 0);
	parse("-1", 0, 5, 0, EINVAL);
	parse("", 0, 5, 0, EINVAL);
	parse("-", -5, 5, 0, EINVAL);
	parse("+1", 0, 5, 0, EINVAL);
	parse(" 1", 0, 5, 0, EINVAL);
	parse("1 ", 0, 5, 0, EINVAL);
	parse("1\t", 0, 5, 0, EINVAL);
	parse("01", 0, 5, 0, EINVAL);
	parse("00", 0, 5, 0, EINVAL);
	parse("-01", -5, 5, 0, EINVAL);
	parse("--1", -5, 5, 0, EINVAL);
	parse("0x1", 0, 5, 0, EINVAL);
	parse("1.0", 0, 5, 0, EINVAL);
	parse("1e1", 0, 50, 0, EINVAL);
	parse("9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, 0);
	parse("9223372036854775808", INT64_MIN, INT64_MAX, 0, ERANGE);
	parse("-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, 0);
	parse("-9223372036854775809", INT64_MIN, INT64_MAX, 0, ERANGE);
	parse("18446744073709551617", 0, INT64_MAX, 0, ERANGE);
	parse("99999999999999999999999999999999999", 0, INT64_MAX, 0, ERANGE);
	parse("99999999999999999999999999999999999x", 0, INT64_MAX, 0, EINVAL);
}

static void
duration(const char *s, int64_t want, int err)
{
	int64_t v = SAME;
	char what[120];
	int r;

	errno = 0;
	r = num_duration(s, &v);
	snprintf(what, sizeof what, "num_duration '%s'", s);
	OK(err ? r == -1 && errno == err && v == SAME : r == 0 && v == want, what);
}

static void
durations(void)
{
	duration("90", 90000, 0);
	duration("90s", 90000, 0);
	duration("5m", 300000, 0);
	duration("2h", 7200000, 0);
	duration("1d", 86400000, 0);
	duration("500ms", 500, 0);
	duration("0", 0, 0);
	duration("0ms", 0, 0);
	duration("3650d", INT64_C(315360000000), 0);
	duration("315360000000ms", INT64_C(315360000000), 0);
	duration("315360000001ms", 0, ERANGE);
	duration("3651d", 0, ERANGE);
	duration("9223372036854775807d", 0, ERANGE);
	duration("9223372036854775808", 0, ERANGE);
	duration("99999999999999999999999s", 0, ERANGE);
	duration("", 0, EINVAL);
	duration("s", 0, EINVAL);
	duration("-1s", 0, EINVAL);
	duration("+1", 0, EINVAL);
	duration("1 s", 0, EINVAL);
	duration("1S", 0, EINVAL);
	duration("1w", 0, EINVAL);
	duration("1ss", 0, EINVAL);
	duration("1m30s", 0, EINVAL);
	duration("1.5h", 0, EINVAL);
	duration("05m", 0, EINVAL);
	duration("99999999999999999999999x", 0, EINVAL);
}

static void
base64(const char *in, const char *want)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	EQ(num_base64(&b, in, strlen(in)), 0, "base64");
	IS(b.p, want, want);
}

static void
texts(void)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	char hex[9];

	num_hex(hex, "\x00\xff\x1a\x80", 4);
	IS(hex, "00ff1a80", "hex");
	num_hex(hex, NULL, 0);
	IS(hex, "", "hex of nothing");
	/* RFC 4648, section 10 */
	base64("", "");
	base64("f", "Zg==");
	base64("fo", "Zm8=");
	base64("foo", "Zm9v");
	base64("foob", "Zm9vYg==");
	base64("fooba", "Zm9vYmE=");
	base64("foobar", "Zm9vYmFy");
	base64("\xff\xfe\xfd\xfb\xff", "//79+/8=");
	(void)buf_addstr(&b, "x");
	EQ(num_base64(&b, "\0", 1), 0, "base64 of a NUL");
	IS(b.p, "xAA==", "is appended");
	EQ(num_base64(&b, "", SIZE_MAX), -1, "base64 of too much");
	OK(!buf_ok(&b), "fails the buffer");
	/* draft-eastlake-fnv */
	OK(num_fnv1a("", 0) == UINT64_C(0xcbf29ce484222325), "FNV-1a of nothing");
	OK(num_fnv1a("a", 1) == UINT64_C(0xaf63dc4c8601ec8c), "FNV-1a of a");
	OK(num_fnv1a("foobar", 6) == UINT64_C(0x85944171f73967e8), "FNV-1a of foobar");
}

/* What the definition says, the slow way. */
static int
reference(const unsigned char *c, size_t len)
{
	unsigned long v;
	int n;

	if (c[0] < 0x80)
		return 1;
	n = (c[0] & 0xe0) == 0xc0 ? 2 : (c[0] & 0xf0) == 0xe0 ? 3 : (c[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (n == 0 || (size_t)n > len)
		return 0;
	v = c[0] & (0xffu >> (n + 1));
	for (int i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (c[i] & 0x3f);
	}
	if (v < (n == 2 ? 0x80u : n == 3 ? 0x800u : 0x10000u) || v > 0x10ffff)
		return 0;
	return v >= 0xd800 && v < 0xe000 ? 0 : n;
}

/* Every first and second byte with telling third and fourth ones, every length. */
static void
utf8(void)
{
	static const unsigned char tail[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0xbf, 0xc0, 0xff };
	int bad = 0;

	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++)
			for (size_t i = 0; i < 64; i++)
				for (size_t len = 1; len <= 4; len++) {
					unsigned char c[4] = { (unsigned char)a, (unsigned char)b,
						tail[i / 8], tail[i % 8] };

					bad += num_utf8((char *)c, len) != reference(c, len);
				}
	EQ(bad, 0, "UTF-8 by its definition");
	EQ(num_utf8("\xed\xa0\x80", 3), 0, "a surrogate");
	EQ(num_utf8("\xc0\xaf", 2), 0, "overlong slash");
	EQ(num_utf8("\xf4\x90\x80\x80", 4), 0, "above U+10FFFF");
	EQ(num_utf8("\xf4\x8f\xbf\xbf", 4), 4, "U+10FFFF");
	EQ(num_utf8("\xe2\x82\xac", 2), 0, "cut short");
	EQ(num_utf8("\xe2\x82\xac", 3), 3, "euro");
}

int
main(void)
{
	parsing();
	durations();
	texts();
	utf8();
	return t_done();
}
