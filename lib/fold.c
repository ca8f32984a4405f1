/* SPDX-License-Identifier: MIT */
/* fold: lessons of git's path.c and utf8.c, and of its tests t1450 and t7450. */
#include "fold.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "foldtab.h"
#include "num.h"

static unsigned
class_of(uint32_t c)
{
	unsigned lo = 0, hi = fold_nclasses;

	while (c >= 0x300 && lo < hi) {
		unsigned mid = (lo + hi) / 2;
		if (c >= fold_classes[mid].first && c <= fold_classes[mid].last)
			return fold_classes[mid].class;
		if (fold_classes[mid].last < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/*
 * Canonical order: a mark goes before the marks of a higher class that stand
 * at the end (so two spellings of the same marks become one). Its place in out.
 */
static size_t
place_of(const struct buf *out, uint32_t c)
{
	unsigned class = class_of(c);
	size_t at = out->len;

	while (class && at) {
		size_t start = at - 1;
		while (start && at - start < 4 && (out->p[start] & 0xc0) == 0x80)
			start--;
		int n = num_utf8(out->p + start, at - start);
		if (n <= 1 || (size_t)n != at - start ||
			class_of(num_utf8_code(out->p + start, n)) <= class)
			break;
		at = start;
	}
	return at;
}

static void
put(struct buf *out, uint32_t c)
{
	size_t at = place_of(out, c), tail = out->len - at;
	char b[4];
	int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (int i = n - 1; i > 0; i--, c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	if (buf_add(out, b, (size_t)n) < 0 || !tail)	/* sticky */
		return;
	memmove(out->p + at + n, out->p + at, tail);
	memcpy(out->p + at, b, (size_t)n);
}

static void
fold_char(struct buf *out, uint32_t c)
{
	unsigned lo = 0, hi = fold_nmany;

	if (c >= 0xac00 && c < 0xd7a4) {	/* Hangul syllables decompose by rule */
		uint32_t s = c - 0xac00;
		put(out, 0x1100 + s / 588);
		put(out, 0x1161 + s % 588 / 28);
		if (s % 28)
			put(out, 0x11a7 + s % 28);
		return;
	}
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const struct fold_many *m = &fold_many[mid];
		if (m->from == c) {
			for (int i = 0; i < 4 && m->to[i]; i++)
				put(out, m->to[i]);
			return;
		}
		if (m->from < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (lo = 0, hi = fold_nruns; lo < hi;) {
		unsigned mid = (lo + hi) / 2;
		if (fold_runs[mid].last < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* runs of step 2 may interleave: look at the neighbours too */
	for (unsigned i = lo; i < fold_nruns && i < lo + 2; i++) {
		const struct fold_run *r = &fold_runs[i];
		if (c >= r->first && c <= r->last && (c - r->first) % (uint32_t)r->step == 0) {
			put(out, (uint32_t)((int32_t)c + r->delta));
			return;
		}
	}
	put(out, c);
}

int
fold_name(struct buf *out, const char *p, size_t len)
{
	while (len) {
		int n = num_utf8(p, len);

		if (n <= 1) {
			char c = *p;
			(void)buf_addch(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
			n = 1;
		} else {
			fold_char(out, num_utf8_code(p, n));
		}
		p += n;
		len -= (size_t)n;
	}
	return buf_ok(out) ? 0 : -1;
}

/* Characters HFS+ does not see in a name. */
static bool
hfs_ignored(uint32_t c)
{
	return (c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
		(c >= 0x206a && c <= 0x206f) || c == 0xfeff;
}

/* As HFS+ compares it: ignored characters gone, ASCII in lower case. False: too long to matter. */
static bool
strip(const char *name, size_t len, char *out, size_t size)
{
	size_t k = 0;

	while (len) {
		int n = num_utf8(name, len);
		if (n <= 1 || !hfs_ignored(num_utf8_code(name, n))) {
			if (k + 1 >= size)
				return false;
			char c = n > 1 ? '\x7f' : *name;
			out[k++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		}
		name += n ? n : 1;
		len -= n ? (size_t)n : 1;
	}
	out[k] = '\0';
	return true;
}

/* NTFS drops spaces and dots at the end, and what follows a colon is a stream. */
static bool
ntfs_ends(const char *rest)
{
	rest += strspn(rest, " .");
	return !*rest || *rest == ':';
}

/* NTFS short names: the first six characters and ~N, or a prefix of its hash and ~N. */
static bool
ntfs_short(const char *s, const char *six, const char *hashed)
{
	size_t n = strcspn(s, "~");

	if (s[n] != '~' || n > 6 || n == 0)
		return false;
	if ((n != strlen(six) || strncmp(s, six, n) != 0) &&
		(!hashed || strncmp(s, hashed, n) != 0))
		return false;
	const char *rest = s + n + 1;
	size_t digits = strspn(rest, "0123456789");
	return digits && ntfs_ends(rest + digits);
}

static bool
is_name(const char *s, const char *dotted, const char *six, const char *hashed)
{
	size_t n = strlen(dotted);

	return (!strncmp(s, dotted, n) && ntfs_ends(s + n)) || ntfs_short(s, six, hashed);
}

/* Any part between backslashes, which NTFS takes for separators. */
static bool
any_part(const char *name, size_t len, const char *dotted, const char *six, const char *hashed)
{
	char s[256];

	while (len) {
		const char *bs = memchr(name, '\\', len);
		size_t n = bs ? (size_t)(bs - name) : len;
		if (strip(name, n, s, sizeof(s)) && is_name(s, dotted, six, hashed))
			return true;
		name += bs ? n + 1 : n;
		len -= bs ? n + 1 : n;
	}
	return false;
}

bool
fold_is_dotgit(const char *name, size_t len)
{
	return any_part(name, len, ".git", "git", NULL);
}

bool
fold_is_gitmodules(const char *name, size_t len)
{
	return any_part(name, len, ".gitmodules", "gitmod", "gi7eba");
}
