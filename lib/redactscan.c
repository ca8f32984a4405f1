/* SPDX-License-Identifier: MIT */
#include "redactscan.h"

#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

/* Half bytes that stand at each of the places. */
struct halves {
	uint16_t low[REDACT_PLACES], high[REDACT_PLACES];
};

static void
add_byte(struct halves *h, int place, unsigned char c)
{
	h->low[place] |= (uint16_t)(1u << (c & 15));
	h->high[place] |= (uint16_t)(1u << (c >> 4));
}

/*
 * The bucket of a rule. Upper halves of letters differ in one bit only (a-o,
 * p-z): by these bits of the first bytes the rules are sorted, so that in one
 * bucket the upper half is as good as known and the lower says the letter.
 * The last eight buckets are for anchors of three bytes.
 */
static unsigned
bucket_of(const char *anchor)
{
	unsigned b = 0;

	for (int i = 0; i < REDACT_PLACES && anchor[i]; i++)
		b |= (unsigned)(anchor[i] >> 4 & 1) << i;
	return anchor[3] ? b : 16 + b;
}

static void
put(struct redact_scan *s, unsigned bucket, const struct halves *h)
{
	uint8_t bit = (uint8_t)(1u << bucket % 8);

	for (int i = 0; i < REDACT_PLACES; i++)
		for (int k = 0; k < 32; k++) {
			if (h->low[i] >> (k & 15) & 1)
				s->low[bucket / 8][i][k] |= bit;
			if (h->high[i] >> (k & 15) & 1)
				s->high[bucket / 8][i][k] |= bit;
		}
}

/* Four bytes, in either case. */
static inline unsigned
four_of(const unsigned char *p)
{
	uint32_t h;

	memcpy(&h, p, sizeof h);
	return (h | 0x20202020) * 0x9e3779b1u >> (32 - REDACT_FOUR);
}

static void
mark_four(struct redact_scan *s, const char *anchor)
{
	unsigned char c[4];
	unsigned h;

	memcpy(c, anchor, 3);
	for (unsigned last = 0; last < 256; last++) {
		c[3] = anchor[3] ? (unsigned char)anchor[3] : (unsigned char)last;
		h = four_of(c);
		s->four[h / 32] |= 1u << h % 32;
		if (anchor[3])
			break;
	}
}

static struct halves
of_rule(const struct redact_rule *r, uint8_t *pairs)
{
	struct halves h = { { 0 }, { 0 } };
	unsigned char c[REDACT_PLACES][2];

	for (int i = 0; i < REDACT_PLACES; i++) {
		c[i][0] = c[i][1] = (unsigned char)r->anchor[i];
		if (!c[i][0]) {		/* an anchor of three */
			h.low[i] = h.high[i] = 0xffff;
			break;
		}
		if (redact_rule_icase(r) && c[i][0] >= 'a' && c[i][0] <= 'z')
			c[i][1] = (unsigned char)(c[i][0] - 'a' + 'A');
		add_byte(&h, i, c[i][0]);
		add_byte(&h, i, c[i][1]);
	}
	for (int i = 0; i < 4; i++)
		pairs[c[0][i & 1] + 256u * c[1][i >> 1]] |= REDACT_PAIR_RULE;
	return h;
}

/* All that begins values goes into one bucket: which pair it is, is looked up. */
static struct halves
of_values(const uint8_t *pairs)
{
	struct halves h = { { 0, 0, 0xffff, 0xffff }, { 0, 0, 0xffff, 0xffff } };

	for (unsigned i = 0; i < 65536; i++)
		if (pairs[i] & REDACT_PAIR_VALUE) {
			add_byte(&h, 0, i & 255);
			add_byte(&h, 1, (unsigned char)(i >> 8));
		}
	return h;
}

