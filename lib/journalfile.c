/* SPDX-License-Identifier: MIT */
/* journalfile: write and read a landing's plan. */
#include "journalfile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "num.h"
#include "room.h"
#include "sha256.h"

#define MAGIC "jobdir-journal "

void
journal_init(struct journal *j)
{
	memset(j, 0, sizeof(*j));
}

void
journal_release(struct journal *j)
{
	for (size_t i = 0; i < j->nplace; i++)
		free(j->place[i]);
	for (size_t i = 0; i < j->ndir; i++)
		free(j->dir[i].path);
	for (size_t i = 0; i < j->n; i++)
		free(j->e[i].path);
	free(j->place);
	free(j->dir);
	free(j->e);
	free(j->job);
	journal_init(j);
}

struct journal_entry *
journal_add(struct journal *j, char op, const char *path)
{
	struct journal_entry *e = room_for(j->e, j->n, sizeof(*e));

	if (!e)
		return NULL;
	j->e = e;
	e += j->n;
	memset(e, 0, sizeof(*e));
	e->op = op;
	e->path = strdup(path);
	if (!e->path)
		return NULL;
	j->n++;
	return e;
}

int
journal_add_dir(struct journal *j, bool make, const char *path, size_t len, unsigned mode)
{
	struct journal_dir *d = room_for(j->dir, j->ndir, sizeof(*d));

	if (!d)
		return -1;
	j->dir = d;
	d += j->ndir;
	*d = (struct journal_dir){ .path = strndup(path, len), .mode = mode, .make = make };
	if (!d->path)
		return -1;
	j->ndir++;
	return 0;
}

int
journal_add_place(struct journal *j, const char *path)
{
	char **v = room_for(j->place, j->nplace, sizeof(*v));

	if (!v)
		return -1;
	j->place = v;
	v[j->nplace] = strdup(path);
	if (!v[j->nplace])
		return -1;
	j->nplace++;
	return 0;
}

static void
put_str(struct buf *out, const char *s)
{
	buf_add(out, s, strlen(s) + 1);
}

static void
put_thing(struct buf *out, const struct plan_thing *t)
{
	char hex[2 * PLAN_HASH + 1];

	num_hex(hex, t->hash, PLAN_HASH);
	buf_addf(out, " %d,%d,%llu,%s", (int)t->kind, (int)t->exec,
		(unsigned long long)t->size, hex);
}

static void
put_sum(struct buf *out)
{
	unsigned char sum[PLAN_HASH];
	char hex[2 * PLAN_HASH + 1];
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, out->p, out->len);
	sha256_final(&h, sum);
	num_hex(hex, sum, sizeof(sum));
	put_str(out, "end");
	put_str(out, hex);
}

int
journal_format(const struct journal *j, struct buf *out)
{
	size_t start = out->len;

	if (start) {
		errno = EINVAL;		/* the hash is over the whole buffer */
		return -1;
	}
	put_str(out, MAGIC "1");
	put_str(out, j->job);
	put_str(out, j->token);
	for (size_t i = 0; i < j->nplace; i++) {
		put_str(out, "P");
		put_str(out, j->place[i]);
	}
	for (size_t i = 0; i < j->ndir; i++) {
		buf_addf(out, "%c %u", j->dir[i].make ? '+' : '-', j->dir[i].mode);
		buf_addch(out, '\0');
		put_str(out, j->dir[i].path);
	}
	for (size_t i = 0; i < j->n; i++) {
		const struct journal_entry *e = &j->e[i];

		buf_addf(out, "%c %u %llu", e->op, e->place, (unsigned long long)e->ino);
		put_thing(out, &e->old);
		put_thing(out, &e->new);
		buf_addch(out, '\0');
		put_str(out, e->path);
	}
	put_sum(out);
	return buf_ok(out) ? 0 : -1;
}

/* A cursor over strings ended by NUL, and one over the words of such a string. */
static const char *
next_str(const char **p, const char *end)
{
	const char *s = *p, *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;

	if (!nul)
		return NULL;
	*p = nul + 1;
	return s;
}

