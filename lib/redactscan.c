/* SPDX-License-Identifier: MIT */
#include "redactscan.h"

#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

/* Half bytes that stand at each of three places. */
struct halves {
	uint16_t low[3], high[3];
};

static void
add_byte(struct halves *h, int place, unsigned char c)
{
	h->low[place] |= (uint16_t)(1u << (c & 15));
	h->high[place] |= (uint16_t)(1u << (c >> 4));
}

/* How many three bytes pass. */
static unsigned
passing(const struct halves *h)
{
	unsigned n = 1;

	for (int i = 0; i < 3; i++)
		n *= (unsigned)(__builtin_popcount(h->low[i]) * __builtin_popcount(h->high[i]));
	return n;
}

static struct halves
joined(const struct halves *a, const struct halves *b)
{
	struct halves r;

	for (int i = 0; i < 3; i++) {
		r.low[i] = a->low[i] | b->low[i];
		r.high[i] = a->high[i] | b->high[i];
	}
	return r;
}

/* Into the bucket that it makes least worse; cost[]: what passes each now. */
static void
place(struct halves *bucket, unsigned *cost, size_t n, const struct halves *h)
{
	struct halves into = { { 0 }, { 0 } };
	size_t best = 0;
	unsigned least = ~0u;

	for (size_t i = 0; i < n && least; i++) {
		struct halves j = joined(&bucket[i], h);
		bool same = !memcmp(&j, &bucket[i], sizeof j);
		unsigned more = same ? 0 : passing(&j) - cost[i];

		if (more < least) {
			least = more;
			best = i;
			into = j;
		}
	}
	bucket[best] = into;
	cost[best] += least;
}

static struct halves
of_rule(const struct redact_rule *r, uint8_t *pairs)
{
	struct halves h = { { 0 }, { 0 } };
	unsigned char c[3][2];

	for (int i = 0; i < 3; i++) {
		c[i][0] = c[i][1] = (unsigned char)r->anchor[i];
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
	struct halves h = { { 0, 0, 0xffff }, { 0, 0, 0xffff } };

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
	struct halves bucket[REDACT_BUCKETS] = { { { 0 }, { 0 } } };
	size_t n = REDACT_BUCKETS;
	unsigned cost[REDACT_BUCKETS] = { 0 };
	const struct redact_rule *r;

	s->values = memchr(s->pairs, REDACT_PAIR_VALUE, sizeof s->pairs) != NULL;
	if (s->values)
		bucket[--n] = of_values(s->pairs);
	for (size_t i = 0; (r = redact_index_rule(x, i)); i++) {
		struct halves h = of_rule(r, s->pairs);

		place(bucket, cost, n, &h);
	}
	for (size_t i = 0; i < sizeof s->pairs; i++)
		s->first[i & 255] |= s->pairs[i];
	memset(s->low, 0, sizeof s->low);
	memset(s->high, 0, sizeof s->high);
	for (unsigned b = 0; b < REDACT_BUCKETS; b++)
		for (int i = 0; i < 3; i++)
			for (int k = 0; k < 32; k++) {
				s->low[i][k] |= (uint8_t)((bucket[b].low[i] >> (k & 15) & 1) << b);
				s->high[i][k] |= (uint8_t)((bucket[b].high[i] >> (k & 15) & 1) << b);
			}
	s->head = x->head;
#ifdef __x86_64__
	s->wide = __builtin_cpu_supports("avx2");
#endif
}

uint8_t
redact_scan_bits(const struct redact_scan *s, const char *text, size_t at, size_t n)
{
	const unsigned char *p = (const unsigned char *)text + at;
	uint8_t bits;

	if (at + 1 >= n)
		return at < n ? s->first[p[0]] : 0;
	bits = s->pairs[p[0] + 256u * p[1]];
	if (at + 2 < n && !s->head[redact_head(p[0], p[1], p[2])])
		bits &= (uint8_t)~REDACT_PAIR_RULE;
	return bits;
}

#ifdef __x86_64__
/* Is one of the buckets met by the bytes v at place i? A bit per bucket and byte. */
__attribute__((target("avx2"))) static inline __m256i
look(const struct redact_scan *s, int i, __m256i v)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)s->low[i]);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)s->high[i]);

	return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(v, half)),
	    _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(v, 4), half)));
}

__attribute__((target("avx2"))) static inline __m256i
bytes_at(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* At most to where a vector no longer fits: *at. True: found there. */
__attribute__((target("avx2,bmi"))) static bool
next_wide(const struct redact_scan *s, const char *p, size_t *at, size_t n)
{
	for (; *at + 34 <= n; *at += 32) {
		const char *q = p + *at;
		__m256i r = _mm256_and_si256(_mm256_and_si256(look(s, 0, bytes_at(q)),
		    look(s, 1, bytes_at(q + 1))), look(s, 2, bytes_at(q + 2)));
		uint32_t m = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(r,
		    _mm256_setzero_si256()));

		for (; m; m &= m - 1) {
			size_t i = (size_t)__builtin_ctz(m);
			const unsigned char *c = (const unsigned char *)q + i;

			if (s->head[redact_head(c[0], c[1], c[2])] ||
			    (s->values && s->pairs[c[0] + 256u * c[1]] & REDACT_PAIR_VALUE)) {
				*at += i;
				return true;
			}
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
