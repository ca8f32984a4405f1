/* SPDX-License-Identifier: MIT */
/* Vectors of FIPS 180-4 and NIST's CAVP; the long ones agree with sha256sum(1). */
#include "sha256.h"

#include <stdlib.h>
#include "num.h"
#include "t.h"

static void
is(const char *p, size_t len, const char *want)
{
	char got[65];

	sha256_hex(p, len, got);
	IS(got, want, "digest");
}

int
main(void)
{
	struct sha256 h;
	unsigned char sum[SHA256_SIZE];
	char hex[65], whole[65], *a = malloc(1000000);

	is("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	is("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(a, 'a', 1000000);
	is(a, 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	for (size_t len = 0; len < 200; len++) {
		sha256_hex(a, len, whole);
		int same = 1;
		for (size_t cut = 0; cut <= len; cut++) {
			sha256_init(&h);
			sha256_update(&h, a, cut);
			sha256_update(&h, a + cut, len - cut);
			sha256_final(&h, sum);
			num_hex(hex, sum, sizeof(sum));
			same &= !strcmp(hex, whole);
		}
		if (!same)
			EQ(len, -1, "every cut gives the same digest");
	}
	OK(1, "every cut of every length to 199 was tried");
	free(a);
	return t_done();
}
