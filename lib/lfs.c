/* SPDX-License-Identifier: MIT */
#include "lfs.h"

#include <string.h>

#include "num.h"
#include "sha256.h"
#include "store.h"

#define HEAD "version https://git-lfs.github.com/spec/v1\n"
#define OID "\noid sha256:"
#define SIZE "\nsize "

int
lfs_parse(const char *s, size_t len, struct lfs_pointer *p)
{
	char text[1024], *oid, *size, *end;
	int64_t n;

	if (len >= sizeof(text) || len < sizeof(HEAD) || memchr(s, 0, len) ||
		memcmp(s, HEAD, sizeof(HEAD) - 1) != 0)
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	oid = strstr(text, OID);
	size = strstr(text, SIZE);
	if (!oid || !size || !(end = strchr(size + 1, '\n')))
		return -1;
	oid += sizeof(OID) - 1;
	if (strspn(oid, "0123456789abcdef") != 64 || oid[64] != '\n')
		return -1;
	memcpy(p->sha256, oid, 64);
	p->sha256[64] = '\0';
	*end = '\0';
	if (num_parse(size + sizeof(SIZE) - 1, 0, INT64_MAX, &n) < 0)
		return -1;
	p->size = (uint64_t)n;
	return 0;
}

int
lfs_matches(const struct lfs_pointer *p, int fd)
{
	struct sha256 h;
	unsigned char sum[SHA256_SIZE];
	char chunk[16384], hex[65];
	ssize_t n;

	sha256_init(&h);
	while ((n = store_read_some(fd, chunk, sizeof(chunk))) > 0)
		sha256_update(&h, chunk, (size_t)n);
	if (n < 0)
		return -1;
	sha256_final(&h, sum);
	num_hex(hex, sum, sizeof(sum));
	return !strcmp(hex, p->sha256);
}