static int
next_num(const char **s, char stop, uint64_t max, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (digit > max || v > (max - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	if (p == *s || *p != stop)
		return -1;
	*out = v;
	*s = p + (stop != '\0');
	return 0;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
get_thing(const char **s, char stop, struct plan_thing *t)
{
	uint64_t kind, exec;

	if (next_num(s, ',', PLAN_LINK, &kind) < 0 || next_num(s, ',', 1, &exec) < 0 ||
	    next_num(s, ',', INT64_MAX, &t->size) < 0)
		return -1;
	t->kind = (enum plan_kind)kind;
	t->exec = exec;
	for (size_t i = 0; i < PLAN_HASH; i++) {
		int hi = hex_digit((*s)[0]), lo = hi < 0 ? -1 : hex_digit((*s)[1]);

		if (lo < 0)
			return -1;
		t->hash[i] = (unsigned char)(hi << 4 | lo);
		*s += 2;
	}
	if (**s != stop)
		return -1;
	*s += stop != '\0';
	return 0;
}

static int
get_entry(struct journal *j, const char *s, const char *path)
{
	struct journal_entry *e = journal_add(j, s[0], path);
	uint64_t place;

	if (!e)
		return -1;
	errno = EBADMSG;
	if (s[1] != ' ')
		return -1;
	s += 2;
	if (next_num(&s, ' ', j->nplace, &place) < 0 || next_num(&s, ' ', UINT64_MAX, &e->ino) < 0 ||
	    get_thing(&s, ' ', &e->old) < 0 || get_thing(&s, '\0', &e->new) < 0)
		return -1;
	e->place = (unsigned)place;
	/* What an operation needs is there, and nothing else. */
	bool old = e->old.kind != PLAN_ABSENT, new = e->new.kind != PLAN_ABSENT;

	if (old != (e->op != 'A') || new != (e->op != 'D') || new != (e->ino != 0))
		return -1;
	return 0;
}

/* One record: a head string and a path. */
static int
get_record(struct journal *j, const char *s, const char *path)
{
	const char *w = s + 2;
	uint64_t mode;

	errno = EBADMSG;
	if (!plan_path_ok(path, strlen(path)))
		return -1;
	if (!strcmp(s, "P"))
		return journal_add_place(j, path);
	if (s[0] == 'A' || s[0] == 'M' || s[0] == 'D')
		return get_entry(j, s, path);
	if ((s[0] != '+' && s[0] != '-') || s[1] != ' ' || next_num(&w, '\0', 07777, &mode) < 0) {
		errno = EBADMSG;
		return -1;
	}
	return journal_add_dir(j, s[0] == '+', path, strlen(path), (unsigned)mode);
}

static int
sum_is(const char *p, size_t len, const char *hex)
{
	unsigned char sum[PLAN_HASH];
	char want[2 * PLAN_HASH + 1];
	struct sha256 h;

	sha256_init(&h);
	sha256_update(&h, p, len);
	sha256_final(&h, sum);
	num_hex(want, sum, sizeof(sum));
	return !strcmp(want, hex);
}

static int
parse(struct journal *j, const char *p, size_t len)
{
	const char *at = p, *end = p + len, *s, *job, *token, *path;

	errno = EBADMSG;
	s = next_str(&at, end);
	if (!s || strncmp(s, MAGIC, strlen(MAGIC)))
		return -1;
	if (strcmp(s + strlen(MAGIC), "1")) {
		errno = EPROTO;
		return -1;
	}
	job = next_str(&at, end);
	token = next_str(&at, end);
	if (!job || !token || strlen(token) != PLAN_TOKEN - 1)
		return -1;
	memcpy(j->token, token, PLAN_TOKEN);
	j->job = strdup(job);
	if (!j->job)
		return -1;
	for (;;) {
		const char *record = at;

		errno = EBADMSG;
		s = next_str(&at, end);
		path = next_str(&at, end);
		if (!s || !path)
			return -1;
		if (!strcmp(s, "end"))
			return at == end && sum_is(p, (size_t)(record - p), path) ? 0 : -1;
		if (get_record(j, s, path) < 0)
			return -1;
	}
}

int
journal_parse(struct journal *j, const char *p, size_t len)
{
	journal_init(j);
	if (parse(j, p, len) == 0)
		return 0;
	int e = errno;

	journal_release(j);
	errno = e;
	return -1;
}
