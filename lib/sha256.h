/* SPDX-License-Identifier: MIT */
/*
 * sha256: FIPS 180-4. Pure.
 *
 *	struct sha256 h;
 *	unsigned char sum[SHA256_SIZE];
 *	sha256_init(&h);
 *	sha256_update(&h, p, len); …
 *	sha256_final(&h, sum);
 */
#ifndef JOBDIR_SHA256_H
#define JOBDIR_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
	uint32_t state[8];
	uint64_t len;			/* bytes so far */
	unsigned char block[64];
};

void sha256_init(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *p, size_t len);
void sha256_final(struct sha256 *h, unsigned char sum[SHA256_SIZE]);

/* One piece of memory, as 64 lower-case hex digits and a NUL. */
void sha256_hex(const void *p, size_t len, char out[2 * SHA256_SIZE + 1]);

#endif