void
redact_scan_init(struct redact_scan *s, const struct redact_index *x)
{
	const struct redact_rule *r;

	memset(s->low, 0, sizeof s->low);
	memset(s->high, 0, sizeof s->high);
	memset(s->four, 0, sizeof s->four);
	s->values = memchr(s->pairs, REDACT_PAIR_VALUE, sizeof s->pairs) != NULL;
	if (s->values) {
		struct halves h = of_values(s->pairs);

		put(s, 8 * REDACT_SHELVES - 1, &h);
	}
	for (size_t i = 0; (r = redact_index_rule(x, i)); i++) {
		struct halves h = of_rule(r, s->pairs);

		put(s, bucket_of(r->anchor), &h);
		mark_four(s, r->anchor);
	}
	for (size_t i = 0; i < sizeof s->pairs; i++)
		s->first[i & 255] |= s->pairs[i];
	s->head = x->head;
#ifdef __x86_64__
	s->wide = __builtin_cpu_supports("avx2");
#endif
}

static inline bool
has_four(const struct redact_scan *s, const unsigned char *p)
{
	unsigned h = four_of(p);

	return s->four[h / 32] >> h % 32 & 1;
}

uint8_t
redact_scan_bits(const struct redact_scan *s, const char *text, size_t at, size_t n)
{
	const unsigned char *p = (const unsigned char *)text + at;
	uint8_t bits;

	if (at + 1 >= n)
		return at < n ? s->first[p[0]] : 0;
	bits = s->pairs[p[0] + 256u * p[1]];
	if (at + 3 < n ? !has_four(s, p) : at + 2 < n && !s->head[redact_head(p[0], p[1], p[2])])
		bits &= (uint8_t)~REDACT_PAIR_RULE;
	return bits;
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static inline __m256i
bytes_at(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Which buckets of a shelf does a byte at place i fit? A bit per bucket and byte. */
__attribute__((target("avx2"))) static inline __m256i
look(const struct redact_scan *s, int shelf, int i, __m256i low, __m256i high)
{
	return _mm256_and_si256(_mm256_shuffle_epi8(bytes_at((const char *)s->low[shelf][i]), low),
	    _mm256_shuffle_epi8(bytes_at((const char *)s->high[shelf][i]), high));
}

/* A bit per place of 32 at which one may begin. Written out: it is the inner loop of all. */
__attribute__((target("avx2"))) static inline uint32_t
candidates(const struct redact_scan *s, const char *p)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i v = bytes_at(p), low = _mm256_and_si256(v, half);
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(v, 4), half);
	__m256i r0 = look(s, 0, 0, low, high);
	__m256i r1 = look(s, 1, 0, low, high);
	__m256i r2 = look(s, 2, 0, low, high);

#define PLACE(i) \
	v = bytes_at(p + (i)); \
	low = _mm256_and_si256(v, half); \
	high = _mm256_and_si256(_mm256_srli_epi16(v, 4), half); \
	r0 = _mm256_and_si256(r0, look(s, 0, (i), low, high)); \
	r1 = _mm256_and_si256(r1, look(s, 1, (i), low, high)); \
	r2 = _mm256_and_si256(r2, look(s, 2, (i), low, high))

	PLACE(1);
	PLACE(2);
	PLACE(3);
#undef PLACE
	r0 = _mm256_or_si256(_mm256_or_si256(r0, r1), r2);
	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(r0, _mm256_setzero_si256()));
}

/* At most to where a vector no longer fits: *at. True: found there. */
__attribute__((target("avx2"))) static bool
next_wide(const struct redact_scan *s, const char *p, size_t *at, size_t n)
{
	for (; *at + 32 + REDACT_PLACES - 1 <= n; *at += 32)
		for (uint32_t m = candidates(s, p + *at); m; m &= m - 1) {
			size_t i = (size_t)__builtin_ctz(m);
			const unsigned char *c = (const unsigned char *)p + *at + i;

			if (has_four(s, c) ||
			    (s->values && s->pairs[c[0] + 256u * c[1]] & REDACT_PAIR_VALUE)) {
				*at += i;
				return true;
			}
		}
	return false;
}
#endif

size_t
redact_scan_next(const struct redact_scan *s, const char *p, size_t at, size_t n)
{
#ifdef __x86_64__
	if (s->wide && next_wide(s, p, &at, n))
		return at;
#endif
	while (at < n && !redact_scan_bits(s, p, at, n))
		at++;
	return at;
}
