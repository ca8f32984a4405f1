/* SPDX-License-Identifier: MIT */
/* index: Documentation/gitformat-index.txt, as far as read-tree writes it. */
#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "num.h"

enum {
	HEADER = 12, OFF_CTIME = 0, OFF_MTIME = 8, OFF_INO = 20, OFF_MODE = 24, OFF_UID = 28,
	OFF_GID = 32, OFF_SIZE = 36, OFF_OID = 40,
	FLAG_EXTENDED = 0x4000, FLAG_STAGE = 0x3000,
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
hash(const char *p, size_t len)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ len;
	uint64_t w;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	w = 0;
	memcpy(&w, p, len);
	h = (h ^ w) * 0xff51afd7ed558ccdu;
	return (uint32_t)(h ^ h >> 32);
}

/* Where the record after this one starts, or NULL if it does not fit. */
static const unsigned char *
entry_read(struct index *x, struct index_entry *e, const unsigned char *p,
	const unsigned char *end)
{
	size_t fixed = OFF_OID + x->oid_len + 2;

	if ((size_t)(end - p) < fixed + 1)
		return NULL;
	unsigned flags = (unsigned)p[fixed - 2] << 8 | p[fixed - 1];
	if (flags & FLAG_EXTENDED)
		fixed += 2;
	if (flags & FLAG_STAGE || (size_t)(end - p) < fixed + 1)
		return NULL;
	const unsigned char *nul = memchr(p + fixed, 0, (size_t)(end - p) - fixed);
	if (!nul)
		return NULL;
	e->rec = p;
	e->path = (const char *)p + fixed;
	e->len = (uint32_t)(nul - (p + fixed));
	e->mode = be32(p + OFF_MODE);
	e->seen = false;
	size_t total = (fixed + e->len + 8) & ~(size_t)7;
	return total > (size_t)(end - p) ? NULL : p + total;
}

/* Directories of entry i that its neighbour does not share; counted only, without a table. */
static void
add_dirs(struct index *x, size_t i, bool count)
{
	const struct index_entry *e = &x->e[i];
	const char *prev = i ? x->e[i - 1].path : "";
	size_t same = 0;

	while (prev[same] && prev[same] == e->path[same])
		same++;
	for (size_t k = same; k < e->len; k++) {
		if (e->path[k] != '/')
			continue;
		if (!count) {
			uint32_t s = hash(e->path, k) & x->mask;
			while (x->dir[s])
				s = (s + 1) & x->mask;
			x->dirs[x->ndirs] = (struct index_dir){ (uint32_t)i, (uint32_t)k };
			x->dir[s] = (uint32_t)x->ndirs + 1;
		}
		x->ndirs++;
	}
}

static int
make_tables(struct index *x)
{
	size_t want = 16;

	for (size_t i = 0; i < x->n; i++)
		add_dirs(x, i, true);
	while (want < 2 * (x->n > x->ndirs ? x->n : x->ndirs) + 2)
		want *= 2;
	x->mask = want - 1;
	x->slot = calloc(want, sizeof(*x->slot));
	x->dir = calloc(want, sizeof(*x->dir));
	x->dirs = calloc(x->ndirs + 1, sizeof(*x->dirs));
	if (!x->slot || !x->dir || !x->dirs)
		return -1;
	x->ndirs = 0;
	for (size_t i = 0; i < x->n; i++) {
		uint32_t s = hash(x->e[i].path, x->e[i].len) & x->mask;
		while (x->slot[s])
			s = (s + 1) & x->mask;
		x->slot[s] = (uint32_t)i + 1;
		add_dirs(x, i, false);
	}
	return 0;
}

static int
parse(struct index *x)
{
	const unsigned char *p = x->map, *end = p + x->size;

	if (x->size < HEADER + x->oid_len || memcmp(p, "DIRC", 4) != 0 ||
		be32(p + 4) < 2 || be32(p + 4) > 3)
		goto bad;
	end -= x->oid_len;		/* the checksum */
	x->n = be32(p + 8);
	if (x->n > x->size / (OFF_OID + x->oid_len))
		goto bad;
	x->e = calloc(x->n + 1, sizeof(*x->e));
	if (!x->e)
		return -1;
	p += HEADER;
	for (size_t i = 0; i < x->n; i++)
		if (!(p = entry_read(x, &x->e[i], p, end)))
			goto bad;
	return make_tables(x);
bad:
	errno = EBADMSG;
	return -1;
}

int
index_open(struct index *x, int dirfd, const char *name, bool sha256)
{
	CLEANUP(fd) int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	*x = (struct index){ .oid_len = sha256 ? 32 : 20, .map = MAP_FAILED };
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	x->size = (size_t)st.st_size;
	x->sec = st.st_mtim.tv_sec;
	x->nsec = st.st_mtim.tv_nsec;
	x->map = mmap(NULL, x->size ? x->size : 1, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (x->map == MAP_FAILED)
		return -1;
	if (parse(x) == 0)
		return 0;
	int e = errno;
	index_close(x);
	errno = e;
	return -1;
}

void
index_close(struct index *x)
{
	if (x->map != MAP_FAILED && x->map)
		(void)munmap(x->map, x->size ? x->size : 1);	/* ours, page-aligned */
	free(x->e);
	free(x->slot);
	free(x->dir);
	free(x->dirs);
	*x = (struct index){ .map = MAP_FAILED };
}

struct index_entry *
index_find(const struct index *x, const char *path, size_t len)
{
	for (uint32_t s = hash(path, len) & x->mask; x->slot[s]; s = (s + 1) & x->mask) {
		struct index_entry *e = &x->e[x->slot[s] - 1];
		if (e->len == len && !memcmp(e->path, path, len))
			return e;
	}
	return NULL;
}

long
index_dir(const struct index *x, const char *path, size_t len)
{
	for (uint32_t s = hash(path, len) & x->mask; x->dir[s]; s = (s + 1) & x->mask) {
		const struct index_dir *d = &x->dirs[x->dir[s] - 1];
		if (d->len == len && !memcmp(x->e[d->first].path, path, len))
			return (long)x->dir[s] - 1;
	}
	return -1;
}

bool
index_racy(const struct index *x, const struct timespec *t)
{
	return t->tv_sec > x->sec || (t->tv_sec == x->sec && t->tv_nsec >= x->nsec);
}

bool
index_same(const struct index *x, const struct index_entry *e, const struct stat *st)
{
	const unsigned char *r = e->rec;

	if (S_ISREG(st->st_mode)) {
		if (e->mode != (st->st_mode & S_IXUSR ? 0100755u : 0100644u))
			return false;
	} else if (!S_ISLNK(st->st_mode) || e->mode != 0120000) {
		return false;
	}
	return be32(r + OFF_CTIME) == (uint32_t)st->st_ctim.tv_sec &&
		be32(r + OFF_CTIME + 4) == (uint32_t)st->st_ctim.tv_nsec &&
		be32(r + OFF_MTIME) == (uint32_t)st->st_mtim.tv_sec &&
		be32(r + OFF_MTIME + 4) == (uint32_t)st->st_mtim.tv_nsec &&
		be32(r + OFF_INO) == (uint32_t)st->st_ino &&
		be32(r + OFF_UID) == (uint32_t)st->st_uid &&
		be32(r + OFF_GID) == (uint32_t)st->st_gid &&
		be32(r + OFF_SIZE) == (uint32_t)st->st_size &&
		!index_racy(x, &st->st_ctim);
}

void
index_oid(const struct index *x, const struct index_entry *e, char *hex)
{
	num_hex(hex, e->rec + OFF_OID, x->oid_len);
}
